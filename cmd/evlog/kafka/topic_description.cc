#include "evlog/kafka/topic_description.h"

#include <algorithm>

#include "base/text.h"
#include "evlog/kafka/java.h"
#include "evlog/kafka/tool.h"
#include "wire/api/describe_configs.h"
#include "wire/api/describe_topic_partitions.h"

namespace evlog::cmd::kafka {
namespace {

using client::ConfigEntry;

// Kafka lists them as its hash table does, which is the same every time.
std::string own_configs(const std::vector<ConfigEntry>& configs) {
  std::vector<std::string> names, out;
  for (const ConfigEntry& entry : configs) names.push_back(entry.name);
  for (const std::string& name : hash_map_order(names)) {
    const ConfigEntry& entry = *std::ranges::find(configs, name, &ConfigEntry::name);
    if (entry.origin() != client::ConfigOrigin::built_in) out.push_back(fmt::format("{}={}", name, entry.value.value_or("null")));
  }
  return fmt::format("{}", fmt::join(out, ","));
}

int64_t min_isr(const std::vector<ConfigEntry>& configs) {
  const auto found = std::ranges::find(configs, "min.insync.replicas", &ConfigEntry::name);
  return found == configs.end() ? 1 : parse_int(found->value.value_or("1")).value_or(1);
}

std::string ids(const std::optional<std::vector<int32_t>>& replicas) { return replicas ? fmt::format("{}", fmt::join(*replicas, ",")) : "N/A"; }

}  // namespace

Result<void> TopicDescriptions::fetch_elr(const std::vector<std::string>& names) {
  if (cluster_.brokers.empty()) return {};
  wire::DescribeTopicPartitionsRequest request;
  for (const std::string& name : names) request.topics.emplace_back().name = name;
  request.response_partition_limit = partitions_max_;
  for (std::string topic; ;) {
    const auto answer = session_.call<wire::DescribeTopicPartitionsResponse>(cluster_.brokers.front().address, request);
    if (!answer && answer.error().code == ErrorCode::UNSUPPORTED_VERSION) return {};
    if (!answer) return fail(answer.error());
    for (const auto& t : answer->body.topics) {
      for (const auto& p : t.partitions) {
        Elr& elr = elr_[{std::string(t.name.value_or("")), p.partition_index}];
        elr.eligible = p.eligible_leader_replicas ? p.eligible_leader_replicas->to_vector() : std::vector<int32_t>();
        elr.last_known = p.last_known_elr ? p.last_known_elr->to_vector() : std::vector<int32_t>();
      }
    }
    if (!answer->body.next_cursor) return {};
    topic = answer->body.next_cursor->topic_name;
    request.cursor = wire::TopicPartitionsCursor{topic, answer->body.next_cursor->partition_index};
  }
}

// Asked for here and not through Admin, which sorts them: of two in one bucket of Kafka's table the one that came first is first.
Result<void> TopicDescriptions::fetch_configs(const std::vector<std::string>& names) {
  if (cluster_.brokers.empty()) return fail(ErrorCode::BROKER_NOT_AVAILABLE);
  wire::DescribeConfigsRequest request;
  for (const std::string& name : names) {
    auto& resource = request.resources.emplace_back();
    resource.resource_type = static_cast<int8_t>(client::ResourceType::topic);
    resource.resource_name = name;
    resource.configuration_keys = std::nullopt;
  }
  const auto answer = session_.call<wire::DescribeConfigsResponse>(cluster_.brokers.front().address, request);
  if (!answer) return fail(answer.error());
  for (const auto& result : answer->body.results) {
    if (result.error_code != ErrorCode::NONE) return fail(result.error_code, "{}", error_message(result.error_code, std::string(result.error_message.value_or(""))));
    const auto* topic = cluster_.find(result.resource_name);
    if (!topic) continue;
    Configs& configs = topics_.emplace_back(topic, Configs()).second;
    for (const auto& c : result.configs)
      configs.push_back({.name = std::string(c.name), .value = c.value ? std::optional(std::string(*c.value)) : std::nullopt, .source = c.config_source});
  }
  return {};
}

Result<void> TopicDescriptions::fetch(const std::vector<std::string>& names) {
  if (names.empty()) return {};
  if (with_elr_)
    if (auto got = fetch_elr(names); !got) return got;
  if (auto got = fetch_configs(names); !got) return got;
  std::ranges::sort(topics_, {}, [](const auto& pair) -> const std::string& { return pair.first->name; });
  return {};
}

bool TopicDescriptions::whole_topics() const {
  return options_.count({"unavailable-partitions", "under-replicated-partitions", "under-min-isr-partitions", "at-min-isr-partitions"}) == 0;
}

bool TopicDescriptions::wanted(const client::PartitionInfo& p, const Configs& configs) const {
  const bool alive = std::ranges::find(cluster_.brokers, p.leader, &client::BrokerInfo::id) != cluster_.brokers.end();
  const auto in_sync = static_cast<int64_t>(p.isr.size());
  return whole_topics() || (options_.has("under-replicated-partitions") && p.isr.size() < p.replicas.size()) ||
         (options_.has("unavailable-partitions") && !alive) || (options_.has("under-min-isr-partitions") && (p.leader < 0 || in_sync < min_isr(configs))) ||
         (options_.has("at-min-isr-partitions") && in_sync == min_isr(configs));
}

void TopicDescriptions::print_partition(const client::TopicDescription& topic, const client::PartitionInfo& p) const {
  const auto found = elr_.find({topic.name, p.index});
  const Elr elr = found == elr_.end() ? Elr{} : found->second;
  say("\tTopic: {}\tPartition: {}\tLeader: {}\tReplicas: {}\tIsr: {}\tElr: {}\tLastKnownElr: {}", topic.name, p.index, p.leader < 0 ? "none" : fmt::format("{}", p.leader),
      fmt::join(p.replicas, ","), fmt::join(p.isr, ","), ids(elr.eligible), ids(elr.last_known));
}

void TopicDescriptions::print_topic(const client::TopicDescription& topic, const Configs& configs) const {
  const bool own = std::ranges::any_of(configs, [](const ConfigEntry& entry) { return entry.origin() != client::ConfigOrigin::built_in; });
  if (whole_topics() && (!options_.has("topics-with-overrides") || own)) {
    say("Topic: {}{}\tPartitionCount: {}\tReplicationFactor: {}\tConfigs: {}", topic.name, topic.id == Uuid() ? "" : "\tTopicId: " + topic.id.text(), topic.partitions.size(),
        topic.partitions.empty() ? 0 : topic.partitions.front().replicas.size(), own_configs(configs));
  }
  if (options_.has("topics-with-overrides")) return;
  for (const auto& partition : topic.partitions)
    if (wanted(partition, configs)) print_partition(topic, partition);
}

void TopicDescriptions::print() const {
  for (const auto& [topic, configs] : topics_) print_topic(*topic, configs);
}

}  // namespace evlog::cmd::kafka
