#include "config/value.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "config/duration.h"

namespace evlog::config {
namespace {

bool same_ignoring_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::unexpected<Error> invalid(const ConfigKey& key, std::string_view value, std::string_view why) {
  return fail(ErrorCode::INVALID_CONFIG, "Invalid value {} for configuration {}: {}", value, key.name, why);
}

std::optional<int64_t> parse_whole(std::string_view text) {
  if (text.starts_with("+-")) return std::nullopt;
  return parse_int(text);
}

bool fits(ConfigType type, int64_t value) {
  if (type == ConfigType::int16) return value >= INT16_MIN && value <= INT16_MAX;
  if (type == ConfigType::int32) return value >= INT32_MIN && value <= INT32_MAX;
  return true;
}

// Double.parseDouble: decimal digits with an optional exponent and an optional d or f behind it, or a special value.
std::optional<double> parse_real(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  double value = 0;
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") {
    value = std::numeric_limits<double>::infinity();
  } else {
    if (!text.empty() && std::string_view("dDfF").contains(text.back())) text.remove_suffix(1);
    if (text.empty() || !std::string_view("0123456789.").contains(text.front())) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (end != text.data() + text.size() || error == std::errc::invalid_argument) return std::nullopt;
  }
  return negative ? -value : value;
}

double number(const ConfigValue& value) {
  if (const auto* whole = std::get_if<int64_t>(&value)) return static_cast<double>(*whole);
  return std::get<double>(value);
}

std::string shown(const ConfigValue& value) {
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) return fmt::format("[{}]", fmt::join(*list, ", "));
  return value_text(value).value_or("null");
}

// "[low,...]", "[low,...,high]", both with " or -1" behind: the range is written down in Kafka's notation and read from there.
struct Range {
  std::string_view low, high, other;
};

std::optional<Range> parse_range(std::string_view valid) {
  const size_t dots = valid.find(",...");
  const size_t close = valid.find(']');
  if (!valid.starts_with('[') || dots == valid.npos || close == valid.npos || valid.contains("partitionId")) return std::nullopt;
  Range range{.low = valid.substr(1, dots - 1)};
  if (dots + 5 < close) range.high = valid.substr(dots + 5, close - dots - 5);
  constexpr std::string_view alternative = " or ";
  if (const size_t at = valid.find(alternative, close); at != valid.npos) range.other = valid.substr(at + alternative.size());
  return range;
}

Result<void> check_range(const ConfigKey& key, const Range& range, const ConfigValue& value) {
  if (std::holds_alternative<std::monostate>(value)) return invalid(key, "null", "Value must be non-null");
  const double n = number(value);
  const auto bound = [](std::string_view text) { return parse_real(text).value_or(0); };
  if (!range.other.empty()) {
    if (n == bound(range.other) || (n >= bound(range.low) && n <= bound(range.high))) return {};
    return invalid(key, shown(value), fmt::format("Value must be between {} and {} or equal to {}", range.low, range.high, range.other));
  }
  if (n < bound(range.low)) return invalid(key, shown(value), fmt::format("Value must be at least {}", range.low));
  if (!range.high.empty() && n > bound(range.high)) {
    return invalid(key, shown(value), fmt::format("Value must be no more than {}", range.high));
  }
  return {};
}

Result<void> check_one_of(const ConfigKey& key, std::string_view choices, std::string_view value) {
  constexpr std::string_view any_case = "(case insensitive) ";
  const bool fold = choices.starts_with(any_case);
  if (fold) choices.remove_prefix(any_case.size());
  choices = choices.substr(1, choices.size() - 2);  // the brackets
  const auto allowed = split_list(choices);
  const bool found = std::ranges::any_of(allowed, [&](const auto& a) { return fold ? same_ignoring_case(a, value) : a == value; });
  if (found) return {};
  return invalid(key, value, fmt::format("String must be one of{}: {}", fold ? " (case insensitive)" : "", choices));
}

// The notation of a list that may hold anything but empty values; Kafka's definitions do not write it down.
constexpr std::string_view no_empty_values = "values that are not empty";

Result<void> check_list(const ConfigKey& key, const std::vector<std::string>& values) {
  for (const auto& value : values) {
    if (value.empty()) return fail(ErrorCode::INVALID_CONFIG, "Configuration '{}' values must not be empty.", key.name);
    if (key.valid == no_empty_values) continue;
    if (auto r = check_one_of(key, key.valid, value); !r) return r;
  }
  return {};
}

