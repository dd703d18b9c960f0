// Heartbeat: keeps a member's session, and tells it of a rebalance.
#include "broker/broker.h"
#include "broker/group_coordinator.h"
#include "broker/handlers/group_text.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {

io::task<wire::HeartbeatResponse> heartbeat(Context& context, const wire::HeartbeatRequest& request) {
  wire::HeartbeatResponse response;
  if (!context.authorize(auth::Operation::read, auth::ResourceType::group, request.group_id)) {
    response.error_code = ErrorCode::GROUP_AUTHORIZATION_FAILED;
    co_return response;
  }
  if (request.group_id.empty()) {
    response.error_code = ErrorCode::INVALID_GROUP_ID;
    co_return response;
  }
  group::HeartbeatRequest r{.group = owned(request.group_id), .member_id = owned(request.member_id),
                            .instance_id = owned(request.group_instance_id), .generation = request.generation_id};
  const auto answer = co_await context.broker().groups->ask<group::HeartbeatAnswer>(std::move(r));
  // While its group is loaded a member is not sent away: its session begins anew with the end of the load.
  if (answer) response.error_code = answer->error;
  else if (answer.error() != ErrorCode::COORDINATOR_LOAD_IN_PROGRESS) response.error_code = answer.error();
  co_return response;
}

}  // namespace evlog::broker
