#include "evlog/failure.h"

#include <cstdio>

#include "base/text.h"
#include "client/record_json.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

void print_json(const Failure& f) {
  std::string out = fmt::format("{{\"error\":{{\"code\":{},\"message\":", f.exit);
  client::append_json_string(out, f.message);
  out += ",\"hint\":";
  if (f.hint.empty()) out += "null"; else client::append_json_string(out, f.hint);
  out += ",\"kafka_error\":";
  if (f.kafka_error.empty()) out += "null"; else client::append_json_string(out, f.kafka_error);
  out += "}}\n";
  std::fputs(out.c_str(), stderr);
}

}  // namespace

void print_failure(const Failure& f, bool json) {
  if (json) return print_json(f);
  fmt::print(stderr, "{} {}\n", paint(Colour::red, "error:", stderr), f.message);
  if (!f.hint.empty()) fmt::print(stderr, "{}  {}\n", paint(Colour::cyan, "hint:", stderr), f.hint);
}

void warn(std::string_view text) { fmt::print(stderr, "{} {}\n", paint(Colour::yellow, "warning:", stderr), text); }

std::string nearest(std::string_view word, const std::vector<std::string>& names) {
  std::string best;
  size_t best_distance = word.size() < 4 ? 2 : 3;  // one more than is allowed
  for (const std::string& name : names) {
    const size_t distance = edit_distance(word, name);
    if (distance < best_distance && distance < name.size()) best = name, best_distance = distance;
  }
  return best;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& names) {
  const std::string name = nearest(word, names);
  return name.empty() ? std::string() : fmt::format("did you mean '{}'?  ", name);
}

}  // namespace evlog::cmd
