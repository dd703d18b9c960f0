// Names of the resources that can have a configuration. Version 0 knows only client metrics.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct ListConfigResourcesRequest {
  static constexpr Message info{"ListConfigResourcesRequest", 74, {0, 1}, 0};
  Array<int8_t> resource_types;
  static void visit(auto& io, auto& m) { io("ResourceTypes", m.resource_types, since(1)); }
};
EVLOG_WIRE_MESSAGE(ListConfigResourcesRequest)

struct ListConfigResourcesResponse {
  static constexpr Message info{"ListConfigResourcesResponse", 74, {0, 1}, 0};
  struct Resource {
    std::string_view resource_name;
    int8_t resource_type = 16;
    static void visit(auto& io, auto& m) {
      io("ResourceName", m.resource_name);
      io("ResourceType", m.resource_type, since(1));
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  Array<Resource> config_resources;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("ErrorCode", m.error_code);
    io("ConfigResources", m.config_resources);
  }
};
EVLOG_WIRE_MESSAGE(ListConfigResourcesResponse)

}  // namespace evlog::wire
