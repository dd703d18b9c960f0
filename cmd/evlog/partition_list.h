// Partitions as people write them: "0,2-4" for -p, and "orders:0,2-4" for one topic's.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "evlog/failure.h"

namespace evlog::cmd {

Expected<std::set<int32_t>> parse_partition_list(std::string_view text);  // empty: nothing was asked for

struct TopicPartitions {
  std::string topic;
  std::set<int32_t> partitions;  // empty: all
};
Expected<TopicPartitions> parse_topic_partitions(std::string_view text);

}  // namespace evlog::cmd
