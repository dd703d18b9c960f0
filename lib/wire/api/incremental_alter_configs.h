// Changes single keys of each resource: 0 sets, 1 deletes, 2 appends to a list, 3 subtracts from it.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct IncrementalAlterConfigsRequest {
  static constexpr Message info{"IncrementalAlterConfigsRequest", 44, {0, 1}, 1};
  struct Resource {
    struct Config {
      std::string_view name;
      int8_t config_operation = 0;
      std::optional<std::string_view> value = "";
      static void visit(auto& io, auto& m) {
        io("Name", m.name);
        io("ConfigOperation", m.config_operation);
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
EVLOG_WIRE_MESSAGE(IncrementalAlterConfigsRequest)

struct IncrementalAlterConfigsResponse {
  static constexpr Message info{"IncrementalAlterConfigsResponse", 44, {0, 1}, 1};
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
EVLOG_WIRE_MESSAGE(IncrementalAlterConfigsResponse)

}  // namespace evlog::wire
