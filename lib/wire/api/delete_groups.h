// Delete groups that have no members, with everything they committed. v1 changed nothing on the wire.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct DeleteGroupsRequest {
  static constexpr Message info{"DeleteGroupsRequest", 42, {0, 2}, 2};
  Array<std::string_view> groups_names;
  static void visit(auto& io, auto& m) { io("GroupsNames", m.groups_names); }
};
EVLOG_WIRE_MESSAGE(DeleteGroupsRequest)

struct DeleteGroupsResponse {
  static constexpr Message info{"DeleteGroupsResponse", 42, {0, 2}, 2};
  struct Group {
    std::string_view group_id;
    ErrorCode error_code = ErrorCode::NONE;
    static void visit(auto& io, auto& m) {
      io("GroupId", m.group_id);
      io("ErrorCode", m.error_code);
    }
  };
  int32_t throttle_time_ms = 0;
  Array<Group> results;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("Results", m.results);
  }
};
EVLOG_WIRE_MESSAGE(DeleteGroupsResponse)

}  // namespace evlog::wire
