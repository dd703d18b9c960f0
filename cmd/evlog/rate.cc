#include "evlog/rate.h"

#include <charconv>

namespace evlog::cmd {

Expected<double> parse_rate(std::string_view text) {
  std::string_view number = text.ends_with("/s") ? text.substr(0, text.size() - 2) : text;
  double unit = 1;
  if (number.ends_with('k')) unit = 1e3, number.remove_suffix(1);
  else if (number.ends_with('M')) unit = 1e6, number.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  if (error != std::errc() || end != number.data() + number.size() || !(value > 0 && value < 1e12)) return failure(exit_code::usage, "records per second, as --rate 500 or --rate 2k", "--rate: '{}' is no rate", text);
  return value * unit;
}

}  // namespace evlog::cmd
