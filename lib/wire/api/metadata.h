// Brokers, topics and leaders. In v0 an empty list of topics asks for all of them; later, null does. v12 asks by topic id.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct MetadataRequest {
  static constexpr Message info{"MetadataRequest", 3, {0, 13}, 9};
  struct Topic {
    Uuid topic_id;
    std::optional<std::string_view> name = "";
    static void visit(auto& io, auto& m) {
      io("TopicId", m.topic_id, since(10));
      io("Name", m.name, nullable_since(10));
    }
  };
  std::optional<Array<Topic>> topics = Array<Topic>{};
  bool allow_auto_topic_creation = true;
  bool include_cluster_authorized_operations = false;
  bool include_topic_authorized_operations = false;
  static void visit(auto& io, auto& m) {
    io("Topics", m.topics, nullable_since(1));
    io("AllowAutoTopicCreation", m.allow_auto_topic_creation, since(4));
    io("IncludeClusterAuthorizedOperations", m.include_cluster_authorized_operations, between(8, 10));
    io("IncludeTopicAuthorizedOperations", m.include_topic_authorized_operations, since(8));
  }
};
EVLOG_WIRE_MESSAGE(MetadataRequest)

struct MetadataResponse {
  static constexpr Message info{"MetadataResponse", 3, {0, 13}, 9};
  struct Broker {
    int32_t node_id = 0;
    std::string_view host;
    int32_t port = 0;
    std::optional<std::string_view> rack;
    static void visit(auto& io, auto& m) {
      io("NodeId", m.node_id);
      io("Host", m.host);
      io("Port", m.port);
      io("Rack", m.rack, since(1));
    }
  };
  struct Topic {
    struct Partition {
      ErrorCode error_code = ErrorCode::NONE;
      int32_t partition_index = 0;
      int32_t leader_id = 0;
      int32_t leader_epoch = -1;
      Array<int32_t> replica_nodes, isr_nodes, offline_replicas;
      static void visit(auto& io, auto& m) {
        io("ErrorCode", m.error_code);
        io("PartitionIndex", m.partition_index);
        io("LeaderId", m.leader_id);
        io("LeaderEpoch", m.leader_epoch, since(7));
        io("ReplicaNodes", m.replica_nodes);
        io("IsrNodes", m.isr_nodes);
        io("OfflineReplicas", m.offline_replicas, since(5));
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
      io("Name", m.name, nullable_since(12));
      io("TopicId", m.topic_id, since(10));
      io("IsInternal", m.is_internal, since(1));
      io("Partitions", m.partitions);
      io("TopicAuthorizedOperations", m.topic_authorized_operations, since(8));
    }
  };
  int32_t throttle_time_ms = 0;
  Array<Broker> brokers;
  std::optional<std::string_view> cluster_id;
  int32_t controller_id = -1;
  Array<Topic> topics;
  int32_t cluster_authorized_operations = INT32_MIN;
  ErrorCode error_code = ErrorCode::NONE;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms, since(3));
    io("Brokers", m.brokers);
    io("ClusterId", m.cluster_id, since(2));
    io("ControllerId", m.controller_id, since(1));
    io("Topics", m.topics);
    io("ClusterAuthorizedOperations", m.cluster_authorized_operations, between(8, 10));
    io("ErrorCode", m.error_code, since(13));
  }
};
EVLOG_WIRE_MESSAGE(MetadataResponse)

}  // namespace evlog::wire
