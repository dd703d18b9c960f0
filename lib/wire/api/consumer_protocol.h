// What consumers of the classic protocol put into JoinGroup and SyncGroup; opaque to a broker, read to describe groups.
// In those requests each stands behind its version: encode_versioned() and decode_versioned_lenient().
#pragma once

#include "wire/message.h"
#include "wire/versioned.h"

namespace evlog::wire {

struct ConsumerProtocolSubscription {
  static constexpr Message info{"ConsumerProtocolSubscription", -1, {0, 3}};
  struct TopicPartition {
    std::string_view topic;
    Array<int32_t> partitions;
    static void visit(auto& io, auto& m) {
      io("Topic", m.topic, since(1));
      io("Partitions", m.partitions, since(1));
    }
  };
  Array<std::string_view> topics;
  std::optional<Bytes> user_data;
  Array<TopicPartition> owned_partitions;
  int32_t generation_id = -1;
  std::optional<std::string_view> rack_id;
  static void visit(auto& io, auto& m) {
    io("Topics", m.topics);
    io("UserData", m.user_data);
    io("OwnedPartitions", m.owned_partitions, since(1));
    io("GenerationId", m.generation_id, since(2));
    io("RackId", m.rack_id, since(3));
  }
};
EVLOG_WIRE_MESSAGE(ConsumerProtocolSubscription)

struct ConsumerProtocolAssignment {
  static constexpr Message info{"ConsumerProtocolAssignment", -1, {0, 3}};
  struct TopicPartition {
    std::string_view topic;
    Array<int32_t> partitions;
    static void visit(auto& io, auto& m) {
      io("Topic", m.topic);
      io("Partitions", m.partitions);
    }
  };
  Array<TopicPartition> assigned_partitions;
  std::optional<Bytes> user_data;
  static void visit(auto& io, auto& m) {
    io("AssignedPartitions", m.assigned_partitions);
    io("UserData", m.user_data);
  }
};
EVLOG_WIRE_MESSAGE(ConsumerProtocolAssignment)

}  // namespace evlog::wire
