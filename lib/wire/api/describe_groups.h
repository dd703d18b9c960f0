// State and members of classic groups. v6 answers GROUP_ID_NOT_FOUND for a group that does not exist.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct DescribeGroupsRequest {
  static constexpr Message info{"DescribeGroupsRequest", 15, {0, 6}, 5};
  Array<std::string_view> groups;
  bool include_authorized_operations = false;
  static void visit(auto& io, auto& m) {
    io("Groups", m.groups);
    io("IncludeAuthorizedOperations", m.include_authorized_operations, since(3));
  }
};
EVLOG_WIRE_MESSAGE(DescribeGroupsRequest)

struct DescribeGroupsResponse {
  static constexpr Message info{"DescribeGroupsResponse", 15, {0, 6}, 5};
  struct Group {
    struct Member {
      std::string_view member_id;
      std::optional<std::string_view> group_instance_id;
      std::string_view client_id, client_host;
      Bytes member_metadata, member_assignment;
      static void visit(auto& io, auto& m) {
        io("MemberId", m.member_id);
        io("GroupInstanceId", m.group_instance_id, since(4));
        io("ClientId", m.client_id);
        io("ClientHost", m.client_host);
        io("MemberMetadata", m.member_metadata);
        io("MemberAssignment", m.member_assignment);
      }
    };
    ErrorCode error_code = ErrorCode::NONE;
    std::optional<std::string_view> error_message;
    std::string_view group_id, group_state, protocol_type, protocol_data;
    Array<Member> members;
    int32_t authorized_operations = INT32_MIN;
    static void visit(auto& io, auto& m) {
      io("ErrorCode", m.error_code);
      io("ErrorMessage", m.error_message, since(6));
      io("GroupId", m.group_id);
      io("GroupState", m.group_state);
      io("ProtocolType", m.protocol_type);
      io("ProtocolData", m.protocol_data);
      io("Members", m.members);
      io("AuthorizedOperations", m.authorized_operations, since(3));
    }
  };
  int32_t throttle_time_ms = 0;
  Array<Group> groups;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms, since(1));
    io("Groups", m.groups);
  }
};
EVLOG_WIRE_MESSAGE(DescribeGroupsResponse)

}  // namespace evlog::wire
