// Metadata: brokers, topics and leaders, as seen from the listener the client came in by.
//
// Unlike Kafka, a topic that is created on demand is answered at once with its leader: Kafka answers
// UNKNOWN_TOPIC_OR_PARTITION first and lets every client retry, which costs each new topic its client's retry backoff.
#include <set>

#include "broker/broker.h"
#include "broker/controller.h"
#include "broker/endpoints.h"
#include "broker/group_coordinator.h"
#include "broker/handlers/handlers.h"
#include "cluster/names.h"

namespace evlog::broker {
namespace {

using Topic = wire::MetadataResponse::Topic;
using auth::Operation;
using auth::ResourceType;

constexpr int16_t version_topic_ids = 12;

void refuse(wire::MetadataResponse& response, ErrorCode error, std::optional<std::string_view> name, Uuid id = {}) {
  Topic& topic = response.topics.emplace_back();
  topic.error_code = error;
  topic.name = name;
  topic.topic_id = id;
  topic.is_internal = name && cluster::is_internal_topic(*name);
}

void describe_partition(Context& context, const cluster::PartitionView& view, Topic::Partition& out) {
  const auto& image = context.image();
  const auto* leader = image.broker(view.leader);
  const bool alive = leader && !leader->fenced;
  out.partition_index = view.index.value();
  out.leader_id = alive ? view.leader.value() : -1;
  out.leader_epoch = view.leader_epoch.value();
  out.replica_nodes = id_array(view.replicas);
  out.isr_nodes = id_array(view.isr);
  for (BrokerId replica : view.replicas) {
    const auto* broker = image.broker(replica);
    if (!broker || broker->fenced) out.offline_replicas.push_back(replica.value());
  }
  if (!alive) out.error_code = ErrorCode::LEADER_NOT_AVAILABLE;
  // Versions before 6 knew no other word for a leader that has no such listener.
  else if (!leader->endpoint(context.peer().listener))
    out.error_code = context.version() < 6 ? ErrorCode::LEADER_NOT_AVAILABLE : ErrorCode::LISTENER_NOT_FOUND;
}

void describe_topic(Context& context, const cluster::TopicView& view, bool operations, wire::MetadataResponse& response) {
  Topic& topic = response.topics.emplace_back();
  topic.name = view.name;
  topic.topic_id = view.id;
  topic.is_internal = cluster::is_internal_topic(view.name);
  topic.partitions.reserve(view.partitions.size());
  for (const auto& partition : view.partitions) describe_partition(context, partition, topic.partitions.emplace_back());
  if (operations) topic.topic_authorized_operations = context.authorized_operations(ResourceType::topic, view.name);
}

bool may_create(Context& context, std::string_view topic, bool anywhere) {
  return anywhere || context.authorize(Operation::create, ResourceType::topic, topic);
}

// Creates what is missing and may be created; the others keep their error for the answer.
io::task<> create_missing(Context& context, std::vector<std::string> names) {
  std::vector<NewTopic> topics;
  for (auto& name : names) {
    // The coordinator knows how its topic is made; nobody else does.
    if (name == offsets_topic) co_await context.broker().groups->ensure_topic();
    else topics.emplace_back().name = std::move(name);
  }
  if (!topics.empty()) co_await context.broker().controller->create_topics(std::move(topics), false);
}

void describe_all(Context& context, const wire::MetadataRequest& request, wire::MetadataResponse& response) {
  for (const auto& [name, topic] : context.image().topics())
    if (context.authorize(Operation::describe, ResourceType::topic, name))
      describe_topic(context, *topic, request.include_topic_authorized_operations, response);
}

io::task<> describe_named(Context& context, const wire::MetadataRequest& request, const std::vector<std::string>& names, wire::MetadataResponse& response) {
  const bool may_try = request.allow_auto_topic_creation && context.broker().settings.auto_create_topics;
  std::vector<std::string> missing;
  std::set<std::string, std::less<>> refused_describe, refused_create;
  for (const auto& name : names) {
    if (!context.authorize(Operation::describe, ResourceType::topic, name)) refused_describe.insert(name);
    else if (!context.image().topic(name) && cluster::check_topic_name(name)) missing.push_back(name);
  }
  if (may_try && !missing.empty()) {
    const bool anywhere = context.authorize(Operation::create, ResourceType::cluster, auth::cluster_resource);
    std::erase_if(missing, [&](const std::string& name) {
      if (may_create(context, name, anywhere)) return false;
      refused_create.insert(name);
      return true;
    });
    co_await create_missing(context, missing);
  }
  for (const auto& name : names) {
    const auto* topic = context.image().topic(name);
    if (refused_describe.contains(name) || refused_create.contains(name)) refuse(response, ErrorCode::TOPIC_AUTHORIZATION_FAILED, context.keep(name));
    else if (topic) describe_topic(context, *topic, request.include_topic_authorized_operations, response);
    else refuse(response, cluster::check_topic_name(name) ? ErrorCode::UNKNOWN_TOPIC_OR_PARTITION : ErrorCode::INVALID_TOPIC_EXCEPTION, context.keep(name));
  }
}

void describe_brokers(Context& context, wire::MetadataResponse& response) {
  for (const auto& [id, broker] : context.image().brokers()) {
    const auto seen = broker.fenced ? std::nullopt : seen_endpoint(context, broker);
    if (!seen) continue;
    auto& out = response.brokers.emplace_back();
    out.node_id = id.value();
    out.host = seen->host;
    out.port = seen->port;
    if (broker.rack) out.rack = *broker.rack;
  }
  // Clients may send controller requests to any broker; Kafka's brokers name one of themselves too.
  response.controller_id = context.broker().id.value();
  response.cluster_id = context.broker().cluster_id;
}

// Topic ids and null names came with version 10 but may be used from 12 on only.
bool legal(Context& context, const wire::MetadataRequest& request) {
  if (!request.topics || context.version() >= version_topic_ids) return true;
  for (const auto& topic : *request.topics)
    if (!topic.name || !topic.topic_id.is_zero()) return false;
  return true;
}

}  // namespace

io::task<wire::MetadataResponse> metadata(Context& context, const wire::MetadataRequest& request) {
  wire::MetadataResponse response;
  if (!legal(context, request)) {
    for (const auto& topic : *request.topics) refuse(response, ErrorCode::INVALID_REQUEST, topic.name.value_or(""), topic.topic_id);
    co_return response;
  }
  const bool all = !request.topics || (context.version() == 0 && request.topics->empty());
  if (all) {
    describe_all(context, request, response);
  } else {
    std::vector<std::string> names;
    std::set<std::string, std::less<>> seen;
    bool by_id = false;
    for (const auto& topic : *request.topics) by_id = by_id || !topic.topic_id.is_zero();
    for (const auto& topic : *request.topics) {
      const auto* known = by_id ? context.image().topic(topic.topic_id) : nullptr;
      if (by_id && !known) {
        if (!topic.topic_id.is_zero()) refuse(response, ErrorCode::UNKNOWN_TOPIC_ID, std::nullopt, topic.topic_id);
        continue;
      }
      std::string name(by_id ? std::string_view(known->name) : topic.name.value_or(""));
      if (seen.insert(name).second) names.push_back(std::move(name));
    }
    co_await describe_named(context, request, names, response);
  }
  describe_brokers(context, response);
  if (request.include_cluster_authorized_operations)
    response.cluster_authorized_operations = context.authorize(Operation::describe, ResourceType::cluster, auth::cluster_resource)
                                                 ? context.authorized_operations(ResourceType::cluster, auth::cluster_resource) : 0;
  co_return response;
}

}  // namespace evlog::broker
