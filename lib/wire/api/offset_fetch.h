// Read the offsets of a group; several groups since v8, topics by id in v10. Null topics = all.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct OffsetFetchRequest {
  static constexpr Message info{"OffsetFetchRequest", 9, {1, 10}, 6};
  struct Topic {
    std::string_view name;
    Array<int32_t> partition_indexes;
    static void visit(auto& io, auto& m) {
      io("Name", m.name, until(7));
      io("PartitionIndexes", m.partition_indexes, until(7));
    }
  };
  struct Group {
    struct GroupTopic {
      std::string_view name;
      Uuid topic_id;
      Array<int32_t> partition_indexes;
      static void visit(auto& io, auto& m) {
        io("Name", m.name, between(8, 9));
        io("TopicId", m.topic_id, since(10));
        io("PartitionIndexes", m.partition_indexes, since(8));
      }
    };
    std::string_view group_id;
    std::optional<std::string_view> member_id;
    int32_t member_epoch = -1;
    std::optional<Array<GroupTopic>> topics = Array<GroupTopic>{};
    static void visit(auto& io, auto& m) {
      io("GroupId", m.group_id, since(8));
      io("MemberId", m.member_id, since(9));
      io("MemberEpoch", m.member_epoch, since(9));
      io("Topics", m.topics, since(8));
    }
  };
  std::string_view group_id;
  std::optional<Array<Topic>> topics = Array<Topic>{};
  Array<Group> groups;
  bool require_stable = false;
  static void visit(auto& io, auto& m) {
    io("GroupId", m.group_id, until(7));
    io("Topics", m.topics, until(7), nullable_since(2));
    io("Groups", m.groups, since(8));
    io("RequireStable", m.require_stable, since(7));
  }
};
EVLOG_WIRE_MESSAGE(OffsetFetchRequest)

struct OffsetFetchResponse {
  static constexpr Message info{"OffsetFetchResponse", 9, {1, 10}, 6};
  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      int64_t committed_offset = 0;
      int32_t committed_leader_epoch = -1;
      std::optional<std::string_view> metadata = "";
      ErrorCode error_code = ErrorCode::NONE;
      static void visit(auto& io, auto& m) {
        io("PartitionIndex", m.partition_index, until(7));
        io("CommittedOffset", m.committed_offset, until(7));
        io("CommittedLeaderEpoch", m.committed_leader_epoch, between(5, 7));
        io("Metadata", m.metadata, until(7));
        io("ErrorCode", m.error_code, until(7));
      }
    };
    std::string_view name;
    Array<Partition> partitions;
    static void visit(auto& io, auto& m) {
      io("Name", m.name, until(7));
      io("Partitions", m.partitions, until(7));
    }
  };
  struct Group {
    struct GroupTopic {
      struct GroupPartition {
        int32_t partition_index = 0;
        int64_t committed_offset = 0;
        int32_t committed_leader_epoch = -1;
        std::optional<std::string_view> metadata = "";
        ErrorCode error_code = ErrorCode::NONE;
        static void visit(auto& io, auto& m) {
          io("PartitionIndex", m.partition_index, since(8));
          io("CommittedOffset", m.committed_offset, since(8));
          io("CommittedLeaderEpoch", m.committed_leader_epoch, since(8));
          io("Metadata", m.metadata, since(8));
          io("ErrorCode", m.error_code, since(8));
        }
      };
      std::string_view name;
      Uuid topic_id;
      Array<GroupPartition> partitions;
      static void visit(auto& io, auto& m) {
        io("Name", m.name, between(8, 9));
        io("TopicId", m.topic_id, since(10));
        io("Partitions", m.partitions, since(8));
      }
    };
    std::string_view group_id;
    Array<GroupTopic> topics;
    ErrorCode error_code = ErrorCode::NONE;
    static void visit(auto& io, auto& m) {
      io("GroupId", m.group_id, since(8));
      io("Topics", m.topics, since(8));
      io("ErrorCode", m.error_code, since(8));
    }
  };
  int32_t throttle_time_ms = 0;
  Array<Topic> topics;
  ErrorCode error_code = ErrorCode::NONE;
  Array<Group> groups;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms, since(3));
    io("Topics", m.topics, until(7));
    io("ErrorCode", m.error_code, between(2, 7));
    io("Groups", m.groups, since(8));
  }
};
EVLOG_WIRE_MESSAGE(OffsetFetchResponse)

}  // namespace evlog::wire
