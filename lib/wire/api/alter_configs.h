// Replaces the whole dynamic configuration of each resource; Kafka's older way, see incremental_alter_configs.h.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct AlterConfigsRequest {
  static constexpr Message info{"AlterConfigsRequest", 33, {0, 2}, 2};
  struct Resource {
    struct Config {
      std::string_view name;
      std::optional<std::string_view> value = "";
      static void visit(auto& io, auto& m) {
        io("Name", m.name);
        io("Value", m.value);
      }
    };
    int8_t resource_type = 0;
    std::string_view resource_name;
    Array<Config> configs;
    static void visit(auto& io, auto& m) {
      io("ResourceType", m.resource_type);
      io("ResourceName", m.resource_name);
      io("Configs", m.configs);
    }
  };
  Array<Resource> resources;
  bool validate_only = false;
  static void visit(auto& io, auto& m) {
    io("Resources", m.resources);
    io("ValidateOnly", m.validate_only);
  }
};
EVLOG_WIRE_MESSAGE(AlterConfigsRequest)

struct AlterConfigsResponse {
  static constexpr Message info{"AlterConfigsResponse", 33, {0, 2}, 2};
  struct Resource {
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string_view> error_message = "";
    int8_t resource_type = 0;
    std::string_view resource_name;
    static void visit(auto& io, auto& m) {
      io("ErrorCode", m.error_code);
      io("ErrorMessage", m.error_message);
      io("ResourceType", m.resource_type);
      io("ResourceName", m.resource_name);
    }
  };
  int32_t throttle_time_ms = 0;
  Array<Resource> responses;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("Responses", m.responses);
  }
};
EVLOG_WIRE_MESSAGE(AlterConfigsResponse)

}  // namespace evlog::wire
