#include "base/text.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace evlog {
namespace {

constexpr uint32_t replacement = 0xFFFD;

// Takes one code point off the front; `replacement` and one byte for anything that is not UTF-8.
uint32_t take_code_point(std::string_view& text, bool& valid) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = at(0);
  size_t length = first < 0x80 ? 1 : first >> 5 == 6 ? 2 : first >> 4 == 14 ? 3 : first >> 3 == 30 ? 4 : 0;
  uint32_t point = length == 1 ? first : length == 0 ? 0 : first & (0xffu >> (length + 1));
  bool good = length != 0 && length <= text.size();
  for (size_t i = 1; good && i < length; ++i) {
    good = at(i) >> 6 == 2;
    point = point << 6 | (at(i) & 0x3fu);
  }
  constexpr uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
  good = good && point >= lowest[length] && point <= 0x10FFFF && (point < 0xD800 || point > 0xDFFF);
  valid = valid && good;
  text.remove_prefix(good ? length : 1);
  return good ? point : replacement;
}

}  // namespace

bool valid_utf8(std::string_view text) {
  bool valid = true;
  while (valid && !text.empty()) take_code_point(text, valid);
  return valid;
}

int32_t java_hash(std::string_view utf8) {
  uint32_t hash = 0;
  bool valid = true;
  while (!utf8.empty()) {
    const uint32_t point = take_code_point(utf8, valid);
    if (point < 0x10000) {
      hash = hash * 31 + point;
    } else {
      hash = hash * 31 + (0xD800 + ((point - 0x10000) >> 10));
      hash = hash * 31 + (0xDC00 + ((point - 0x10000) & 0x3ff));
    }
  }
  return static_cast<int32_t>(hash);
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> d(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i) d[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j) d[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      d[i][j] = std::min({d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + (a[i - 1] != b[j - 1])});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) d[i][j] = std::min(d[i][j], d[i - 2][j - 2] + 1);
    }
  }
  return d[a.size()][b.size()];
}

std::optional<int64_t> parse_int(std::string_view decimal) {
  if (decimal.starts_with('+')) decimal.remove_prefix(1);
  int64_t value = 0;
  const auto [end, error] = std::from_chars(decimal.data(), decimal.data() + decimal.size(), value);
  if (error != std::errc() || end != decimal.data() + decimal.size() || decimal.empty()) return std::nullopt;
  return value;
}

}  // namespace evlog
