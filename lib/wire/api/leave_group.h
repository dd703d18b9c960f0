// Members leave a classic group; several at once since v3.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct LeaveGroupRequest {
  static constexpr Message info{"LeaveGroupRequest", 13, {0, 5}, 4};
  struct Member {
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id, reason;
    static void visit(auto& io, auto& m) {
      io("MemberId", m.member_id, since(3));
      io("GroupInstanceId", m.group_instance_id, since(3));
      io("Reason", m.reason, since(5));
    }
  };
  std::string_view group_id, member_id;
  Array<Member> members;
  static void visit(auto& io, auto& m) {
    io("GroupId", m.group_id);
    io("MemberId", m.member_id, until(2));
    io("Members", m.members, since(3));
  }
};
EVLOG_WIRE_MESSAGE(LeaveGroupRequest)

struct LeaveGroupResponse {
  static constexpr Message info{"LeaveGroupResponse", 13, {0, 5}, 4};
  struct Member {
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id = "";
    ErrorCode error_code = ErrorCode::NONE;
    static void visit(auto& io, auto& m) {
      io("MemberId", m.member_id, since(3));
      io("GroupInstanceId", m.group_instance_id, since(3));
      io("ErrorCode", m.error_code, since(3));
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  Array<Member> members;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms, since(1));
    io("ErrorCode", m.error_code);
    io("Members", m.members, since(3));
  }
};
EVLOG_WIRE_MESSAGE(LeaveGroupResponse)

}  // namespace evlog::wire
