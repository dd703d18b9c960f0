// The leader hands in the assignment, everybody receives their own.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct SyncGroupRequest {
  static constexpr Message info{"SyncGroupRequest", 14, {0, 5}, 4};
  struct Assignment {
    std::string_view member_id;
    Bytes assignment;
    static void visit(auto& io, auto& m) {
      io("MemberId", m.member_id);
      io("Assignment", m.assignment);
    }
  };
  std::string_view group_id;
  int32_t generation_id = 0;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id, protocol_type, protocol_name;
  Array<Assignment> assignments;
  static void visit(auto& io, auto& m) {
    io("GroupId", m.group_id);
    io("GenerationId", m.generation_id);
    io("MemberId", m.member_id);
    io("GroupInstanceId", m.group_instance_id, since(3));
    io("ProtocolType", m.protocol_type, since(5));
    io("ProtocolName", m.protocol_name, since(5));
    io("Assignments", m.assignments);
  }
};
EVLOG_WIRE_MESSAGE(SyncGroupRequest)

struct SyncGroupResponse {
  static constexpr Message info{"SyncGroupResponse", 14, {0, 5}, 4};
  int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string_view> protocol_type, protocol_name;
  Bytes assignment;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms, since(1));
    io("ErrorCode", m.error_code);
    io("ProtocolType", m.protocol_type, since(5));
    io("ProtocolName", m.protocol_name, since(5));
    io("Assignment", m.assignment);
  }
};
EVLOG_WIRE_MESSAGE(SyncGroupResponse)

}  // namespace evlog::wire
