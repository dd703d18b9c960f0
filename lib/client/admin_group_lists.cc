// Many groups at once, with one request to each of their coordinators; and batches by offset. Part of admin.h.
#include <algorithm>

#include "client/admin.h"
#include "client/group_view.h"
#include "wire/api/fetch.h"
#include "wire/api/offset_fetch.h"

namespace evlog::client {
namespace {

constexpr size_t groups_per_request_max = 500;
using ByCoordinator = std::vector<std::pair<BrokerAddress, std::vector<const GroupListing*>>>;

Result<ByCoordinator> by_coordinator(const ClusterInfo& cluster, const std::vector<GroupListing>& groups) {
  std::map<int32_t, std::vector<const GroupListing*>> all;
  for (const GroupListing& group : groups) all[group.coordinator].push_back(&group);
  ByCoordinator out;
  for (const auto& [id, theirs] : all) {
    const auto broker = std::ranges::find(cluster.brokers, id, &BrokerInfo::id);
    if (broker == cluster.brokers.end()) return fail(ErrorCode::COORDINATOR_NOT_AVAILABLE, "broker {} is gone", id);
    for (size_t at = 0; at < theirs.size(); at += groups_per_request_max) {
      const size_t end = std::min(theirs.size(), at + groups_per_request_max);
      out.emplace_back(broker->address, std::vector(theirs.begin() + static_cast<ptrdiff_t>(at), theirs.begin() + static_cast<ptrdiff_t>(end)));
    }
  }
  return out;
}

}  // namespace

Result<std::vector<GroupDescription>> Admin::describe_groups(const std::vector<GroupListing>& groups) {
  const auto info = cluster();
  if (!info) return fail(info.error());
  const auto parts = by_coordinator(*info, groups);
  if (!parts) return fail(parts.error());
  std::vector<GroupDescription> out;
  for (const auto& [to, theirs] : *parts) {
    wire::DescribeGroupsRequest request;
    for (const GroupListing* group : theirs) request.groups.push_back(group->group);
    const auto answer = requests_.call<wire::DescribeGroupsResponse>(to, request);
    if (!answer) return fail(answer.error());
    for (const auto& g : answer->body.groups) {
      if (g.error_code == ErrorCode::GROUP_ID_NOT_FOUND || g.group_state == "Dead") continue;
      if (g.error_code != ErrorCode::NONE) return fail(g.error_code);
      out.push_back(view_group(g, theirs.front()->coordinator));
    }
  }
  std::ranges::sort(out, {}, &GroupDescription::group);
  return out;
}

Result<std::map<std::string, std::map<PartitionKey, CommittedOffset>>> Admin::committed(const std::vector<GroupListing>& groups) {
  const auto info = cluster();
  if (!info) return fail(info.error());
  const auto parts = by_coordinator(*info, groups);
  if (!parts) return fail(parts.error());
  std::map<std::string, std::map<PartitionKey, CommittedOffset>> out;
  for (const auto& [to, theirs] : *parts) {
    wire::OffsetFetchRequest request;
    for (const GroupListing* group : theirs) {
      auto& g = request.groups.emplace_back();
      g.group_id = group->group;
      g.topics = std::nullopt;
    }
    const auto answer = requests_.call<wire::OffsetFetchResponse>(to, request, 9);  // names; v10 has ids only
    if (!answer) return fail(answer.error());
    if (answer->version < 8) return fail(ErrorCode::UNSUPPORTED_VERSION, "this broker tells the offsets of one group at a time");
    for (const auto& one : answer->body.groups) {
      auto& offsets = out[std::string(one.group_id)];
      if (one.error_code != ErrorCode::NONE) continue;
      for (const auto& topic : one.topics)
        for (const auto& p : topic.partitions)
          if (p.committed_offset >= 0) offsets[{std::string(topic.name), p.partition_index}] = {p.committed_offset, p.committed_leader_epoch, std::string(p.metadata.value_or(""))};
    }
  }
  return out;
}

// A broker gives the first partition at least one batch, the others only what fits: those that got nothing are asked for again,
// until nobody gets anything any more.
Result<void> Admin::fetch_from(const BrokerAddress& leader, std::map<PartitionKey, int64_t> offsets, int32_t partition_bytes, std::map<PartitionKey, Buffer>& out) {
  while (!offsets.empty()) {
    wire::FetchRequest request;
    request.max_bytes = 16 << 20;
    for (const auto& [key, offset] : offsets) {
      auto& topics = request.topics.items();
      if (topics.empty() || topics.back().topic != key.topic) request.topics.emplace_back().topic = key.topic;
      auto& p = topics.back().partitions.emplace_back();
      p.partition = key.partition;
      p.fetch_offset = offset;
      p.partition_max_bytes = partition_bytes;
    }
    const auto answer = requests_.call<wire::FetchResponse>(leader, request, 12);  // names; v13 has ids only
    if (!answer) return fail(answer.error());
    const size_t before = offsets.size();
    for (const auto& topic : answer->body.responses) {
      for (const auto& p : topic.partitions) {
        const PartitionKey key{std::string(topic.topic), p.partition_index};
        if (p.error_code == ErrorCode::NONE && (!p.records || p.records->bytes.empty())) continue;
        if (p.error_code == ErrorCode::NONE) out[key].append(p.records->bytes);
        offsets.erase(key);
      }
    }
    if (offsets.size() == before) return {};
  }
  return {};
}

Result<std::map<PartitionKey, Buffer>> Admin::fetch(const ClusterInfo& info, const std::map<PartitionKey, int64_t>& offsets, int32_t partition_bytes) {
  std::map<int32_t, std::map<PartitionKey, int64_t>> by_leader;
  for (const auto& [key, offset] : offsets) {
    const TopicDescription* const topic = info.find(key.topic);
    if (!topic) continue;
    if (const auto p = std::ranges::find(topic->partitions, key.partition, &PartitionInfo::index); p != topic->partitions.end()) by_leader[p->leader][key] = offset;
  }
  std::map<PartitionKey, Buffer> out;
  for (const auto& [leader, theirs] : by_leader) {
    const auto broker = std::ranges::find(info.brokers, leader, &BrokerInfo::id);
    if (broker == info.brokers.end()) continue;
    if (auto fetched = fetch_from(broker->address, theirs, partition_bytes, out); !fetched) return fail(fetched.error());
  }
  return out;
}

}  // namespace evlog::client
