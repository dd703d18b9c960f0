#include "client/time_spec.h"

#include <array>
#include <cctype>
#include <cstdio>
#include <ctime>
#include <optional>
#include <string>

#include "base/text.h"

namespace evlog::client {
namespace {

constexpr int64_t day_ms = 86'400'000;

bool all_digits(std::string_view text) {
  for (char c : text)
    if (c < '0' || c > '9') return false;
  return !text.empty();
}

std::optional<int64_t> parse_unix(std::string_view text) {
  if (!all_digits(text)) return std::nullopt;
  const auto number = parse_int(text);
  if (!number) return std::nullopt;
  if (text.size() == 10) return *number * 1000;
  if (text.size() == 13) return *number;
  if (text.size() == 19) return *number / 1'000'000;
  return std::nullopt;
}

// Takes exactly `digits` digits off the front.
std::optional<int> take_number(std::string_view& text, size_t digits) {
  if (text.size() < digits || !all_digits(text.substr(0, digits))) return std::nullopt;
  const auto value = parse_int(text.substr(0, digits));
  text.remove_prefix(digits);
  return value ? std::optional(static_cast<int>(*value)) : std::nullopt;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

// A fraction of a second, cut to milliseconds.
std::optional<int> take_fraction(std::string_view& text) {
  int ms = 0, scale = 100;
  size_t digits = 0;
  for (; !text.empty() && std::isdigit(static_cast<unsigned char>(text.front())); text.remove_prefix(1), ++digits) {
    ms += (text.front() - '0') * scale;
    scale /= 10;
  }
  return digits ? std::optional(ms) : std::nullopt;
}

struct Civil {
  std::tm tm{};
  int ms = 0;
};

std::optional<Civil> take_date(std::string_view& text) {
  Civil civil;
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return std::nullopt;
  const auto month = take_number(text, 2);
  if (!month || *month < 1 || *month > 12 || !take(text, '-')) return std::nullopt;
  const auto day = take_number(text, 2);
  if (!day || *day < 1 || *day > 31) return std::nullopt;
  civil.tm.tm_year = *year - 1900;
  civil.tm.tm_mon = *month - 1;
  civil.tm.tm_mday = *day;
  return civil;
}

bool take_clock(std::string_view& text, Civil& civil) {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return false;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return false;
  civil.tm.tm_hour = *hour;
  civil.tm.tm_min = *minute;
  if (!take(text, ':')) return true;
  const auto second = take_number(text, 2);
  if (!second || *second > 60) return false;
  civil.tm.tm_sec = *second;
  if (!take(text, '.')) return true;
  const auto ms = take_fraction(text);
  civil.ms = ms.value_or(0);
  return ms.has_value();
}

std::optional<int64_t> zone_ms(std::string_view text) {
  if (text == "Z" || text == "z") return 0;
  const int sign = take(text, '+') ? 1 : take(text, '-') ? -1 : 0;
  const auto hours = take_number(text, 2);
  take(text, ':');
  const auto minutes = take_number(text, 2);
  if (sign == 0 || !hours || !minutes || !text.empty()) return std::nullopt;
  return sign * (*hours * 60 + *minutes) * 60'000;
}

// mktime and timegm mend a 31st of February into March; a date that changed was none.
bool same_day(const std::tm& a, const std::tm& b) { return a.tm_mday == b.tm_mday && a.tm_mon == b.tm_mon; }

std::optional<int64_t> parse_calendar(std::string_view text) {
  auto civil = take_date(text);
  if (!civil) return std::nullopt;
  if (take(text, 'T') || take(text, ' ')) {
    if (!take_clock(text, *civil)) return std::nullopt;
  }
  std::tm tm = civil->tm;
  tm.tm_isdst = -1;
  int64_t zone = 0;
  std::time_t seconds;
  if (text.empty()) {
    seconds = std::mktime(&tm);
  } else {
    const auto offset = zone_ms(text);
    if (!offset) return std::nullopt;
    zone = *offset;
    seconds = ::timegm(&tm);
  }
  if (!same_day(tm, civil->tm)) return std::nullopt;
  return static_cast<int64_t>(seconds) * 1000 + civil->ms - zone;
}

int64_t local_midnight(int64_t now_ms, int days_back) {
  std::time_t seconds = static_cast<std::time_t>(now_ms / 1000);
  std::tm tm{};
  ::localtime_r(&seconds, &tm);
  tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
  tm.tm_mday -= days_back;
  tm.tm_isdst = -1;
  return static_cast<int64_t>(std::mktime(&tm)) * 1000;
}

std::optional<int64_t> unit_ms(std::string_view unit) {
  if (unit == "ms") return 1;
  if (unit == "s") return 1000;
  if (unit == "m" || unit == "min") return 60'000;
  if (unit == "h") return 3'600'000;
  if (unit == "d") return day_ms;
  if (unit == "w") return 7 * day_ms;
  return std::nullopt;
}

// One or more of number + unit, as 1h30m.
std::optional<int64_t> parse_units(std::string_view text) {
  int64_t total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    size_t digits = 0, end;
    while (digits < text.size() && text[digits] >= '0' && text[digits] <= '9') ++digits;
    for (end = digits; end < text.size() && (text[end] < '0' || text[end] > '9');) ++end;
    const auto number = digits && digits < 10 ? parse_int(text.substr(0, digits)) : std::nullopt;
    const auto unit = unit_ms(text.substr(digits, end - digits));
    if (!number || !unit) return std::nullopt;
    total += *number * *unit;
    text.remove_prefix(end);
  }
  return total;
}

}  // namespace

Result<int64_t> parse_time(std::string_view text, int64_t now_ms) {
  if (text == "now") return now_ms;
  if (text == "today") return local_midnight(now_ms, 0);
  if (text == "yesterday") return local_midnight(now_ms, 1);
  if (const auto unix_time = parse_unix(text)) return *unix_time;
  if (const auto calendar = parse_calendar(text)) return *calendar;
  const auto ago = parse_units(text.starts_with('-') ? text.substr(1) : text);
  if (ago) return now_ms - *ago;
  return fail(ErrorCode::INVALID_TIMESTAMP, "'{}' is no time", text);
}

Result<int64_t> parse_duration(std::string_view text) {
  if (all_digits(text) && text.size() < 10) return *parse_int(text) * 1000;
  if (const auto duration = parse_units(text)) return *duration;
  return fail(ErrorCode::INVALID_REQUEST, "'{}' is no duration", text);
}

std::string iso_time(int64_t ms) {
  const int64_t seconds = ms >= 0 ? ms / 1000 : (ms - 999) / 1000;
  const std::time_t time = static_cast<std::time_t>(seconds);
  std::tm tm{};
  ::gmtime_r(&time, &tm);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour,
                     tm.tm_min, tm.tm_sec, ms - seconds * 1000);
}

}  // namespace evlog::client
