// The controller's decisions about topics: Kafka's ReplicationControlManager, check by check.
//
// create_topics: names -> existing topics -> null configs -> per topic: configs, then assignment or counts -> one batch of all
// that passed. A topic that fails takes nothing with it, except that too many partitions fail the whole request.
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "broker/assignment.h"
#include "broker/controller.h"
#include "broker/layered_config.h"
#include "broker/partitions.h"
#include "cluster/names.h"
#include "cluster/placement.h"
#include "config/topic_config.h"
#include "quorum/quorum.h"

namespace evlog::broker {
namespace {

constexpr int8_t resource_topic = 2;
constexpr size_t partitions_per_request_max = 10'000;

TopicOutcome refuse(Error error) {
  TopicOutcome outcome;
  outcome.error = error.code;
  if (!error.message.empty()) outcome.message = std::move(error.message);
  return outcome;
}

// "." and "_" are one character in metric names: finds the existing topic whose name would be the same there. Kept per request,
// because a request may name thousands of topics.
class MetricNames {
 public:
  explicit MetricNames(const cluster::Image& image) : image_(image) {}

  std::optional<std::string_view> colliding(std::string_view name) {
    if (name.find_first_of("._") == std::string_view::npos) return std::nullopt;
    if (names_.empty())
      for (const auto& [existing, topic] : image_.topics()) names_.emplace(unified(existing), existing);
    const auto found = names_.find(unified(name));
    return found == names_.end() ? std::nullopt : std::optional(found->second);
  }

 private:
  static std::string unified(std::string_view name) {
    std::string out(name);
    std::ranges::replace(out, '.', '_');
    return out;
  }

