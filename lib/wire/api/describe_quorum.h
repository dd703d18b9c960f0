// The quorum of the metadata log: leader, voters, observers.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct DescribeQuorumRequest {
  static constexpr Message info{"DescribeQuorumRequest", 55, {0, 2}, 0};
  struct Topic {
    struct Partition {
      int32_t partition_index = 0;
      static void visit(auto& io, auto& m) {
        io("PartitionIndex", m.partition_index);
      }
    };
    std::string_view topic_name;
    Array<Partition> partitions;
    static void visit(auto& io, auto& m) {
      io("TopicName", m.topic_name);
      io("Partitions", m.partitions);
    }
  };
  Array<Topic> topics;
  static void visit(auto& io, auto& m) {
    io("Topics", m.topics);
  }
};
EVLOG_WIRE_MESSAGE(DescribeQuorumRequest)

struct DescribeQuorumResponse {
  static constexpr Message info{"DescribeQuorumResponse", 55, {0, 2}, 0};
  struct Topic {
    struct Partition {
      struct Replica {
        int32_t replica_id = 0;
        Uuid replica_directory_id;
        int64_t log_end_offset = 0;
        int64_t last_fetch_timestamp = -1;
        int64_t last_caught_up_timestamp = -1;
        static void visit(auto& io, auto& m) {
          io("ReplicaId", m.replica_id);
          io("ReplicaDirectoryId", m.replica_directory_id, since(2));
          io("LogEndOffset", m.log_end_offset);
          io("LastFetchTimestamp", m.last_fetch_timestamp, since(1));
          io("LastCaughtUpTimestamp", m.last_caught_up_timestamp, since(1));
        }
      };
      int32_t partition_index = 0;
      ErrorCode error_code = ErrorCode::NONE;
      std::optional<std::string_view> error_message = "";
      int32_t leader_id = 0;
      int32_t leader_epoch = 0;
      int64_t high_watermark = 0;
      Array<Replica> current_voters, observers;
      static void visit(auto& io, auto& m) {
        io("PartitionIndex", m.partition_index);
        io("ErrorCode", m.error_code);
        io("ErrorMessage", m.error_message, since(2));
        io("LeaderId", m.leader_id);
        io("LeaderEpoch", m.leader_epoch);
        io("HighWatermark", m.high_watermark);
        io("CurrentVoters", m.current_voters);
        io("Observers", m.observers);
      }
    };
    std::string_view topic_name;
    Array<Partition> partitions;
    static void visit(auto& io, auto& m) {
      io("TopicName", m.topic_name);
      io("Partitions", m.partitions);
    }
  };
  struct Node {
    struct Listener {
      std::string_view name, host;
      uint16_t port = 0;
      static void visit(auto& io, auto& m) {
        io("Name", m.name, since(2));
        io("Host", m.host, since(2));
        io("Port", m.port, since(2));
      }
    };
    int32_t node_id = 0;
    Array<Listener> listeners;
    static void visit(auto& io, auto& m) {
      io("NodeId", m.node_id, since(2));
      io("Listeners", m.listeners, since(2));
    }
  };
  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string_view> error_message = "";
  Array<Topic> topics;
  Array<Node> nodes;
  static void visit(auto& io, auto& m) {
    io("ErrorCode", m.error_code);
    io("ErrorMessage", m.error_message, since(2));
    io("Topics", m.topics);
    io("Nodes", m.nodes, since(2));
  }
};
EVLOG_WIRE_MESSAGE(DescribeQuorumResponse)

}  // namespace evlog::wire
