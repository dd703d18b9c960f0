// Offsets of a partition by time. Special times: -1 latest, -2 earliest, -3 the record with the highest timestamp (v7), -4 earliest local (v8),
// -5 latest tiered (v9), -6 earliest pending upload (v11).
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct ListOffsetsRequest {
  static constexpr Message info{"ListOffsetsRequest", 2, {1, 11}, 6};
  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int32_t current_leader_epoch = -1;
      int64_t timestamp = 0;
      static void visit(auto& io, auto& m) {
        io("PartitionIndex", m.partition_index);
        io("CurrentLeaderEpoch", m.current_leader_epoch, since(4));
        io("Timestamp", m.timestamp);
      }
    };
    std::string_view name;
    Array<Partition> partitions;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("Partitions", m.partitions);
    }
  };
  int32_t replica_id = 0;
  int8_t isolation_level = 0;
  Array<Topic> topics;
  int32_t timeout_ms = 0;
  static void visit(auto& io, auto& m) {
    io("ReplicaId", m.replica_id);
    io("IsolationLevel", m.isolation_level, since(2));
    io("Topics", m.topics);
    io("TimeoutMs", m.timeout_ms, since(10));
  }
};
EVLOG_WIRE_MESSAGE(ListOffsetsRequest)

struct ListOffsetsResponse {
  static constexpr Message info{"ListOffsetsResponse", 2, {1, 11}, 6};
  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      ErrorCode error_code = ErrorCode::NONE;
      int64_t timestamp = -1;
      int64_t offset = -1;
      int32_t leader_epoch = -1;
      static void visit(auto& io, auto& m) {
        io("PartitionIndex", m.partition_index);
        io("ErrorCode", m.error_code);
        io("Timestamp", m.timestamp);
        io("Offset", m.offset);
        io("LeaderEpoch", m.leader_epoch, since(4));
      }
    };
    std::string_view name;
    Array<Partition> partitions;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("Partitions", m.partitions);
    }
  };
  int32_t throttle_time_ms = 0;
  Array<Topic> topics;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms, since(2));
    io("Topics", m.topics);
  }
};
EVLOG_WIRE_MESSAGE(ListOffsetsResponse)

}  // namespace evlog::wire
