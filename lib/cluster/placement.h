// Where the replicas of new partitions go: Kafka's striped, rack-unaware placement, started at a random broker.
#pragma once

#include <cstdint>
#include <vector>

#include "base/random.h"
#include "base/result.h"
#include "cluster/image.h"

namespace evlog::cluster {

// One replica list per partition, leader first. Only brokers that are registered and not fenced are used.
// INVALID_REPLICATION_FACTOR when there are fewer of them than `replication_factor` (Kafka's sentence).
Result<std::vector<std::vector<BrokerId>>> place(const Image& image, int32_t partitions, int16_t replication_factor, Random& random);

}  // namespace evlog::cluster
