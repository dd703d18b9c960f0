// LeaveGroup: members go, one (versions 0-2) or several at once, by member id or by instance id.
#include "broker/broker.h"
#include "broker/group_coordinator.h"
#include "broker/handlers/group_text.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

constexpr int16_t version_batched = 3;

group::LeaveRequest translate(Context& context, const wire::LeaveGroupRequest& request) {
  group::LeaveRequest r{.group = owned(request.group_id)};
  if (context.version() < version_batched) r.members.push_back({.member_id = owned(request.member_id)});
  for (const auto& m : request.members) r.members.push_back({.member_id = owned(m.member_id), .instance_id = owned(m.group_instance_id)});
  return r;
}

}  // namespace

io::task<wire::LeaveGroupResponse> leave_group(Context& context, const wire::LeaveGroupRequest& request) {
  wire::LeaveGroupResponse response;
  if (!context.authorize(auth::Operation::read, auth::ResourceType::group, request.group_id)) {
    response.error_code = ErrorCode::GROUP_AUTHORIZATION_FAILED;
    co_return response;
  }
  if (request.group_id.empty()) {
    response.error_code = ErrorCode::INVALID_GROUP_ID;
    co_return response;
  }
  auto answer = co_await context.broker().groups->ask<group::LeaveAnswer>(translate(context, request));
  response.error_code = answer ? answer->error : answer.error();
  if (!answer || response.error_code != ErrorCode::NONE) co_return response;
  if (context.version() < version_batched) {
    response.error_code = answer->members.front().error;
    co_return response;
  }
  for (auto& m : answer->members) {
    response.members.push_back({context.keep(std::move(m.member_id)), keep(context, std::move(m.instance_id)), m.error});
  }
  co_return response;
}

}  // namespace evlog::broker
