// ListGroups: the groups coordinated here, by state and type.
#include <algorithm>
#include <cctype>
#include <set>

#include "broker/broker.h"
#include "broker/group_coordinator.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

constexpr std::string_view classic_type = "classic";

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

// Java's trim(): everything up to the space.
std::string trimmed(std::string text) {
  const auto blank = [](char c) { return static_cast<unsigned char>(c) <= ' '; };
  const auto first = std::ranges::find_if_not(text, blank);
  const auto last = std::find_if_not(text.rbegin(), text.rend(), blank).base();
  return first < last ? std::string(first, last) : std::string();
}

bool wants_classic(const wire::ListGroupsRequest& request) {
  if (request.types_filter.empty()) return true;
  return std::ranges::any_of(request.types_filter.to_vector(), [](std::string_view t) { return lower(t) == classic_type; });
}

}  // namespace

io::task<wire::ListGroupsResponse> list_groups(Context& context, const wire::ListGroupsRequest& request) {
  using auth::Operation, auth::ResourceType;
  wire::ListGroupsResponse response;
  const bool sees_all = context.authorize(Operation::describe, ResourceType::cluster, auth::cluster_resource);
  auto groups = context.broker().groups->list();
  if (!groups) {
    response.error_code = groups.error();
    co_return response;
  }
  std::set<std::string> states;
  for (const auto state : request.states_filter) states.insert(trimmed(lower(state)));
  const bool any_type = wants_classic(request);
  for (auto& g : *groups) {
    const auto state = group::state_name(g.state);
    if (!any_type || (!request.states_filter.empty() && !states.contains(lower(state)))) continue;
    if (!sees_all && !context.authorize(Operation::describe, ResourceType::group, g.id)) continue;
    response.groups.push_back({context.keep(std::move(g.id)), context.keep(std::move(g.protocol_type)), state, classic_type});
  }
  co_return response;
}

}  // namespace evlog::broker
