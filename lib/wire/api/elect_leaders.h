// Have the preferred replica (or, unclean, any live one) lead partitions: those named, or all.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct ElectLeadersRequest {
  static constexpr Message info{"ElectLeadersRequest", 43, {0, 2}, 2};
  struct Topic {
    std::string_view topic;
    Array<int32_t> partitions;
    static void visit(auto& io, auto& m) {
      io("Topic", m.topic);
      io("Partitions", m.partitions);
    }
  };
  int8_t election_type = 0;
  std::optional<Array<Topic>> topic_partitions = Array<Topic>{};
  int32_t timeout_ms = 60000;
  static void visit(auto& io, auto& m) {
    io("ElectionType", m.election_type, since(1));
    io("TopicPartitions", m.topic_partitions);
    io("TimeoutMs", m.timeout_ms);
  }
};
EVLOG_WIRE_MESSAGE(ElectLeadersRequest)

struct ElectLeadersResponse {
  static constexpr Message info{"ElectLeadersResponse", 43, {0, 2}, 2};
  struct Topic {
    struct Partition {
      int32_t partition_id = 0;
      ErrorCode error_code = ErrorCode::NONE;
      std::optional<std::string_view> error_message = "";
      static void visit(auto& io, auto& m) {
        io("PartitionId", m.partition_id);
        io("ErrorCode", m.error_code);
        io("ErrorMessage", m.error_message);
      }
    };
    std::string_view topic;
    Array<Partition> partition_result;
    static void visit(auto& io, auto& m) {
      io("Topic", m.topic);
      io("PartitionResult", m.partition_result);
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  Array<Topic> replica_election_results;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("ErrorCode", m.error_code, since(1));
    io("ReplicaElectionResults", m.replica_election_results);
  }
};
EVLOG_WIRE_MESSAGE(ElectLeadersResponse)

}  // namespace evlog::wire
