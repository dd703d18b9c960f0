// DeleteGroups: each group for itself, answered when its tombstones are durable. A group named twice is one.
#include <set>

#include "broker/broker.h"
#include "broker/group_coordinator.h"
#include "broker/handlers/group_text.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {

io::task<wire::DeleteGroupsResponse> delete_groups(Context& context, const wire::DeleteGroupsRequest& request) {
  wire::DeleteGroupsResponse response;
  std::vector<std::string_view> allowed, refused;
  std::set<std::string_view> seen;
  for (const auto name : request.groups_names) {
    if (!seen.insert(name).second) continue;
    const bool may = context.authorize(auth::Operation::remove, auth::ResourceType::group, name);
    (may ? allowed : refused).push_back(name);
  }
  std::vector<group::DeleteGroupRequest> wanted;
  for (const auto name : allowed) wanted.push_back({.group = owned(name)});
  const auto answers = co_await context.broker().groups->ask_each<group::DeleteGroupAnswer>(std::move(wanted));
  for (size_t i = 0; i < allowed.size(); ++i) {
    response.results.push_back({allowed[i], answers[i] ? answers[i]->error : answers[i].error()});
  }
  for (const auto name : refused) response.results.push_back({name, ErrorCode::GROUP_AUTHORIZATION_FAILED});
  co_return response;
}

}  // namespace evlog::broker
