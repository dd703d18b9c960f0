#include "config/duration.h"

#include <charconv>

namespace evlog::config {
namespace {

struct Unit {
  char letter;
  double seconds;
  bool of_time;  // behind the T
};
constexpr Unit units[] = {{'D', 86'400, false}, {'H', 3'600, true}, {'M', 60, true}, {'S', 1, true}};

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; }

bool take(std::string_view& text, char letter) {
  if (text.empty() || upper(text.front()) != letter) return false;
  text.remove_prefix(1);
  return true;
}

// A number and its unit; units come in their order, each once, and only seconds have a fraction.
std::optional<double> take_part(std::string_view& text, size_t& next, bool time) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  const auto digits = text.substr(0, static_cast<size_t>(end - text.data()));
  text.remove_prefix(digits.size());
  if (error != std::errc() || text.empty()) return std::nullopt;
  for (; next < std::size(units); ++next) {
    if (units[next].of_time != time || upper(text.front()) != units[next].letter) continue;
    if (digits.contains('.') && units[next].letter != 'S') return std::nullopt;
    text.remove_prefix(1);
    return (negative ? -number : number) * units[next++].seconds;
  }
  return std::nullopt;
}

}  // namespace

std::optional<double> parse_duration_seconds(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  if (!take(text, 'P') || text.empty()) return std::nullopt;
  double total = 0;
  size_t next = 0;
  for (bool time = false; !text.empty();) {
    if (!time && take(text, 'T')) {
      time = true;
      if (text.empty()) return std::nullopt;
      continue;
    }
    const auto part = take_part(text, next, time);
    if (!part) return std::nullopt;
    total += *part;
  }
  return negative ? -total : total;
}

}  // namespace evlog::config
