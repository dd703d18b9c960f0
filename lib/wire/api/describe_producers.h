// Who writes to a partition with sequence numbers, and whose transaction is open there.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct DescribeProducersRequest {
  static constexpr Message info{"DescribeProducersRequest", 61, {0, 0}, 0};
  struct Topic {
    std::string_view name;
    Array<int32_t> partition_indexes;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("PartitionIndexes", m.partition_indexes);
    }
  };
  Array<Topic> topics;
  static void visit(auto& io, auto& m) {
    io("Topics", m.topics);
  }
};
EVLOG_WIRE_MESSAGE(DescribeProducersRequest)

struct DescribeProducersResponse {
  static constexpr Message info{"DescribeProducersResponse", 61, {0, 0}, 0};
  struct Topic {
    struct Partition {
      struct Producer {
        int64_t producer_id = 0;
        int32_t producer_epoch = 0;
        int32_t last_sequence = -1;
        int64_t last_timestamp = -1;
        int32_t coordinator_epoch = 0;
        int64_t current_txn_start_offset = -1;
        static void visit(auto& io, auto& m) {
          io("ProducerId", m.producer_id);
          io("ProducerEpoch", m.producer_epoch);
          io("LastSequence", m.last_sequence);
          io("LastTimestamp", m.last_timestamp);
          io("CoordinatorEpoch", m.coordinator_epoch);
          io("CurrentTxnStartOffset", m.current_txn_start_offset);
        }
      };
      int32_t partition_index = 0;
      ErrorCode error_code = ErrorCode::NONE;
      std::optional<std::string_view> error_message;
      Array<Producer> active_producers;
      static void visit(auto& io, auto& m) {
        io("PartitionIndex", m.partition_index);
        io("ErrorCode", m.error_code);
        io("ErrorMessage", m.error_message);
        io("ActiveProducers", m.active_producers);
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
EVLOG_WIRE_MESSAGE(DescribeProducersResponse)

}  // namespace evlog::wire
