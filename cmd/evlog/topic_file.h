// The file of `evlog topics export` and `apply`: topics as they should be.
//   {"topics":[{"name":"orders","partitions":6,"replicas":3,"configs":{"retention.ms":"86400000"}}]}
// A topic may leave out everything but its name: what is left out stays as it is, or is the server's default for a new one.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evlog/failure.h"

namespace evlog::cmd {

struct WantedTopic {
  std::string name;
  std::optional<int32_t> partitions;
  std::optional<int16_t> replicas;
  std::optional<std::map<std::string, std::string>> configs;  // all settings of its own; others go back to their defaults
};

Expected<std::vector<WantedTopic>> parse_topic_file(std::string_view text, const std::string& name);
std::string topic_file(const std::vector<WantedTopic>& topics);

}  // namespace evlog::cmd
