// SyncGroup: the leader brings the assignment, everybody waits for it.
#include "broker/broker.h"
#include "broker/group_coordinator.h"
#include "broker/handlers/group_text.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

constexpr int16_t version_protocol_mandatory = 5;

ErrorCode check(Context& context, const wire::SyncGroupRequest& request) {
  if (context.version() >= version_protocol_mandatory && (!request.protocol_type || !request.protocol_name)) return ErrorCode::INCONSISTENT_GROUP_PROTOCOL;
  if (!context.authorize(auth::Operation::read, auth::ResourceType::group, request.group_id)) return ErrorCode::GROUP_AUTHORIZATION_FAILED;
  return request.group_id.empty() ? ErrorCode::INVALID_GROUP_ID : ErrorCode::NONE;
}

}  // namespace

io::task<wire::SyncGroupResponse> sync_group(Context& context, const wire::SyncGroupRequest& request) {
  wire::SyncGroupResponse response;
  response.error_code = check(context, request);
  if (response.error_code != ErrorCode::NONE) co_return response;
  group::SyncRequest r{.group = owned(request.group_id),
                       .member_id = owned(request.member_id),
                       .instance_id = owned(request.group_instance_id),
                       .generation = request.generation_id,
                       .protocol_type = owned(request.protocol_type),
                       .protocol_name = owned(request.protocol_name)};
  for (const auto& a : request.assignments) r.assignments.push_back({owned(a.member_id), owned(a.assignment)});
  auto answer = co_await context.broker().groups->ask<group::SyncAnswer>(std::move(r));
  response.error_code = answer ? answer->error : answer.error();
  if (!answer) co_return response;
  response.protocol_type = keep(context, std::move(answer->protocol_type));
  response.protocol_name = keep(context, std::move(answer->protocol_name));
  response.assignment = keep_bytes(context, std::move(answer->assignment));
  co_return response;
}

}  // namespace evlog::broker
