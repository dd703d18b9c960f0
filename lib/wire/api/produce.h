// Record batches to be appended. Versions 0..2 are advertised (KAFKA-18659) and refused; v13 names topics by id.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct ProduceRequest {
  static constexpr Message info{"ProduceRequest", 0, {3, 13}, 9};
  struct Topic {
    struct Partition {
      int32_t index = 0;
      std::optional<Records> records;
      static void visit(auto& io, auto& m) {
        io("Index", m.index);
        io("Records", m.records);
      }
    };
    std::string_view name;
    Uuid topic_id;
    Array<Partition> partition_data;
    static void visit(auto& io, auto& m) {
      io("Name", m.name, until(12));
      io("TopicId", m.topic_id, since(13));
      io("PartitionData", m.partition_data);
    }
  };
  std::optional<std::string_view> transactional_id;
  int16_t acks = 0;
  int32_t timeout_ms = 0;
  Array<Topic> topic_data;
  static void visit(auto& io, auto& m) {
    io("TransactionalId", m.transactional_id);
    io("Acks", m.acks);
    io("TimeoutMs", m.timeout_ms);
    io("TopicData", m.topic_data);
  }
};
EVLOG_WIRE_MESSAGE(ProduceRequest)

struct ProduceResponse {
  static constexpr Message info{"ProduceResponse", 0, {3, 13}, 9};
  struct Topic {
    struct Partition {
      struct RecordError {
        int32_t batch_index = 0;
        std::optional<std::string_view> batch_index_error_message;
        static void visit(auto& io, auto& m) {
          io("BatchIndex", m.batch_index, since(8));
          io("BatchIndexErrorMessage", m.batch_index_error_message, since(8));
        }
      };
      struct CurrentLeader {
        int32_t leader_id = -1;
        int32_t leader_epoch = -1;
        bool operator==(const CurrentLeader&) const = default;
        static void visit(auto& io, auto& m) {
          io("LeaderId", m.leader_id, since(10));
          io("LeaderEpoch", m.leader_epoch, since(10));
        }
      };
      int32_t index = 0;
      ErrorCode error_code = ErrorCode::NONE;
      int64_t base_offset = 0;
      int64_t log_append_time_ms = -1;
      int64_t log_start_offset = -1;
      Array<RecordError> record_errors;
      std::optional<std::string_view> error_message;
      CurrentLeader current_leader;
      static void visit(auto& io, auto& m) {
        io("Index", m.index);
        io("ErrorCode", m.error_code);
        io("BaseOffset", m.base_offset);
        io("LogAppendTimeMs", m.log_append_time_ms);
        io("LogStartOffset", m.log_start_offset, since(5));
        io("RecordErrors", m.record_errors, since(8));
        io("ErrorMessage", m.error_message, since(8));
        io("CurrentLeader", m.current_leader, tagged(0, since(10)));
      }
    };
    std::string_view name;
    Uuid topic_id;
    Array<Partition> partition_responses;
    static void visit(auto& io, auto& m) {
      io("Name", m.name, until(12));
      io("TopicId", m.topic_id, since(13));
      io("PartitionResponses", m.partition_responses);
    }
  };
  struct NodeEndpoint {
    int32_t node_id = 0;
    std::string_view host;
    int32_t port = 0;
    std::optional<std::string_view> rack;
    static void visit(auto& io, auto& m) {
      io("NodeId", m.node_id, since(10));
      io("Host", m.host, since(10));
      io("Port", m.port, since(10));
      io("Rack", m.rack, since(10));
    }
  };
  Array<Topic> responses;
  int32_t throttle_time_ms = 0;
  Array<NodeEndpoint> node_endpoints;
  static void visit(auto& io, auto& m) {
    io("Responses", m.responses);
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("NodeEndpoints", m.node_endpoints, tagged(0, since(10)));
  }
};
EVLOG_WIRE_MESSAGE(ProduceResponse)

}  // namespace evlog::wire
