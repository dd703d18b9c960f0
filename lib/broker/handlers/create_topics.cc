// CreateTopics: who may create what is decided here, everything else by the controller. Like Kafka, the answer to one topic names
// its configuration only for those who may read it, and a name that occurs twice in a request creates nothing.
#include <map>
#include <set>

#include "broker/broker.h"
#include "broker/controller.h"
#include "broker/handlers/deadline.h"
#include "broker/handlers/handlers.h"
#include "broker/layered_config.h"

namespace evlog::broker {
namespace {

using Request = wire::CreateTopicsRequest;
using Response = wire::CreateTopicsResponse;
using auth::Operation;
using auth::ResourceType;

constexpr std::string_view metadata_topic = "__cluster_metadata";

// Names in the order of the request, found quickly: a request may hold very many.
class Names {
 public:
  void add(std::string_view name) {
    if (members_.insert(name).second) order_.push_back(name);
  }
  bool contains(std::string_view name) const { return members_.contains(name); }
  auto begin() const { return order_.begin(); }
  auto end() const { return order_.end(); }

 private:
  std::vector<std::string_view> order_;
  std::set<std::string_view> members_;
};

Names allowed(Context& context, Operation operation, const Names& names) {
  Names result;
  for (auto name : names)
    if (context.authorize(operation, ResourceType::topic, name)) result.add(name);
  return result;
}

struct Wanted {
  Names once, twice;  // names that occur once, and those that occur more often
};

Wanted sort_out(const Request& request) {
  std::map<std::string_view, int> counts;
  for (const auto& topic : request.topics) ++counts[topic.name];
  Wanted wanted;
  for (const auto& topic : request.topics) (counts[topic.name] == 1 ? wanted.once : wanted.twice).add(topic.name);
  return wanted;
}

NewTopic new_topic(const Request::Topic& wish) {
  NewTopic topic;
  topic.name = wish.name;
  topic.partitions = wish.num_partitions;
  topic.replication_factor = wish.replication_factor;
  for (const auto& partition : wish.assignments) topic.assignment.emplace_back(partition.partition_index, partition.broker_ids.to_vector());
  for (const auto& setting : wish.configs) {
    auto& pair = topic.configs.emplace_back(std::string(setting.name), std::nullopt);
    if (setting.value) pair.second = std::string(*setting.value);
  }
  return topic;
}

void add_configs(Context& context, const config::Config& layers, const NewTopic& topic, Response::Topic& out) {
  config::ConfigMap overrides;
  for (const auto& [name, value] : topic.configs)
    if (value) overrides[name] = *value;
  for (auto& entry : config::describe_topic(layers, overrides)) {
    auto& shown = out.configs->emplace_back();
    // What was given is shown as it was given.
    if (const auto given = overrides.find(entry.name); given != overrides.end() && entry.value) entry.value = given->second;
    shown.name = context.keep(std::move(entry.name));
    shown.value = entry.value ? std::optional<std::string_view>(context.keep(std::move(*entry.value))) : std::nullopt;
    shown.read_only = entry.read_only;
    shown.config_source = static_cast<int8_t>(entry.source);
    shown.is_sensitive = entry.sensitive;
  }
}

void refuse(Response& response, std::string_view name, ErrorCode error, std::string_view message) {
  auto& topic = response.topics.emplace_back();
  topic.name = name;
  topic.error_code = error;
  topic.error_message = message;
}

void answer(Context& context, Response& response, const config::Config& layers, const NewTopic& topic, const TopicOutcome& outcome, bool describable) {
  auto& out = response.topics.emplace_back();
  out.name = context.keep(topic.name);
  out.error_code = outcome.error;
  out.error_message = outcome.message ? std::optional<std::string_view>(context.keep(*outcome.message)) : std::nullopt;
  if (outcome.error != ErrorCode::NONE) return;
  out.topic_id = outcome.id;
  if (!describable) {
    out.topic_config_error_code = static_cast<int16_t>(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    return;
  }
  out.num_partitions = outcome.partitions;
  out.replication_factor = outcome.replication_factor;
  if (context.version() >= 5) add_configs(context, layers, topic, out);
}

Response out_of_time_all(const Request& request) {
  Response response;
  for (const auto& wish : request.topics) {
    auto& topic = response.topics.emplace_back();
    topic.name = wish.name;
    topic.error_code = ErrorCode::REQUEST_TIMED_OUT;
    topic.error_message.reset();
  }
  return response;
}

// A request that asks for too much is refused whole, what was refused for other reasons included.
bool refused_whole(const std::vector<TopicOutcome>& outcomes) {
  return !outcomes.empty() && outcomes.front().error == ErrorCode::POLICY_VIOLATION;
}

}  // namespace

io::task<Response> create_topics(Context& context, const Request& request) {
  const bool anywhere = context.authorize(Operation::create, ResourceType::cluster, auth::cluster_resource);
  const Wanted wanted = sort_out(request);
  Names possible;
  for (auto name : wanted.once)
    if (name != metadata_topic) possible.add(name);
  const Names creatable = anywhere ? possible : allowed(context, Operation::create, possible);
  const Names describable = allowed(context, Operation::describe_configs, possible);

  std::vector<NewTopic> topics;
  for (const auto& wish : request.topics)
    if (creatable.contains(wish.name)) topics.push_back(new_topic(wish));
  if (!topics.empty() && out_of_time(context, request.timeout_ms)) co_return out_of_time_all(request);
  const auto outcomes = co_await context.broker().controller->create_topics(topics, request.validate_only);

  Response response;
  if (refused_whole(outcomes)) {
    for (const auto& wish : request.topics) refuse(response, wish.name, outcomes.front().error, context.keep(outcomes.front().message.value_or("")));
    co_return response;
  }
  const auto layers = layered_config(context.broker(), context.image());
  for (size_t i = 0; i < topics.size(); ++i) answer(context, response, layers, topics[i], outcomes[i], describable.contains(topics[i].name));
  for (auto name : wanted.twice) refuse(response, name, ErrorCode::INVALID_REQUEST, "Duplicate topic name.");
  for (auto name : wanted.once) {
    if (name == metadata_topic)
      refuse(response, name, ErrorCode::INVALID_REQUEST, "Creation of internal topic __cluster_metadata is prohibited.");
    else if (!creatable.contains(name)) refuse(response, name, ErrorCode::TOPIC_AUTHORIZATION_FAILED, "Authorization failed.");
  }
  co_return response;
}

}  // namespace evlog::broker
