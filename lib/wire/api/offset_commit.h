// Store the offsets of a group. v10 names topics by id.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct OffsetCommitRequest {
  static constexpr Message info{"OffsetCommitRequest", 8, {2, 10}, 8};
  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int64_t committed_offset = 0;
      int32_t committed_leader_epoch = -1;
      std::optional<std::string_view> committed_metadata = "";
      static void visit(auto& io, auto& m) {
        io("PartitionIndex", m.partition_index);
        io("CommittedOffset", m.committed_offset);
        io("CommittedLeaderEpoch", m.committed_leader_epoch, since(6));
        io("CommittedMetadata", m.committed_metadata);
      }
    };
    std::string_view name;
    Uuid topic_id;
    Array<Partition> partitions;
    static void visit(auto& io, auto& m) {
      io("Name", m.name, until(9));
      io("TopicId", m.topic_id, since(10));
      io("Partitions", m.partitions);
    }
  };
  std::string_view group_id;
  int32_t generation_id_or_member_epoch = -1;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;
  int64_t retention_time_ms = -1;
  Array<Topic> topics;
  static void visit(auto& io, auto& m) {
    io("GroupId", m.group_id);
    io("GenerationIdOrMemberEpoch", m.generation_id_or_member_epoch);
    io("MemberId", m.member_id);
    io("GroupInstanceId", m.group_instance_id, since(7));
    io("RetentionTimeMs", m.retention_time_ms, until(4));
    io("Topics", m.topics);
  }
};
EVLOG_WIRE_MESSAGE(OffsetCommitRequest)

struct OffsetCommitResponse {
  static constexpr Message info{"OffsetCommitResponse", 8, {2, 10}, 8};
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
    Uuid topic_id;
    Array<Partition> partitions;
    static void visit(auto& io, auto& m) {
      io("Name", m.name, until(9));
      io("TopicId", m.topic_id, since(10));
      io("Partitions", m.partitions);
    }
  };
  int32_t throttle_time_ms = 0;
  Array<Topic> topics;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms, since(3));
    io("Topics", m.topics);
  }
};
EVLOG_WIRE_MESSAGE(OffsetCommitResponse)

}  // namespace evlog::wire
