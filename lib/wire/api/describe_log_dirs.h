// Log directories with the sizes of what they hold. v4 adds volume sizes, v5 cordoned directories.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct DescribeLogDirsRequest {
  static constexpr Message info{"DescribeLogDirsRequest", 35, {1, 5}, 2};
  struct Topic {
    std::string_view topic;
    Array<int32_t> partitions;
    static void visit(auto& io, auto& m) {
      io("Topic", m.topic);
      io("Partitions", m.partitions);
    }
  };
  std::optional<Array<Topic>> topics = Array<Topic>{};
  static void visit(auto& io, auto& m) {
    io("Topics", m.topics);
  }
};
EVLOG_WIRE_MESSAGE(DescribeLogDirsRequest)

struct DescribeLogDirsResponse {
  static constexpr Message info{"DescribeLogDirsResponse", 35, {1, 5}, 2};
  struct LogDir {
    struct Topic {
      struct Partition {
        int32_t partition_index = 0;
        int64_t partition_size = 0;
        int64_t offset_lag = 0;
        bool is_future_key = false;
        static void visit(auto& io, auto& m) {
          io("PartitionIndex", m.partition_index);
          io("PartitionSize", m.partition_size);
          io("OffsetLag", m.offset_lag);
          io("IsFutureKey", m.is_future_key);
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
    std::string_view log_dir;
    Array<Topic> topics;
    int64_t total_bytes = -1;
    int64_t usable_bytes = -1;
    bool is_cordoned = false;
    static void visit(auto& io, auto& m) {
      io("ErrorCode", m.error_code);
      io("LogDir", m.log_dir);
      io("Topics", m.topics);
      io("TotalBytes", m.total_bytes, since(4));
      io("UsableBytes", m.usable_bytes, since(4));
      io("IsCordoned", m.is_cordoned, since(5));
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  Array<LogDir> results;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("ErrorCode", m.error_code, since(3));
    io("Results", m.results);
  }
};
EVLOG_WIRE_MESSAGE(DescribeLogDirsResponse)

}  // namespace evlog::wire