  const cluster::Image& image_;
  std::map<std::string, std::string_view> names_;
};

Result<void> check_name(const cluster::Image& image, MetricNames& metrics, const std::string& name) {
  if (image.topic(name)) return fail(ErrorCode::TOPIC_ALREADY_EXISTS, "Topic '{}' already exists.", name);
  if (const auto other = metrics.colliding(name))
    return fail(ErrorCode::INVALID_TOPIC_EXCEPTION, "Topic '{}' collides with existing topic: {}", name, *other);
  return cluster::check_topic_name(name);
}

Result<config::ConfigMap> check_configs(const config::Config& broker, const NewTopic& topic) {
  config::ConfigMap values;
  std::vector<std::string_view> nulls;
  for (const auto& [name, value] : topic.configs) {
    if (value) values[name] = *value;
    else nulls.push_back(name);
  }
  if (!nulls.empty()) return fail(ErrorCode::INVALID_CONFIG, "Null value not supported for topic configs: {}", fmt::join(nulls, ","));
  if (auto valid = config::validate_topic_configs(broker, values); !valid) return fail(valid.error());
  return values;
}

Result<Assignment> manual_assignment(const cluster::Image& image, const NewTopic& topic) {
  constexpr auto invalid = ErrorCode::INVALID_REPLICA_ASSIGNMENT;
  if (topic.replication_factor != -1)
    return fail(ErrorCode::INVALID_REQUEST, "A manual partition assignment was specified, but replication factor was not set to -1.");
  if (topic.partitions != -1)
    return fail(ErrorCode::INVALID_REQUEST, "A manual partition assignment was specified, but numPartitions was not set to -1.");
  std::map<int32_t, Replicas> by_index;
  std::optional<size_t> replication_factor;
  for (const auto& [index, brokers] : topic.assignment) {
    if (by_index.contains(index)) return fail(invalid, "Found multiple manual partition assignments for partition {}", index);
    if (auto valid = check_manual(image, brokers, replication_factor); !valid) return fail(valid.error());
    replication_factor = brokers.size();
    Replicas replicas = replicas_of(brokers);
    if (active_of(image, replicas).empty())
      return fail(invalid, "All brokers specified in the manual partition assignment for partition {} are fenced or in controlled shutdown.", index);
    by_index.emplace(index, std::move(replicas));
  }
  Assignment assignment;
  for (auto& [index, replicas] : by_index) {
    if (index != static_cast<int32_t>(assignment.size())) return fail(invalid, "partitions should be a consecutive 0-based integer sequence");
    assignment.push_back(std::move(replicas));
  }
  return assignment;
}

Result<Assignment> placed_assignment(Broker& broker, const cluster::Image& image, const NewTopic& topic) {
  if (topic.replication_factor < -1 || topic.replication_factor == 0)
    return fail(ErrorCode::INVALID_REPLICATION_FACTOR, "Replication factor must be larger than 0, or -1 to use the default value.");
  if (topic.partitions < -1 || topic.partitions == 0)
    return fail(ErrorCode::INVALID_PARTITIONS, "Number of partitions was set to an invalid non-positive value.");
  const int32_t partitions = topic.partitions == -1 ? broker.settings.num_partitions : topic.partitions;
  const int16_t factor = topic.replication_factor == -1 ? broker.settings.default_replication_factor : topic.replication_factor;
  auto assignment = cluster::place(image, partitions, factor, broker.loop.random());
  if (!assignment) return assignment;
  for (const auto& replicas : *assignment) {
    if (!active_of(image, replicas).empty()) continue;
    return fail(ErrorCode::INVALID_REPLICATION_FACTOR,
                "Unable to replicate the partition {} time(s): All brokers are currently fenced or in controlled shutdown.", factor);
  }
  return assignment;
}

// Kafka's order: the topic, its configuration, its partitions. The texts are views into `topic` and `configs`.
void add_records(quorum::Records& records, const cluster::Image& image, Directories& directories, const NewTopic& topic, const Uuid& id,
                 const config::ConfigMap& configs, const Assignment& assignment) {
  wire::TopicRecord created;
  created.name = topic.name;
  created.topic_id = id;
  records.emplace_back(std::move(created));
  for (const auto& [name, value] : configs) {
    wire::ConfigRecord record;
    record.resource_type = resource_topic;
    record.resource_name = topic.name;
    record.name = name;
    record.value = value;
    records.emplace_back(std::move(record));
  }
  for (size_t i = 0; i < assignment.size(); ++i) records.emplace_back(partition_record(image, directories, id, i, assignment[i]));
}

std::vector<TopicOutcome> all_refused(size_t count, std::string message) {
  return std::vector<TopicOutcome>(count, refuse({ErrorCode::POLICY_VIOLATION, std::move(message)}));
}

bool too_many_partitions(const std::vector<NewTopic>& topics, int32_t default_partitions) {
  size_t total = 0;
  for (const auto& topic : topics) {
    if (!topic.assignment.empty()) total += topic.assignment.size();
    else total += static_cast<size_t>(topic.partitions == -1 ? default_partitions : std::max(topic.partitions, 0));
  }
  return total > partitions_per_request_max;
}

}  // namespace

io::task<std::vector<TopicOutcome>> Controller::create_topics(std::vector<NewTopic> topics, bool validate_only) {
  if (too_many_partitions(topics, broker_.settings.num_partitions))
    co_return all_refused(topics.size(), "Excessively large number of partitions per request.");
  std::vector<TopicOutcome> outcomes(topics.size());
  Offset created = offset_none;
  {
    const auto turn = co_await deciding_.lock();
    const auto image = broker_.image();
    const auto layers = layered_config(broker_, *image);
    Directories directories(*image);
    MetricNames metric_names(*image);
    quorum::Records records;
    std::vector<config::ConfigMap> configs(topics.size());  // the records' texts, until they are written
    std::set<std::string_view> accepted;
    for (size_t i = 0; i < topics.size(); ++i) {
      const NewTopic& topic = topics[i];
      auto name = check_name(*image, metric_names, topic.name);
      if (name && accepted.contains(topic.name)) name = fail(ErrorCode::TOPIC_ALREADY_EXISTS, "Topic '{}' already exists.", topic.name);
      if (!name) { outcomes[i] = refuse(name.error()); continue; }
      auto values = check_configs(layers, topic);
      if (!values) { outcomes[i] = refuse(values.error()); continue; }
      configs[i] = std::move(*values);
      const auto assignment = topic.assignment.empty() ? placed_assignment(broker_, *image, topic) : manual_assignment(*image, topic);
      if (!assignment) { outcomes[i] = refuse(assignment.error()); continue; }
      accepted.insert(topic.name);
      outcomes[i].id = Uuid::random(broker_.loop.random());
      outcomes[i].partitions = static_cast<int32_t>(assignment->size());
      outcomes[i].replication_factor = static_cast<int16_t>(assignment->front().size());
      add_records(records, *image, directories, topic, outcomes[i].id, configs[i], *assignment);
      if (records.size() > records_per_request_max) co_return all_refused(topics.size(), std::string(too_many_records));
    }
    if (validate_only || records.empty()) co_return outcomes;
    auto done = co_await broker_.quorum->propose(std::move(records));
    if (!done) {
      for (auto& outcome : outcomes)
        if (outcome.error == ErrorCode::NONE) outcome = refuse(done.error());
      co_return outcomes;
    }
    created = broker_.image()->offset();
  }
  if (broker_.partitions) co_await broker_.partitions->caught_up(created);
  co_return outcomes;
}

io::task<std::vector<ErrorCode>> Controller::delete_topics(std::vector<Uuid> ids) {
  if (ids.size() > records_per_request_max) co_return std::vector<ErrorCode>(ids.size(), ErrorCode::POLICY_VIOLATION);
  std::vector<ErrorCode> outcomes(ids.size(), ErrorCode::NONE);
  Offset removed = offset_none;
  {
    const auto turn = co_await deciding_.lock();
    const auto image = broker_.image();
    quorum::Records records;
    std::set<Uuid> going;
    for (size_t i = 0; i < ids.size(); ++i) {
      if (!image->topic(ids[i]) || !going.insert(ids[i]).second) {
        outcomes[i] = ErrorCode::UNKNOWN_TOPIC_ID;
        continue;
      }
      wire::RemoveTopicRecord record;
      record.topic_id = ids[i];
      records.emplace_back(std::move(record));
    }
    if (records.empty()) co_return outcomes;
    if (auto done = co_await broker_.quorum->propose(std::move(records)); !done) {
      for (auto& outcome : outcomes)
        if (outcome == ErrorCode::NONE) outcome = done.error().code;
      co_return outcomes;
    }
    removed = broker_.image()->offset();
  }
  if (broker_.partitions) co_await broker_.partitions->caught_up(removed);
  co_return outcomes;
}

}  // namespace evlog::broker
