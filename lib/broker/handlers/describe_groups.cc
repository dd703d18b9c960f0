// DescribeGroups: state and members. A group that does not exist is "Dead"; since version 6 it is also an error.
#include "broker/broker.h"
#include "broker/group_coordinator.h"
#include "broker/handlers/group_text.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

constexpr int16_t version_authorized_operations = 3, version_not_found = 6;

using Out = wire::DescribeGroupsResponse::Group;

Out describe(Context& context, std::string_view name) {
  Out out{.group_id = name};
  auto found = context.broker().groups->describe(name);
  if (!found) {
    out.error_code = found.error();
    return out;
  }
  if (!*found) {
    out.group_state = group::state_name(group::GroupState::dead);
    if (context.version() < version_not_found) return out;
    out.error_code = ErrorCode::GROUP_ID_NOT_FOUND;
    out.error_message = context.keep(fmt::format("Group {} not found.", name));
    return out;
  }
  auto& g = **found;
  out.group_state = group::state_name(g.state);
  out.protocol_type = context.keep(std::move(g.protocol_type));
  out.protocol_data = context.keep(std::move(g.protocol));
  for (auto& m : g.members) {
    out.members.push_back({context.keep(std::move(m.id)), keep(context, std::move(m.instance_id)), context.keep(std::move(m.client_id)),
                           context.keep(std::move(m.client_host)), keep_bytes(context, std::move(m.metadata)), keep_bytes(context, std::move(m.assignment))});
  }
  return out;
}

}  // namespace

io::task<wire::DescribeGroupsResponse> describe_groups(Context& context, const wire::DescribeGroupsRequest& request) {
  using auth::Operation, auth::ResourceType;
  wire::DescribeGroupsResponse response;
  std::vector<std::string_view> allowed;
  for (const auto name : request.groups) {
    if (context.authorize(Operation::describe, ResourceType::group, name)) allowed.push_back(name);
    else response.groups.push_back({.error_code = ErrorCode::GROUP_AUTHORIZATION_FAILED, .group_id = name});
  }
  for (const auto name : allowed) {
    auto out = describe(context, name);
    const bool wanted = request.include_authorized_operations && context.version() >= version_authorized_operations;
    if (wanted && out.error_code == ErrorCode::NONE) out.authorized_operations = context.authorized_operations(ResourceType::group, name);
    response.groups.push_back(std::move(out));
  }
  co_return response;
}

}  // namespace evlog::broker
