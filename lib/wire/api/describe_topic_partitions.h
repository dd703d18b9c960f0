// Topics and partitions page by page.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

// Where the next page begins.
struct TopicPartitionsCursor {
  std::string_view topic_name;
  int32_t partition_index = 0;
  static void visit(auto& io, auto& m) {
    io("TopicName", m.topic_name);
    io("PartitionIndex", m.partition_index);
  }
};

struct DescribeTopicPartitionsRequest {
  static constexpr Message info{"DescribeTopicPartitionsRequest", 75, {0, 0}, 0};
  struct Topic {
    std::string_view name;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
    }
  };
  using Cursor = TopicPartitionsCursor;
  Array<Topic> topics;
  int32_t response_partition_limit = 2000;
  std::optional<Cursor> cursor;
  static void visit(auto& io, auto& m) {
    io("Topics", m.topics);
    io("ResponsePartitionLimit", m.response_partition_limit);
    io("Cursor", m.cursor);
  }
};
EVLOG_WIRE_MESSAGE(DescribeTopicPartitionsRequest)

struct DescribeTopicPartitionsResponse {
  static constexpr Message info{"DescribeTopicPartitionsResponse", 75, {0, 0}, 0};
  struct Topic {
    struct Partition {
      ErrorCode error_code = ErrorCode::NONE;
      int32_t partition_index = 0;
      int32_t leader_id = 0;
      int32_t leader_epoch = -1;
      Array<int32_t> replica_nodes, isr_nodes;
      std::optional<Array<int32_t>> eligible_leader_replicas, last_known_elr;
      Array<int32_t> offline_replicas;
      static void visit(auto& io, auto& m) {
        io("ErrorCode", m.error_code);
        io("PartitionIndex", m.partition_index);
        io("LeaderId", m.leader_id);
        io("LeaderEpoch", m.leader_epoch);
        io("ReplicaNodes", m.replica_nodes);
        io("IsrNodes", m.isr_nodes);
        io("EligibleLeaderReplicas", m.eligible_leader_replicas);
        io("LastKnownElr", m.last_known_elr);
        io("OfflineReplicas", m.offline_replicas);
      }
    };
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string_view> name = "";
    Uuid topic_id;
    bool is_internal = false;
    Array<Partition> partitions;
    int32_t topic_authorized_operations = INT32_MIN;
    static void visit(auto& io, auto& m) {
      io("ErrorCode", m.error_code);
      io("Name", m.name);
      io("TopicId", m.topic_id);
      io("IsInternal", m.is_internal);
      io("Partitions", m.partitions);
      io("TopicAuthorizedOperations", m.topic_authorized_operations);
    }
  };
  using Cursor = TopicPartitionsCursor;
  int32_t throttle_time_ms = 0;
  Array<Topic> topics;
  std::optional<Cursor> next_cursor;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("Topics", m.topics);
    io("NextCursor", m.next_cursor);
  }
};
EVLOG_WIRE_MESSAGE(DescribeTopicPartitionsResponse)

}  // namespace evlog::wire
