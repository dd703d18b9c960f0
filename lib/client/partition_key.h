// One partition of a topic, as the key of maps.
#pragma once

#include <compare>
#include <cstdint>
#include <string>

namespace evlog::client {

struct PartitionKey {
  std::string topic;
  int32_t partition = 0;
  auto operator<=>(const PartitionKey&) const = default;
};

}  // namespace evlog::client
