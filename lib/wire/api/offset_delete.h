// Delete the offsets a group committed for some partitions. One version, never flexible.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct OffsetDeleteRequest {
  static constexpr Message info{"OffsetDeleteRequest", 47, {0, 0}};
  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      static void visit(auto& io, auto& m) { io("PartitionIndex", m.partition_index); }
    };
    std::string_view name;
    Array<Partition> partitions;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("Partitions", m.partitions);
    }
  };
  std::string_view group_id;
  Array<Topic> topics;
  static void visit(auto& io, auto& m) {
    io("GroupId", m.group_id);
    io("Topics", m.topics);
  }
};
EVLOG_WIRE_MESSAGE(OffsetDeleteRequest)

struct OffsetDeleteResponse {
  static constexpr Message info{"OffsetDeleteResponse", 47, {0, 0}};
  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      ErrorCode error_code = ErrorCode::NONE;
      static void visit(auto& io, auto& m) {
        io("PartitionIndex", m.partition_index);
        io("ErrorCode", m.error_code);
      }
    };
    std::string_view name;
    Array<Partition> partitions;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("Partitions", m.partitions);
    }
  };
  ErrorCode error_code = ErrorCode::NONE;
  int32_t throttle_time_ms = 0;
  Array<Topic> topics;
  static void visit(auto& io, auto& m) {
    io("ErrorCode", m.error_code);
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("Topics", m.topics);
  }
};
EVLOG_WIRE_MESSAGE(OffsetDeleteResponse)

}  // namespace evlog::wire
