// What changes groups: offsets written and removed from outside, groups deleted, members sent away. The rest of admin.h.
#include "client/admin.h"
#include "wire/api/delete_groups.h"
#include "wire/api/leave_group.h"
#include "wire/api/offset_commit.h"
#include "wire/api/offset_delete.h"

namespace evlog::client {
namespace {

// Keys come sorted, so the partitions of a topic stand together.
template <class Topics>
auto& topic_of(Topics& topics, const std::string& name) {
  auto& items = topics.items();
  if (items.empty() || items.back().name != name) topics.emplace_back().name = name;
  return topics.items().back();
}

template <class Topics>
std::map<PartitionKey, ErrorCode> errors_of(const Topics& topics) {
  std::map<PartitionKey, ErrorCode> out;
  for (const auto& topic : topics)
    for (const auto& p : topic.partitions) out[{std::string(topic.name), p.partition_index}] = p.error_code;
  return out;
}

}  // namespace

// Without a member and a generation: a coordinator takes that only while nobody is in the group.
Result<std::map<PartitionKey, ErrorCode>> Admin::commit_offsets(const std::string& group, const std::map<PartitionKey, CommittedOffset>& offsets) {
  const auto to = coordinator(group);
  if (!to) return fail(to.error());
  wire::OffsetCommitRequest request;
  request.group_id = group;
  for (const auto& [key, offset] : offsets) {
    auto& p = topic_of(request.topics, key.topic).partitions.emplace_back();
    p.partition_index = key.partition;
    p.committed_offset = offset.offset;
    p.committed_leader_epoch = offset.leader_epoch;
    p.committed_metadata = offset.metadata;
  }
  const auto answer = requests_.call<wire::OffsetCommitResponse>(to->address, request, 9);  // names; v10 has ids only
  if (!answer) return fail(answer.error());
  return errors_of(answer->body.topics);
}

Result<std::map<PartitionKey, ErrorCode>> Admin::delete_offsets(const std::string& group, const std::set<PartitionKey>& keys) {
  const auto to = coordinator(group);
  if (!to) return fail(to.error());
  wire::OffsetDeleteRequest request;
  request.group_id = group;
  for (const PartitionKey& key : keys) topic_of(request.topics, key.topic).partitions.emplace_back().partition_index = key.partition;
  const auto answer = requests_.call<wire::OffsetDeleteResponse>(to->address, request);
  if (!answer) return fail(answer.error());
  if (answer->body.error_code != ErrorCode::NONE) return fail(answer->body.error_code);
  return errors_of(answer->body.topics);
}

Result<std::map<std::string, ErrorCode>> Admin::delete_groups(const std::vector<std::string>& groups) {
  std::map<BrokerAddress, std::vector<std::string>> by_coordinator;
  for (const std::string& group : groups) {
    const auto to = coordinator(group);
    if (!to) return fail(to.error());
    by_coordinator[to->address].push_back(group);
  }
  std::map<std::string, ErrorCode> out;
  for (const auto& [to, theirs] : by_coordinator) {
    wire::DeleteGroupsRequest request;
    for (const std::string& group : theirs) request.groups_names.push_back(group);
    const auto answer = requests_.call<wire::DeleteGroupsResponse>(to, request);
    if (!answer) return fail(answer.error());
    for (const auto& result : answer->body.results) out[std::string(result.group_id)] = result.error_code;
  }
  return out;
}

Result<std::vector<ErrorCode>> Admin::remove_members(const std::string& group, const std::vector<LeavingMember>& members, const std::string& reason) {
  const auto to = coordinator(group);
  if (!to) return fail(to.error());
  wire::LeaveGroupRequest request;
  request.group_id = group;
  for (const LeavingMember& member : members) {
    auto& m = request.members.emplace_back();
    m.member_id = member.member_id;
    if (!member.instance_id.empty()) m.group_instance_id = member.instance_id;
    m.reason = reason;
  }
  const auto answer = requests_.call<wire::LeaveGroupResponse>(to->address, request);
  if (!answer) return fail(answer.error());
  if (answer->version < 3) return fail(ErrorCode::UNSUPPORTED_VERSION, "this broker lets members leave by themselves only");
  if (answer->body.error_code != ErrorCode::NONE) return fail(answer->body.error_code);
  std::vector<ErrorCode> out;
  for (const auto& m : answer->body.members) out.push_back(m.error_code);
  return out;
}

}  // namespace evlog::client
