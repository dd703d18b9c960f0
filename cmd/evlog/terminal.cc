#include "evlog/terminal.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

namespace evlog::cmd {
namespace {

enum class When { automatic, always, never } colours_when = When::automatic;

bool environment(const char* name) {
  const char* const value = std::getenv(name);
  return value && *value;
}

bool colours(FILE* where) {
  if (environment("NO_COLOR") || colours_when == When::never) return false;
  if (colours_when == When::always || environment("CLICOLOR_FORCE")) return true;
  const char* const term = std::getenv("TERM");
  return is_terminal(where) && !(term && std::string_view(term) == "dumb");
}

const char* code(Colour colour) {
  switch (colour) {
    case Colour::red: return "31";
    case Colour::yellow: return "33";
    case Colour::green: return "32";
    case Colour::cyan: return "36";
    case Colour::bold: return "1";
  }
  return "0";
}

}  // namespace

bool is_terminal(FILE* file) { return ::isatty(::fileno(file)) == 1; }

int terminal_width() {
  winsize size{};
  return ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void choose_colours(std::string_view when) {
  colours_when = when == "always" ? When::always : when == "never" ? When::never : When::automatic;
}

std::string paint(Colour colour, std::string_view text, FILE* where) {
  return colours(where) ? fmt::format("\033[{}m{}\033[0m", code(colour), text) : std::string(text);
}

int64_t wall_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}
int64_t mono_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string human_count(uint64_t n) {
  std::string text = fmt::format("{}", n);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) text.insert(static_cast<size_t>(at), 1, ' ');
  return text;
}

std::string human_bytes(uint64_t n) {
  if (n < 1000) return fmt::format("{} B", n);
  double value = static_cast<double>(n);
  const char* unit = "B";
  for (const char* next : {"kB", "MB", "GB", "TB"}) {
    if (value < 1000) break;
    value /= 1000;
    unit = next;
  }
  return fmt::format("{:.1f} {}", value, unit);
}

std::string human_duration(int64_t ms) {
  if (ms > 0 && ms < 1000) return fmt::format("{}ms", ms);
  if (ms < 60'000) return ms % 1000 == 0 ? fmt::format("{}s", ms / 1000) : fmt::format("{:.1f}s", static_cast<double>(ms) / 1000);
  const int64_t s = ms / 1000, m = s / 60, h = m / 60, d = h / 24;
  if (d > 0) return fmt::format("{}d{}h", d, h % 24);
  if (h > 0) return fmt::format("{}h{}m{}s", h, m % 60, s % 60);
  return fmt::format("{}m{}s", m, s % 60);
}

std::string human_rate(double n) {
  const char* unit = "";
  for (const char* next : {"k", "M", "G"}) {
    if (n < 999.5) break;
    n /= 1000;
    unit = next;
  }
  return n == 0 ? "0" : n < 99.95 ? fmt::format("{:.1f}{}", n, unit) : fmt::format("{:.0f}{}", n, unit);
}

Progress::Progress(bool wanted) : wanted_(wanted && is_terminal(stderr)), next_ms_(mono_ms() + 500) {}

bool Progress::due() { return wanted_ && mono_ms() >= next_ms_; }

void Progress::show(std::string_view text) {
  next_ms_ = mono_ms() + 250;
  fmt::print(stderr, "\r\033[K{}", text.substr(0, static_cast<size_t>(terminal_width() - 1)));
  std::fflush(stderr);
  shown_ = true;
}

void Progress::clear() {
  if (shown_) fmt::print(stderr, "\r\033[K");
  shown_ = false;
}

}  // namespace evlog::cmd
