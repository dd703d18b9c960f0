// Topics changed after they were made: more partitions, fewer records.
#include <algorithm>

#include "client/admin.h"
#include "wire/api/create_partitions.h"
#include "wire/api/delete_records.h"

namespace evlog::client {

Result<std::vector<TopicResult>> Admin::create_partitions(const std::vector<NewPartitions>& topics, bool validate_only, int32_t timeout_ms) {
  const auto to = controller();
  if (!to) return fail(to.error());
  wire::CreatePartitionsRequest request;
  request.timeout_ms = timeout_ms;
  request.validate_only = validate_only;
  for (const NewPartitions& topic : topics) {
    auto& t = request.topics.emplace_back();
    t.name = topic.topic;
    t.count = topic.count;
    if (topic.assignments.empty()) t.assignments = std::nullopt;
    for (const auto& brokers : topic.assignments) t.assignments->emplace_back().broker_ids = wire::Array<int32_t>(brokers);
  }
  const auto answer = requests_.call<wire::CreatePartitionsResponse>(*to, request);
  if (!answer) return fail(answer.error());
  std::vector<TopicResult> out;
  for (const auto& t : answer->body.results) out.push_back({std::string(t.name), t.error_code, std::string(t.error_message.value_or(""))});
  return out;
}

Result<void> Admin::delete_records_of(const BrokerAddress& leader, const std::map<PartitionKey, int64_t>& before, int32_t timeout_ms, std::map<PartitionKey, DeletedRecords>& out) {
  wire::DeleteRecordsRequest request;
  request.timeout_ms = timeout_ms;
  for (const auto& [key, offset] : before) {
    auto& topics = request.topics.items();
    if (topics.empty() || topics.back().name != key.topic) request.topics.emplace_back().name = key.topic;
    auto& p = topics.back().partitions.emplace_back();
    p.partition_index = key.partition;
    p.offset = offset;
  }
  const auto answer = requests_.call<wire::DeleteRecordsResponse>(leader, request);
  if (!answer) return fail(answer.error());
  for (const auto& topic : answer->body.topics)
    for (const auto& p : topic.partitions) out[{std::string(topic.name), p.partition_index}] = {p.low_watermark, p.error_code};
  return {};
}

Result<std::map<PartitionKey, DeletedRecords>> Admin::delete_records(const ClusterInfo& info, const std::map<PartitionKey, int64_t>& before, int32_t timeout_ms) {
  std::map<PartitionKey, DeletedRecords> out;
  std::map<int32_t, std::map<PartitionKey, int64_t>> by_leader;
  for (const auto& [key, offset] : before) {
    const PartitionInfo* const p = info.partition(key);
    if (!p) out[key].error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    else by_leader[p->leader][key] = offset;
  }
  for (const auto& [leader, theirs] : by_leader) {
    const auto broker = std::ranges::find(info.brokers, leader, &BrokerInfo::id);
    if (broker == info.brokers.end()) {
      for (const auto& [key, offset] : theirs) out[key].error = ErrorCode::LEADER_NOT_AVAILABLE;
      continue;
    }
    if (auto deleted = delete_records_of(broker->address, theirs, timeout_ms, out); !deleted) return fail(deleted.error());
  }
  return out;
}

}  // namespace evlog::client
