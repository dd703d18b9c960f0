// Create topics, with a partition count or an assignment by hand. v5 answers with the resulting configuration, v7 with the topic id.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct CreateTopicsRequest {
  static constexpr Message info{"CreateTopicsRequest", 19, {2, 7}, 5};
  struct Topic {
    struct Assignment {
      int32_t partition_index = 0;
      Array<int32_t> broker_ids;
      static void visit(auto& io, auto& m) {
        io("PartitionIndex", m.partition_index);
        io("BrokerIds", m.broker_ids);
      }
    };
    struct Config {
      std::string_view name;
      std::optional<std::string_view> value = "";
      static void visit(auto& io, auto& m) {
        io("Name", m.name);
        io("Value", m.value);
      }
    };
    std::string_view name;
    int32_t num_partitions = 0;
    int16_t replication_factor = 0;
    Array<Assignment> assignments;
    Array<Config> configs;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("NumPartitions", m.num_partitions);
      io("ReplicationFactor", m.replication_factor);
      io("Assignments", m.assignments);
      io("Configs", m.configs);
    }
  };
  Array<Topic> topics;
  int32_t timeout_ms = 60000;
  bool validate_only = false;
  static void visit(auto& io, auto& m) {
    io("Topics", m.topics);
    io("timeoutMs", m.timeout_ms);
    io("validateOnly", m.validate_only);
  }
};
EVLOG_WIRE_MESSAGE(CreateTopicsRequest)

struct CreateTopicsResponse {
  static constexpr Message info{"CreateTopicsResponse", 19, {2, 7}, 5};
  struct Topic {
    struct Config {
      std::string_view name;
      std::optional<std::string_view> value = "";
      bool read_only = false;
      int8_t config_source = -1;
      bool is_sensitive = false;
      static void visit(auto& io, auto& m) {
        io("Name", m.name, since(5));
        io("Value", m.value, since(5));
        io("ReadOnly", m.read_only, since(5));
        io("ConfigSource", m.config_source, since(5));
        io("IsSensitive", m.is_sensitive, since(5));
      }
    };
    std::string_view name;
    Uuid topic_id;
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string_view> error_message = "";
    int16_t topic_config_error_code = 0;
    int32_t num_partitions = -1;
    int16_t replication_factor = -1;
    std::optional<Array<Config>> configs = Array<Config>{};
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("TopicId", m.topic_id, since(7));
      io("ErrorCode", m.error_code);
      io("ErrorMessage", m.error_message);
      io("TopicConfigErrorCode", m.topic_config_error_code, tagged(0, since(5)));
      io("NumPartitions", m.num_partitions, since(5));
      io("ReplicationFactor", m.replication_factor, since(5));
      io("Configs", m.configs, since(5));
    }
  };
  int32_t throttle_time_ms = 0;
  Array<Topic> topics;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("Topics", m.topics);
  }
};
EVLOG_WIRE_MESSAGE(CreateTopicsResponse)

}  // namespace evlog::wire
