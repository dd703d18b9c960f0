// Text as Kafka's Java sees it: UTF-8 checks, and String.hashCode over UTF-16, which decides where a group lives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace evlog {

bool valid_utf8(std::string_view text);           // no overlong forms, no surrogates, nothing above U+10FFFF
int32_t java_hash(std::string_view utf8);         // String.hashCode(); invalid bytes count as U+FFFD
size_t edit_distance(std::string_view a, std::string_view b);  // Damerau-Levenshtein, for "did you mean"
std::optional<int64_t> parse_int(std::string_view decimal);    // the whole text, optional sign, no spaces

}  // namespace evlog
