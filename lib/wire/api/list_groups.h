// The groups of this broker, filtered by state (v4) and type (v5).
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct ListGroupsRequest {
  static constexpr Message info{"ListGroupsRequest", 16, {0, 5}, 3};
  Array<std::string_view> states_filter, types_filter;
  static void visit(auto& io, auto& m) {
    io("StatesFilter", m.states_filter, since(4));
    io("TypesFilter", m.types_filter, since(5));
  }
};
EVLOG_WIRE_MESSAGE(ListGroupsRequest)

struct ListGroupsResponse {
  static constexpr Message info{"ListGroupsResponse", 16, {0, 5}, 3};
  struct Group {
    std::string_view group_id, protocol_type, group_state, group_type;
    static void visit(auto& io, auto& m) {
      io("GroupId", m.group_id);
      io("ProtocolType", m.protocol_type);
      io("GroupState", m.group_state, since(4));
      io("GroupType", m.group_type, since(5));
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  Array<Group> groups;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms, since(1));
    io("ErrorCode", m.error_code);
    io("Groups", m.groups);
  }
};
EVLOG_WIRE_MESSAGE(ListGroupsResponse)

}  // namespace evlog::wire
