// Enter a rebalance of a classic group. Since v4 a member without an id is sent away with one (MEMBER_ID_REQUIRED), since v5 static members.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct JoinGroupRequest {
  static constexpr Message info{"JoinGroupRequest", 11, {0, 9}, 6};
  struct Protocol {
    std::string_view name;
    Bytes metadata;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("Metadata", m.metadata);
    }
  };
  std::string_view group_id;
  int32_t session_timeout_ms = 0;
  int32_t rebalance_timeout_ms = -1;
  std::string_view member_id;
  std::optional<std::string_view> group_instance_id;
  std::string_view protocol_type;
  Array<Protocol> protocols;
  std::optional<std::string_view> reason;
  static void visit(auto& io, auto& m) {
    io("GroupId", m.group_id);
    io("SessionTimeoutMs", m.session_timeout_ms);
    io("RebalanceTimeoutMs", m.rebalance_timeout_ms, since(1));
    io("MemberId", m.member_id);
    io("GroupInstanceId", m.group_instance_id, since(5));
    io("ProtocolType", m.protocol_type);
    io("Protocols", m.protocols);
    io("Reason", m.reason, since(8));
  }
};
EVLOG_WIRE_MESSAGE(JoinGroupRequest)

struct JoinGroupResponse {
  static constexpr Message info{"JoinGroupResponse", 11, {0, 9}, 6};
  struct Member {
    std::string_view member_id;
    std::optional<std::string_view> group_instance_id;
    Bytes metadata;
    static void visit(auto& io, auto& m) {
      io("MemberId", m.member_id);
      io("GroupInstanceId", m.group_instance_id, since(5));
      io("Metadata", m.metadata);
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  int32_t generation_id = -1;
  std::optional<std::string_view> protocol_type;
  std::optional<std::string_view> protocol_name = "";
  std::string_view leader;
  bool skip_assignment = false;
  std::string_view member_id;
  Array<Member> members;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms, since(2));
    io("ErrorCode", m.error_code);
    io("GenerationId", m.generation_id);
    io("ProtocolType", m.protocol_type, since(7));
    io("ProtocolName", m.protocol_name, nullable_since(7));
    io("Leader", m.leader);
    io("SkipAssignment", m.skip_assignment, since(9));
    io("MemberId", m.member_id);
    io("Members", m.members);
  }
};
EVLOG_WIRE_MESSAGE(JoinGroupResponse)

}  // namespace evlog::wire
