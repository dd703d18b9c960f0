// JoinGroup: parked until the group's next generation begins.
#include "broker/broker.h"
#include "broker/group_coordinator.h"
#include "broker/handlers/group_text.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

constexpr int16_t version_rebalance_timeout = 1, version_member_id_required = 4, version_nullable_protocol = 7, version_skip_assignment = 9;

group::JoinRequest translate(Context& context, const wire::JoinGroupRequest& request) {
  group::JoinRequest r{.group = owned(request.group_id),
                       .member_id = owned(request.member_id),
                       .instance_id = owned(request.group_instance_id),
                       .client_id = owned(context.info().client_id),
                       .client_host = "/" + context.peer().host,
                       .session_timeout_ms = request.session_timeout_ms,
                       .rebalance_timeout_ms = request.rebalance_timeout_ms,
                       .protocol_type = owned(request.protocol_type),
                       .member_id_required = context.version() >= version_member_id_required,
                       .can_skip_assignment = context.version() >= version_skip_assignment,
                       .fresh_id = Uuid::random(context.broker().loop.random())};
  if (context.version() < version_rebalance_timeout) r.rebalance_timeout_ms = r.session_timeout_ms;
  for (const auto& p : request.protocols) r.protocols.push_back({owned(p.name), owned(p.metadata)});
  return r;
}

wire::JoinGroupResponse translate(Context& context, group::JoinAnswer answer) {
  wire::JoinGroupResponse response;
  response.error_code = answer.error;
  response.generation_id = answer.generation;
  response.protocol_type = keep(context, std::move(answer.protocol_type));
  response.protocol_name = keep(context, std::move(answer.protocol_name));
  if (context.version() < version_nullable_protocol && !response.protocol_name) response.protocol_name = "";
  response.leader = context.keep(std::move(answer.leader).value_or(""));
  response.skip_assignment = answer.skip_assignment;
  response.member_id = context.keep(std::move(answer.member_id));
  for (auto& m : answer.members) {
    response.members.push_back({context.keep(std::move(m.member_id)), keep(context, std::move(m.instance_id)), keep_bytes(context, std::move(m.metadata))});
  }
  return response;
}

}  // namespace

io::task<wire::JoinGroupResponse> join_group(Context& context, const wire::JoinGroupRequest& request) {
  wire::JoinGroupResponse refusal;
  if (context.version() >= version_nullable_protocol) refusal.protocol_name = std::nullopt;
  if (!context.authorize(auth::Operation::read, auth::ResourceType::group, request.group_id)) {
    refusal.error_code = ErrorCode::GROUP_AUTHORIZATION_FAILED;
    co_return refusal;
  }
  auto& groups = *context.broker().groups;
  auto translated = translate(context, request);
  if (const auto e = group::check_join(translated, groups.settings()); e != ErrorCode::NONE) {
    refusal.error_code = e;
    refusal.member_id = request.member_id;
    co_return refusal;
  }
  auto answer = co_await groups.ask<group::JoinAnswer>(std::move(translated));
  if (answer) co_return translate(context, std::move(*answer));
  refusal.error_code = answer.error();
  co_return refusal;
}

}  // namespace evlog::broker
