// Values as Kafka's ConfigDef reads them: trimmed, parsed by type, checked against the row's valid notation, with Kafka's
// error texts ("Invalid value x for configuration y: Not a number of type INT"). Pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "config/key.h"

namespace evlog::config {

// null, boolean, a whole number of any width, a double, text (string, class, password), a list
using ConfigValue = std::variant<std::monostate, bool, int64_t, double, std::string, std::vector<std::string>>;

Result<ConfigValue> parse_value(const ConfigKey& key, std::string_view text);  // type and valid range
Result<void> check_value(const ConfigKey& key, const ConfigValue& value);      // valid range alone; null is checked too

// The text DescribeConfigs shows: numbers as Java prints them, a list joined by commas. nullopt for null.
std::optional<std::string> value_text(const ConfigValue& value);
std::string java_double(double value);  // Double.toString: 0.5, 1.7976931348623157E308

std::vector<std::string> split_list(std::string_view text);  // trimmed parts; none for blank text
std::string_view trim(std::string_view text);                // String.trim: all up to U+0020 at both ends

}  // namespace evlog::config
