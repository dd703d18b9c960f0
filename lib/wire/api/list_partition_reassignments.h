// Which partitions are being moved from replicas to replicas.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct ListPartitionReassignmentsRequest {
  static constexpr Message info{"ListPartitionReassignmentsRequest", 46, {0, 0}, 0};
  struct Topic {
    std::string_view name;
    Array<int32_t> partition_indexes;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("PartitionIndexes", m.partition_indexes);
    }
  };
  int32_t timeout_ms = 60000;
  std::optional<Array<Topic>> topics;
  static void visit(auto& io, auto& m) {
    io("TimeoutMs", m.timeout_ms);
    io("Topics", m.topics);
  }
};
EVLOG_WIRE_MESSAGE(ListPartitionReassignmentsRequest)

struct ListPartitionReassignmentsResponse {
  static constexpr Message info{"ListPartitionReassignmentsResponse", 46, {0, 0}, 0};
  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      Array<int32_t> replicas, adding_replicas, removing_replicas;
      static void visit(auto& io, auto& m) {
        io("PartitionIndex", m.partition_index);
        io("Replicas", m.replicas);
        io("AddingReplicas", m.adding_replicas);
        io("RemovingReplicas", m.removing_replicas);
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
  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string_view> error_message = "";
  Array<Topic> topics;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("ErrorCode", m.error_code);
    io("ErrorMessage", m.error_message);
    io("Topics", m.topics);
  }
};
EVLOG_WIRE_MESSAGE(ListPartitionReassignmentsResponse)

}  // namespace evlog::wire
