#include "evlog/server_log.h"

#include <fmt/format.h>

#include "client/record_json.h"
#include "client/time_spec.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

int rank(char level) { return level == 'D' ? 1 : level == 'I' ? 2 : level == 'W' ? 3 : 4; }

int rank_of_name(std::string_view name) {
  if (name == "trace") return 0;
  if (name == "debug") return 1;
  if (name == "warn") return 3;
  return name == "error" ? 4 : 2;
}

std::string_view level_name(char level) { return level == 'D' ? "debug" : level == 'I' ? "info" : level == 'W' ? "warning" : "error"; }

}  // namespace

ServerLog::ServerLog(std::string_view lowest) : lowest_(rank_of_name(lowest)), terminal_(is_terminal(stderr)) {}

// Whether this text was written often enough lately; the texts remembered are bounded.
bool ServerLog::repeated(std::string_view module, std::string_view text) {
  const int64_t now = mono_ms();
  if (seen_.size() >= texts_max) seen_.clear();
  Seen& seen = seen_[fmt::format("{} {}", module, text)];
  if (now - seen.since_ms > interval_ms) seen = {now, 0};
  return ++seen.times > repeats_max;
}

void ServerLog::write(char level, std::string_view module, std::string_view text) {
  if (rank(level) < lowest_ || repeated(module, text)) return;
  const std::string time = client::iso_time(wall_ms());
  if (terminal_) {
    const Colour colour = level == 'E' ? Colour::red : level == 'W' ? Colour::yellow : Colour::cyan;
    fmt::print(stderr, "{} {} {}: {}\n", std::string_view(time).substr(11, 12), paint(colour, level_name(level), stderr), module, text);
    return;
  }
  std::string quoted;
  client::append_json_string(quoted, text);
  fmt::print(stderr, "ts={} level={} mod={} msg={}\n", time, level_name(level), module, quoted);
}

}  // namespace evlog::cmd
