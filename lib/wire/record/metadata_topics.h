// Records of the metadata log about topics and their partitions.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct TopicRecord {
  static constexpr Message info{"TopicRecord", 2, {0, 0}, 0};
  std::string_view name;
  Uuid topic_id;
  static void visit(auto& io, auto& m) {
    io("Name", m.name);
    io("TopicId", m.topic_id);
  }
};
EVLOG_WIRE_MESSAGE(TopicRecord)

struct RemoveTopicRecord {
  static constexpr Message info{"RemoveTopicRecord", 9, {0, 0}, 0};
  Uuid topic_id;
  static void visit(auto& io, auto& m) {
    io("TopicId", m.topic_id);
  }
};
EVLOG_WIRE_MESSAGE(RemoveTopicRecord)

struct PartitionRecord {
  static constexpr Message info{"PartitionRecord", 3, {0, 2}, 0};
  int32_t partition_id = -1;
  Uuid topic_id;
  Array<int32_t> replicas, isr, removing_replicas, adding_replicas;
  int32_t leader = -1;
  int8_t leader_recovery_state = 0;
  int32_t leader_epoch = -1;
  int32_t partition_epoch = -1;
  Array<Uuid> directories;
  std::optional<Array<int32_t>> eligible_leader_replicas, last_known_elr;
  static void visit(auto& io, auto& m) {
    io("PartitionId", m.partition_id);
    io("TopicId", m.topic_id);
    io("Replicas", m.replicas);
    io("Isr", m.isr);
    io("RemovingReplicas", m.removing_replicas);
    io("AddingReplicas", m.adding_replicas);
    io("Leader", m.leader);
    io("LeaderRecoveryState", m.leader_recovery_state, tagged(0, since(0)));
    io("LeaderEpoch", m.leader_epoch);
    io("PartitionEpoch", m.partition_epoch);
    io("Directories", m.directories, since(1));
    io("EligibleLeaderReplicas", m.eligible_leader_replicas, tagged(1, since(2)));
    io("LastKnownElr", m.last_known_elr, tagged(2, since(2)));
  }
};
EVLOG_WIRE_MESSAGE(PartitionRecord)

struct PartitionChangeRecord {
  static constexpr Message info{"PartitionChangeRecord", 5, {0, 2}, 0};
  int32_t partition_id = -1;
  Uuid topic_id;
  std::optional<Array<int32_t>> isr;
  int32_t leader = -2;
  std::optional<Array<int32_t>> replicas, removing_replicas, adding_replicas;
  int8_t leader_recovery_state = -1;
  std::optional<Array<Uuid>> directories;
  std::optional<Array<int32_t>> eligible_leader_replicas, last_known_elr;
  static void visit(auto& io, auto& m) {
    io("PartitionId", m.partition_id);
    io("TopicId", m.topic_id);
    io("Isr", m.isr, tagged(0, since(0)));
    io("Leader", m.leader, tagged(1, since(0)));
    io("Replicas", m.replicas, tagged(2, since(0)));
    io("RemovingReplicas", m.removing_replicas, tagged(3, since(0)));
    io("AddingReplicas", m.adding_replicas, tagged(4, since(0)));
    io("LeaderRecoveryState", m.leader_recovery_state, tagged(5, since(0)));
    io("Directories", m.directories, tagged(8, since(1)));
    io("EligibleLeaderReplicas", m.eligible_leader_replicas, tagged(6, since(2)));
    io("LastKnownElr", m.last_known_elr, tagged(7, since(2)));
  }
};
EVLOG_WIRE_MESSAGE(PartitionChangeRecord)

struct ClearElrRecord {
  static constexpr Message info{"ClearElrRecord", 28, {0, 0}, 0};
  std::string_view topic_name;
  static void visit(auto& io, auto& m) {
    io("TopicName", m.topic_name);
  }
};
EVLOG_WIRE_MESSAGE(ClearElrRecord)

}  // namespace evlog::wire
