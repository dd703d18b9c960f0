// Groups and their offsets: the other half of admin.h.
#include <algorithm>

#include "client/admin.h"
#include "client/group_view.h"
#include "wire/api/find_coordinator.h"
#include "wire/api/list_groups.h"
#include "wire/api/offset_fetch.h"

namespace evlog::client {

Result<std::vector<GroupListing>> Admin::list_groups() {
  const auto info = cluster();
  if (!info) return fail(info.error());
  std::vector<GroupListing> out;
  for (const BrokerInfo& broker : info->brokers) {
    const auto answer = requests_.call<wire::ListGroupsResponse>(broker.address, wire::ListGroupsRequest{});
    if (!answer) return fail(answer.error());
    if (answer->body.error_code != ErrorCode::NONE) return fail(answer->body.error_code);
    for (const auto& g : answer->body.groups)
      out.push_back({std::string(g.group_id), std::string(g.protocol_type), std::string(g.group_state), std::string(g.group_type), broker.id});
  }
  std::ranges::sort(out, {}, &GroupListing::group);
  return out;
}

// Speaks the versions with one key: one group at a time is all that is asked here.
Result<BrokerInfo> Admin::coordinator(const std::string& group) {
  wire::FindCoordinatorRequest request;
  request.key = group;
  request.coordinator_keys.push_back(group);
  const auto info = cluster();
  if (!info) return fail(info.error());
  const auto answer = requests_.call<wire::FindCoordinatorResponse>(info->brokers.empty() ? bootstrap_.front() : info->brokers.front().address, request);
  if (!answer) return fail(answer.error());
  const auto& body = answer->body;
  if (answer->version < 4) {
    if (body.error_code != ErrorCode::NONE) return fail(body.error_code);
    return BrokerInfo{body.node_id, {std::string(body.host), body.port}, {}};
  }
  for (const auto& c : body.coordinators) {
    if (c.error_code != ErrorCode::NONE) return fail(c.error_code);
    return BrokerInfo{c.node_id, {std::string(c.host), c.port}, {}};
  }
  return fail(ErrorCode::COORDINATOR_NOT_AVAILABLE);
}

Result<GroupDescription> Admin::describe_group(const std::string& group) {
  const auto to = coordinator(group);
  if (!to) return fail(to.error());
  wire::DescribeGroupsRequest request;
  request.groups.push_back(group);
  const auto answer = requests_.call<wire::DescribeGroupsResponse>(to->address, request);
  if (!answer) return fail(answer.error());
  if (answer->body.groups.empty()) return fail(ErrorCode::GROUP_ID_NOT_FOUND);
  const auto g = answer->body.groups.front();
  if (g.error_code != ErrorCode::NONE) return fail(g.error_code);
  GroupDescription out = view_group(g, to->id);
  if (out.state == "Dead") return fail(ErrorCode::GROUP_ID_NOT_FOUND);  // how versions before 6 say it
  return out;
}

Result<std::map<PartitionKey, CommittedOffset>> Admin::committed(const std::string& group) {
  const auto to = coordinator(group);
  if (!to) return fail(to.error());
  wire::OffsetFetchRequest request;
  request.group_id = group;
  request.topics = std::nullopt;
  auto& g = request.groups.emplace_back();
  g.group_id = group;
  g.topics = std::nullopt;
  const auto answer = requests_.call<wire::OffsetFetchResponse>(to->address, request, 9);  // names; v10 has ids only
  if (!answer) return fail(answer.error());
  std::map<PartitionKey, CommittedOffset> out;
  const auto put = [&](std::string_view topic, const auto& p) {
    if (p.committed_offset >= 0) out[{std::string(topic), p.partition_index}] = {p.committed_offset, p.committed_leader_epoch, std::string(p.metadata.value_or(""))};
  };
  if (answer->body.error_code != ErrorCode::NONE) return fail(answer->body.error_code);
  for (const auto& topic : answer->body.topics)
    for (const auto& p : topic.partitions) put(topic.name, p);
  for (const auto& one : answer->body.groups) {
    if (one.error_code != ErrorCode::NONE) return fail(one.error_code);
    for (const auto& topic : one.topics)
      for (const auto& p : topic.partitions) put(topic.name, p);
  }
  return out;
}

}  // namespace evlog::client
