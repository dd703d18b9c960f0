#include "cluster/names.h"

#include <algorithm>

namespace evlog::cluster {
namespace {

bool legal(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

}  // namespace

Result<void> check_topic_name(std::string_view name) {
  constexpr auto invalid = ErrorCode::INVALID_TOPIC_EXCEPTION;
  if (name.empty()) return fail(invalid, "Topic name is invalid: the empty string is not allowed");
  if (name == "." || name == "..") return fail(invalid, "Topic name is invalid: '{}' is not allowed", name);
  if (name.size() > topic_name_length_max)
    return fail(invalid, "Topic name is invalid: the length of '{}' is longer than the max allowed length {}", name, topic_name_length_max);
  if (!std::ranges::all_of(name, legal))
    return fail(invalid, "Topic name is invalid: '{}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'", name);
  return {};
}

bool topic_names_collide(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](char x, char y) { return (x == '.' ? '_' : x) == (y == '.' ? '_' : y); });
}

bool is_internal_topic(std::string_view name) {
  return name == "__consumer_offsets" || name == "__transaction_state" || name == "__share_group_state";
}

}  // namespace evlog::cluster
