// Which topic names are legal, in Kafka's words.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace evlog::cluster {

inline constexpr size_t topic_name_length_max = 249;

// INVALID_TOPIC_EXCEPTION with Kafka's sentence.
Result<void> check_topic_name(std::string_view name);
// "." and "_" are the same in metric names: topics that differ only there collide.
bool topic_names_collide(std::string_view a, std::string_view b);
bool is_internal_topic(std::string_view name);  // __consumer_offsets, __transaction_state, __share_group_state

}  // namespace evlog::cluster
