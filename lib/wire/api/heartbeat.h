// A member of a classic group says that it lives.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct HeartbeatRequest {
  static constexpr Message info{"HeartbeatRequest", 12, {0, 4}, 4};
  std::string_view group_id;
  int32_t generation_id = 0;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;
  static void visit(auto& io, auto& m) {
    io("GroupId", m.group_id);
    io("GenerationId", m.generation_id);
    io("MemberId", m.member_id);
    io("GroupInstanceId", m.group_instance_id, since(3));
  }
};
EVLOG_WIRE_MESSAGE(HeartbeatRequest)

struct HeartbeatResponse {
  static constexpr Message info{"HeartbeatResponse", 12, {0, 4}, 4};
  int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms, since(1));
    io("ErrorCode", m.error_code);
  }
};
EVLOG_WIRE_MESSAGE(HeartbeatResponse)

}  // namespace evlog::wire
