// What there is to know of a cluster besides its topics: log directories, the quorum of the metadata log, feature levels.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/error_code.h"
#include "base/uuid.h"
#include "client/partition_key.h"

namespace evlog::client {

struct LogReplica { int64_t bytes = 0; int64_t offset_lag = 0; bool future = false; };  // future: being moved here

struct LogDir {
  int32_t broker = -1;
  std::string path;
  ErrorCode error = ErrorCode::NONE;
  int64_t total_bytes = -1, usable_bytes = -1;  // of the volume; -1: the broker is too old to say
  std::map<PartitionKey, LogReplica> replicas;
  int64_t size_bytes() const {
    int64_t sum = 0;
    for (const auto& [key, replica] : replicas) sum += replica.bytes;
    return sum;
  }
};

struct QuorumReplica {
  int32_t id = -1;
  Uuid directory;
  int64_t end = -1;
  int64_t last_fetch_ms = -1, last_caught_up_ms = -1;  // wall clock; -1: unknown
};

struct QuorumInfo {
  int32_t leader = -1;
  int32_t epoch = -1;
  int64_t high_watermark = -1;
  std::vector<QuorumReplica> voters, observers;
};

// What all brokers agreed on (finalized), and what the asked one could speak.
struct FeatureLevel { std::string name; int16_t supported_min = 0, supported_max = 0; int16_t finalized = 0; };
struct FeatureLevels { int64_t epoch = -1; std::vector<FeatureLevel> features; };  // by name

}  // namespace evlog::client
