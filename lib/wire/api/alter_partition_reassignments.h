// Move partitions to other replicas, or (null replicas) take such a move back.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct AlterPartitionReassignmentsRequest {
  static constexpr Message info{"AlterPartitionReassignmentsRequest", 45, {0, 1}, 0};
  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      std::optional<Array<int32_t>> replicas;
      static void visit(auto& io, auto& m) {
        io("PartitionIndex", m.partition_index);
        io("Replicas", m.replicas);
      }
    };
    std::string_view name;
    Array<Partition> partitions;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("Partitions", m.partitions);
    }
  };
  int32_t timeout_ms = 60000;
  bool allow_replication_factor_change = true;
  Array<Topic> topics;
  static void visit(auto& io, auto& m) {
    io("TimeoutMs", m.timeout_ms);
    io("AllowReplicationFactorChange", m.allow_replication_factor_change, since(1));
    io("Topics", m.topics);
  }
};
EVLOG_WIRE_MESSAGE(AlterPartitionReassignmentsRequest)

struct AlterPartitionReassignmentsResponse {
  static constexpr Message info{"AlterPartitionReassignmentsResponse", 45, {0, 1}, 0};
  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      ErrorCode error_code = ErrorCode::NONE;
      std::optional<std::string_view> error_message = "";
      static void visit(auto& io, auto& m) {
        io("PartitionIndex", m.partition_index);
        io("ErrorCode", m.error_code);
        io("ErrorMessage", m.error_message);
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
  bool allow_replication_factor_change = true;
  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string_view> error_message = "";
  Array<Topic> responses;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("AllowReplicationFactorChange", m.allow_replication_factor_change, since(1));
    io("ErrorCode", m.error_code);
    io("ErrorMessage", m.error_message);
    io("Responses", m.responses);
  }
};
EVLOG_WIRE_MESSAGE(AlterPartitionReassignmentsResponse)

}  // namespace evlog::wire
