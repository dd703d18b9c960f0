#include "client/admin.h"

#include <algorithm>

#include "wire/api/create_topics.h"
#include "wire/api/delete_topics.h"
#include "wire/api/list_offsets.h"
#include "wire/api/metadata.h"

namespace evlog::client {

const TopicDescription* ClusterInfo::find(std::string_view name) const {
  const auto found = std::ranges::find(topics, name, &TopicDescription::name);
  return found == topics.end() ? nullptr : &*found;
}

const PartitionInfo* ClusterInfo::partition(const PartitionKey& key) const {
  const TopicDescription* const topic = find(key.topic);
  if (!topic) return nullptr;
  const auto found = std::ranges::find(topic->partitions, key.partition, &PartitionInfo::index);
  return found == topic->partitions.end() ? nullptr : &*found;
}

std::vector<std::string> ClusterInfo::topic_names() const {
  std::vector<std::string> names;
  for (const TopicDescription& topic : topics) names.push_back(topic.name);
  return names;
}

namespace {

TopicDescription describe(const wire::MetadataResponse::Topic& topic) {
  TopicDescription out{.name = std::string(topic.name.value_or("")), .id = topic.topic_id, .internal = topic.is_internal, .partitions = {}, .error = topic.error_code};
  for (const auto& p : topic.partitions) {
    out.partitions.push_back({.index = p.partition_index, .leader = p.leader_id, .leader_epoch = p.leader_epoch,
                              .replicas = p.replica_nodes.to_vector(), .isr = p.isr_nodes.to_vector(), .error = p.error_code});
  }
  std::ranges::sort(out.partitions, {}, &PartitionInfo::index);
  return out;
}

}  // namespace

Result<ClusterInfo> Admin::cluster() { return describe(true); }
Result<ClusterInfo> Admin::brokers() { return describe(false); }

Result<ClusterInfo> Admin::describe(bool with_topics) {
  wire::MetadataRequest request;
  request.topics = std::nullopt;
  if (!with_topics) request.topics.emplace();
  request.allow_auto_topic_creation = false;
  const auto answer = any<wire::MetadataResponse>(request);
  if (!answer) return fail(answer.error());
  ClusterInfo out{.cluster_id = std::string(answer->body.cluster_id.value_or("")), .controller = answer->body.controller_id, .brokers = {}, .topics = {}};
  for (const auto& b : answer->body.brokers) out.brokers.push_back({b.node_id, {std::string(b.host), b.port}, std::string(b.rack.value_or(""))});
  for (const auto& topic : answer->body.topics) out.topics.push_back(client::describe(topic));
  std::ranges::sort(out.brokers, {}, &BrokerInfo::id);
  std::ranges::sort(out.topics, {}, &TopicDescription::name);
  return out;
}

Result<BrokerAddress> Admin::controller() {
  const auto info = brokers();
  if (!info) return fail(info.error());
  const auto found = std::ranges::find(info->brokers, info->controller, &BrokerInfo::id);
  if (found == info->brokers.end()) return fail(ErrorCode::NOT_CONTROLLER, "the cluster has no controller at the moment");
  return found->address;
}

Result<std::vector<TopicResult>> Admin::create_topics(const std::vector<NewTopic>& topics, bool validate_only, int32_t timeout_ms) {
  const auto to = controller();
  if (!to) return fail(to.error());
  wire::CreateTopicsRequest request;
  request.timeout_ms = timeout_ms;
  request.validate_only = validate_only;
  for (const NewTopic& topic : topics) {
    auto& t = request.topics.emplace_back();
    t.name = topic.name;
    t.num_partitions = topic.partitions;
    t.replication_factor = topic.replicas;
    for (const auto& [name, value] : topic.configs) t.configs.push_back({name, value});
    for (size_t i = 0; i < topic.assignments.size(); ++i) {
      auto& assignment = t.assignments.emplace_back();
      assignment.partition_index = static_cast<int32_t>(i);
      for (const int32_t broker : topic.assignments[i]) assignment.broker_ids.push_back(broker);
    }
  }
  const auto answer = requests_.call<wire::CreateTopicsResponse>(*to, request);
  if (!answer) return fail(answer.error());
  std::vector<TopicResult> out;
  for (const auto& t : answer->body.topics)
    out.push_back({std::string(t.name), t.error_code, std::string(t.error_message.value_or("")), t.num_partitions, t.replication_factor});
  return out;
}

Result<std::vector<TopicResult>> Admin::delete_topics(const std::vector<std::string>& names, int32_t timeout_ms) {
  const auto to = controller();
  if (!to) return fail(to.error());
  wire::DeleteTopicsRequest request;
  request.timeout_ms = timeout_ms;
  for (const std::string& name : names) {
    request.topics.emplace_back().name = name;
    request.topic_names.push_back(name);
  }
  const auto answer = requests_.call<wire::DeleteTopicsResponse>(*to, request);
  if (!answer) return fail(answer.error());
  std::vector<TopicResult> out;
  for (const auto& t : answer->body.responses)
    out.push_back({std::string(t.name.value_or("")), t.error_code, std::string(t.error_message.value_or(""))});
  return out;
}

Result<void> Admin::list_offsets_of(const BrokerAddress& leader, const std::map<PartitionKey, int64_t>& times, std::map<PartitionKey, ListedOffset>& out) {
  wire::ListOffsetsRequest request;
  request.replica_id = -1;
  for (const auto& [key, time] : times) {
    auto& topics = request.topics.items();
    if (topics.empty() || topics.back().name != key.topic) request.topics.emplace_back().name = key.topic;
    auto& p = topics.back().partitions.emplace_back();
    p.partition_index = key.partition;
    p.timestamp = time;
  }
  const auto answer = requests_.call<wire::ListOffsetsResponse>(leader, request);
  if (!answer) return fail(answer.error());
  for (const auto& topic : answer->body.topics)
    for (const auto& p : topic.partitions) out[{std::string(topic.name), p.partition_index}] = {p.offset, p.timestamp, p.error_code};
  return {};
}

Result<std::map<PartitionKey, ListedOffset>> Admin::list_offsets(const ClusterInfo& info, const std::map<PartitionKey, int64_t>& times) {
  std::map<PartitionKey, ListedOffset> out;
  std::map<int32_t, std::map<PartitionKey, int64_t>> by_leader;
  for (const auto& [key, time] : times) {
    const PartitionInfo* const p = info.partition(key);
    if (!p) out[key].error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    else by_leader[p->leader][key] = time;
  }
  for (const auto& [leader, theirs] : by_leader) {
    const auto broker = std::ranges::find(info.brokers, leader, &BrokerInfo::id);
    if (broker == info.brokers.end()) {
      for (const auto& [key, time] : theirs) out[key].error = ErrorCode::LEADER_NOT_AVAILABLE;
      continue;
    }
    if (auto listed = list_offsets_of(broker->address, theirs, out); !listed) return fail(listed.error());
  }
  return out;
}

}  // namespace evlog::client
