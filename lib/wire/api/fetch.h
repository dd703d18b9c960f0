// Record batches to be read, by consumers and followers. Sessions since v7 (KIP-227), topic ids since v13, the follower's state as a tagged
// field since v15.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct FetchRequest {
  static constexpr Message info{"FetchRequest", 1, {4, 18}, 12};
  struct ReplicaState {
    int32_t replica_id = -1;
    int64_t replica_epoch = -1;
    bool operator==(const ReplicaState&) const = default;
    static void visit(auto& io, auto& m) {
      io("ReplicaId", m.replica_id, since(15));
      io("ReplicaEpoch", m.replica_epoch, since(15));
    }
  };
  struct Topic {
    struct Partition {
      int32_t partition = 0;
      int32_t current_leader_epoch = -1;
      int64_t fetch_offset = 0;
      int32_t last_fetched_epoch = -1;
      int64_t log_start_offset = -1;
      int32_t partition_max_bytes = 0;
      Uuid replica_directory_id;
      int64_t high_watermark = INT64_MAX;
      static void visit(auto& io, auto& m) {
        io("Partition", m.partition);
        io("CurrentLeaderEpoch", m.current_leader_epoch, since(9));
        io("FetchOffset", m.fetch_offset);
        io("LastFetchedEpoch", m.last_fetched_epoch, since(12));
        io("LogStartOffset", m.log_start_offset, since(5));
        io("PartitionMaxBytes", m.partition_max_bytes);
        io("ReplicaDirectoryId", m.replica_directory_id, tagged(0, since(17)));
        io("HighWatermark", m.high_watermark, tagged(1, since(18)));
      }
    };
    std::string_view topic;
    Uuid topic_id;
    Array<Partition> partitions;
    static void visit(auto& io, auto& m) {
      io("Topic", m.topic, until(12));
      io("TopicId", m.topic_id, since(13));
      io("Partitions", m.partitions);
    }
  };
  struct ForgottenTopic {
    std::string_view topic;
    Uuid topic_id;
    Array<int32_t> partitions;
    static void visit(auto& io, auto& m) {
      io("Topic", m.topic, between(7, 12));
      io("TopicId", m.topic_id, since(13));
      io("Partitions", m.partitions, since(7));
    }
  };
  std::optional<std::string_view> cluster_id;
  int32_t replica_id = -1;
  ReplicaState replica_state;
  int32_t max_wait_ms = 0;
  int32_t min_bytes = 0;
  int32_t max_bytes = INT32_MAX;
  int8_t isolation_level = 0;
  int32_t session_id = 0;
  int32_t session_epoch = -1;
  Array<Topic> topics;
  Array<ForgottenTopic> forgotten_topics_data;
  std::string_view rack_id;
  static void visit(auto& io, auto& m) {
    io("ClusterId", m.cluster_id, tagged(0, since(12)));
    io("ReplicaId", m.replica_id, until(14));
    io("ReplicaState", m.replica_state, tagged(1, since(15)));
    io("MaxWaitMs", m.max_wait_ms);
    io("MinBytes", m.min_bytes);
    io("MaxBytes", m.max_bytes);
    io("IsolationLevel", m.isolation_level);
    io("SessionId", m.session_id, since(7));
    io("SessionEpoch", m.session_epoch, since(7));
    io("Topics", m.topics);
    io("ForgottenTopicsData", m.forgotten_topics_data, since(7));
    io("RackId", m.rack_id, since(11));
  }
};
EVLOG_WIRE_MESSAGE(FetchRequest)

struct FetchResponse {
  static constexpr Message info{"FetchResponse", 1, {4, 18}, 12};
  struct Topic {
    struct Partition {
      struct EpochEndOffset {
        int32_t epoch = -1;
        int64_t end_offset = -1;
        bool operator==(const EpochEndOffset&) const = default;
        static void visit(auto& io, auto& m) {
          io("Epoch", m.epoch, since(12));
          io("EndOffset", m.end_offset, since(12));
        }
      };
      struct CurrentLeader {
        int32_t leader_id = -1;
        int32_t leader_epoch = -1;
        bool operator==(const CurrentLeader&) const = default;
        static void visit(auto& io, auto& m) {
          io("LeaderId", m.leader_id, since(12));
          io("LeaderEpoch", m.leader_epoch, since(12));
        }
      };
      struct SnapshotId {
        int64_t end_offset = -1;
        int32_t epoch = -1;
        bool operator==(const SnapshotId&) const = default;
        static void visit(auto& io, auto& m) {
          io("EndOffset", m.end_offset);
          io("Epoch", m.epoch);
        }
      };
      struct AbortedTransaction {
        int64_t producer_id = 0;
        int64_t first_offset = 0;
        static void visit(auto& io, auto& m) {
          io("ProducerId", m.producer_id);
          io("FirstOffset", m.first_offset);
        }
      };
      int32_t partition_index = 0;
      ErrorCode error_code = ErrorCode::NONE;
      int64_t high_watermark = 0;
      int64_t last_stable_offset = -1;
      int64_t log_start_offset = -1;
      EpochEndOffset diverging_epoch;
      CurrentLeader current_leader;
      SnapshotId snapshot_id;
      std::optional<Array<AbortedTransaction>> aborted_transactions = Array<AbortedTransaction>{};
      int32_t preferred_read_replica = -1;
      std::optional<Records> records;
      static void visit(auto& io, auto& m) {
        io("PartitionIndex", m.partition_index);
        io("ErrorCode", m.error_code);
        io("HighWatermark", m.high_watermark);
        io("LastStableOffset", m.last_stable_offset);
        io("LogStartOffset", m.log_start_offset, since(5));
        io("DivergingEpoch", m.diverging_epoch, tagged(0, since(12)));
        io("CurrentLeader", m.current_leader, tagged(1, since(12)));
        io("SnapshotId", m.snapshot_id, tagged(2, since(12)));
        io("AbortedTransactions", m.aborted_transactions);
        io("PreferredReadReplica", m.preferred_read_replica, since(11));
        io("Records", m.records);
      }
    };
    std::string_view topic;
    Uuid topic_id;
    Array<Partition> partitions;
    static void visit(auto& io, auto& m) {
      io("Topic", m.topic, until(12));
      io("TopicId", m.topic_id, since(13));
      io("Partitions", m.partitions);
    }
  };
  struct NodeEndpoint {
    int32_t node_id = 0;
    std::string_view host;
    int32_t port = 0;
    std::optional<std::string_view> rack;
    static void visit(auto& io, auto& m) {
      io("NodeId", m.node_id, since(16));
      io("Host", m.host, since(16));
      io("Port", m.port, since(16));
      io("Rack", m.rack, since(16));
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  int32_t session_id = 0;
  Array<Topic> responses;
  Array<NodeEndpoint> node_endpoints;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("ErrorCode", m.error_code, since(7));
    io("SessionId", m.session_id, since(7));
    io("Responses", m.responses);
    io("NodeEndpoints", m.node_endpoints, tagged(0, since(16)));
  }
};
EVLOG_WIRE_MESSAGE(FetchResponse)

}  // namespace evlog::wire