// A value given twice counts once, where it was first.
std::vector<std::string> without_repeats(const std::vector<std::string>& values) {
  std::vector<std::string> once;
  for (const auto& value : values) {
    if (std::ranges::find(once, value) == once.end()) once.push_back(value);
  }
  return once;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Result<void> check_throttled_replicas(const ConfigKey& key, const ConfigValue& value) {
  const auto& replicas = std::get<std::vector<std::string>>(value);
  const bool all = replicas.size() == 1 && replicas[0] == "*";
  const bool pairs = std::ranges::all_of(replicas, [](std::string_view r) {
    const size_t colon = r.find(':');
    return colon != r.npos && all_digits(r.substr(0, colon)) && all_digits(r.substr(colon + 1));
  });
  if (all || pairs) return {};
  return invalid(key, shown(value),
                 fmt::format("{} must be the literal '*' or a list of replicas in the following format: {}", key.name, key.valid));
}

// share.auto.offset.reset: a strategy, or "by_duration:" and an ISO 8601 duration that is not negative.
Result<void> check_reset(const ConfigKey& key, std::string_view value) {
  constexpr std::string_view by_duration = "by_duration:";
  const auto back = value.starts_with(by_duration) ? parse_duration_seconds(value.substr(by_duration.size())) : std::nullopt;
  if (value == "latest" || value == "earliest" || back.value_or(-1) >= 0) return {};
  return invalid(key, value, fmt::format("Invalid value `{}` for configuration {}. The value must be either 'earliest', 'latest' or of the format "
                                         "'by_duration:<PnDTnHnMn.nS>'.", value, key.name));
}

Result<ConfigValue> parse_typed(const ConfigKey& key, std::string_view text, std::string_view given) {
  switch (key.type) {
    case ConfigType::boolean:
      if (same_ignoring_case(text, "true")) return ConfigValue(true);
      if (same_ignoring_case(text, "false")) return ConfigValue(false);
      return invalid(key, given, "Expected value to be either true or false");
    case ConfigType::int16:
    case ConfigType::int32:
    case ConfigType::int64:
      if (const auto whole = parse_whole(text); whole && fits(key.type, *whole)) return ConfigValue(*whole);
      return invalid(key, given, fmt::format("Not a number of type {}", type_name(key.type)));
    case ConfigType::real:
      if (const auto real = parse_real(text)) return ConfigValue(*real);
      return invalid(key, given, "Not a number of type DOUBLE");
    case ConfigType::list:
      return ConfigValue(without_repeats(split_list(text)));
    case ConfigType::string:
    case ConfigType::class_name:
    case ConfigType::password:
    case ConfigType::unknown:
      break;
  }
  return ConfigValue(std::string(text));
}

}  // namespace

std::string_view trim(std::string_view text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  return text;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> parts;
  text = trim(text);
  while (!text.empty()) {
    const size_t comma = text.find(',');
    parts.emplace_back(trim(text.substr(0, comma)));
    if (comma == text.npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) parts.emplace_back();  // "a," has two parts
  }
  return parts;
}

Result<ConfigValue> parse_value(const ConfigKey& key, std::string_view text) {
  auto value = parse_typed(key, trim(text), text);
  if (!value) return value;
  if (auto r = check_value(key, *value); !r) return fail(r.error());
  return value;
}

Result<void> check_value(const ConfigKey& key, const ConfigValue& value) {
  const std::string_view valid = key.valid;
  if (valid.empty() || valid == "non-null string" || valid == "non-empty list") return {};
  if (const auto range = parse_range(valid)) return check_range(key, *range, value);
  if (const auto* list = std::get_if<std::vector<std::string>>(&value)) {
    return valid.contains("partitionId") ? check_throttled_replicas(key, value) : check_list(key, *list);
  }
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr) return {};  // null, where the row allows it by having it as its default
  if (valid == "non-empty string") {
    if (text->empty()) return invalid(key, "", "String must be non-empty");
    return {};
  }
  if (valid.contains("by_duration")) return check_reset(key, *text);
  return check_one_of(key, valid, *text);
}

std::string java_double(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value < 0 ? "-Infinity" : "Infinity";
  if (value == 0) return std::signbit(value) ? "-0.0" : "0.0";
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof buffer, std::abs(value), std::chars_format::scientific).ptr;
  const std::string_view text(buffer, static_cast<size_t>(end - buffer));
  const size_t e = text.find('e');
  std::string digits(text.substr(0, 1));
  if (e > 2) digits += text.substr(2, e - 2);
  const int exponent = static_cast<int>(parse_int(text.substr(e + 1)).value_or(0));
  std::string out;
  if (exponent >= -3 && exponent < 7) {
    if (exponent < 0) digits.insert(0, static_cast<size_t>(-exponent), '0');
    const size_t point = exponent < 0 ? 1 : static_cast<size_t>(exponent) + 1;
    if (digits.size() < point + 1) digits.append(point + 1 - digits.size(), '0');
    out = digits.substr(0, point) + "." + digits.substr(point);
  } else {
    out = fmt::format("{}.{}E{}", digits[0], digits.size() > 1 ? digits.substr(1) : "0", exponent);
  }
  return value < 0 ? "-" + out : out;
}

std::optional<std::string> value_text(const ConfigValue& value) {
  struct Text {
    std::optional<std::string> operator()(std::monostate) const { return std::nullopt; }
    std::optional<std::string> operator()(bool b) const { return b ? "true" : "false"; }
    std::optional<std::string> operator()(int64_t n) const { return fmt::format("{}", n); }
    std::optional<std::string> operator()(double d) const { return java_double(d); }
    std::optional<std::string> operator()(const std::string& s) const { return s; }
    std::optional<std::string> operator()(const std::vector<std::string>& l) const { return fmt::format("{}", fmt::join(l, ",")); }
  };
  return std::visit(Text{}, value);
}

}  // namespace evlog::config
