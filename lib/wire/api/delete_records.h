// Delete the records of partitions below an offset.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct DeleteRecordsRequest {
  static constexpr Message info{"DeleteRecordsRequest", 21, {0, 2}, 2};
  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int64_t offset = 0;
      static void visit(auto& io, auto& m) {
        io("PartitionIndex", m.partition_index);
        io("Offset", m.offset);
      }
    };
    std::string_view name;
    Array<Partition> partitions;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("Partitions", m.partitions);
    }
  };
  Array<Topic> topics;
  int32_t timeout_ms = 0;
  static void visit(auto& io, auto& m) {
    io("Topics", m.topics);
    io("TimeoutMs", m.timeout_ms);
  }
};
EVLOG_WIRE_MESSAGE(DeleteRecordsRequest)

struct DeleteRecordsResponse {
  static constexpr Message info{"DeleteRecordsResponse", 21, {0, 2}, 2};
  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int64_t low_watermark = 0;
      ErrorCode error_code = ErrorCode::NONE;
      static void visit(auto& io, auto& m) {
        io("PartitionIndex", m.partition_index);
        io("LowWatermark", m.low_watermark);
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
  int32_t throttle_time_ms = 0;
  Array<Topic> topics;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("Topics", m.topics);
  }
};
EVLOG_WIRE_MESSAGE(DeleteRecordsResponse)

}  // namespace evlog::wire
