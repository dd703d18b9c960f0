// Where the records of a leader epoch end: what a follower or a consumer compares its own log or position with.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct OffsetForLeaderEpochRequest {
  static constexpr Message info{"OffsetForLeaderEpochRequest", 23, {2, 4}, 4};
  struct Topic {
    struct Partition {
      int32_t partition = 0;
      int32_t current_leader_epoch = -1;
      int32_t leader_epoch = 0;
      static void visit(auto& io, auto& m) {
        io("Partition", m.partition);
        io("CurrentLeaderEpoch", m.current_leader_epoch, since(2));
        io("LeaderEpoch", m.leader_epoch);
      }
    };
    std::string_view topic;
    Array<Partition> partitions;
    static void visit(auto& io, auto& m) {
      io("Topic", m.topic);
      io("Partitions", m.partitions);
    }
  };
  int32_t replica_id = -2;
  Array<Topic> topics;
  static void visit(auto& io, auto& m) {
    io("ReplicaId", m.replica_id, since(3));
    io("Topics", m.topics);
  }
};
EVLOG_WIRE_MESSAGE(OffsetForLeaderEpochRequest)

struct OffsetForLeaderEpochResponse {
  static constexpr Message info{"OffsetForLeaderEpochResponse", 23, {2, 4}, 4};
  struct Topic {
    struct Partition {
      ErrorCode error_code = ErrorCode::NONE;
      int32_t partition = 0;
      int32_t leader_epoch = -1;
      int64_t end_offset = -1;
      static void visit(auto& io, auto& m) {
        io("ErrorCode", m.error_code);
        io("Partition", m.partition);
        io("LeaderEpoch", m.leader_epoch);
        io("EndOffset", m.end_offset);
      }
    };
    std::string_view topic;
    Array<Partition> partitions;
    static void visit(auto& io, auto& m) {
      io("Topic", m.topic);
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
EVLOG_WIRE_MESSAGE(OffsetForLeaderEpochResponse)

}  // namespace evlog::wire
