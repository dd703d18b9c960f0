// Markers that end transactions in partitions led by the broker that is asked: from a transaction's coordinator, or an administrator.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct WriteTxnMarkersRequest {
  static constexpr Message info{"WriteTxnMarkersRequest", 27, {1, 2}, 1};
  struct Marker {
    struct Topic {
      std::string_view name;
      Array<int32_t> partition_indexes;
      static void visit(auto& io, auto& m) {
        io("Name", m.name);
        io("PartitionIndexes", m.partition_indexes);
      }
    };
    int64_t producer_id = 0;
    int16_t producer_epoch = 0;
    bool transaction_result = false;  // commit
    Array<Topic> topics;
    int32_t coordinator_epoch = 0;
    int8_t transaction_version = 0;
    static void visit(auto& io, auto& m) {
      io("ProducerId", m.producer_id);
      io("ProducerEpoch", m.producer_epoch);
      io("TransactionResult", m.transaction_result);
      io("Topics", m.topics);
      io("CoordinatorEpoch", m.coordinator_epoch);
      io("TransactionVersion", m.transaction_version, since(2));
    }
  };
  Array<Marker> markers;
  static void visit(auto& io, auto& m) {
    io("Markers", m.markers);
  }
};
EVLOG_WIRE_MESSAGE(WriteTxnMarkersRequest)

struct WriteTxnMarkersResponse {
  static constexpr Message info{"WriteTxnMarkersResponse", 27, {1, 2}, 1};
  struct Marker {
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
    int64_t producer_id = 0;
    Array<Topic> topics;
    static void visit(auto& io, auto& m) {
      io("ProducerId", m.producer_id);
      io("Topics", m.topics);
    }
  };
  Array<Marker> markers;
  static void visit(auto& io, auto& m) {
    io("Markers", m.markers);
  }
};
EVLOG_WIRE_MESSAGE(WriteTxnMarkersResponse)

}  // namespace evlog::wire
