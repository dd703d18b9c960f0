// DescribeTopicPartitions: topics and their partitions in order of name, page by page.
#include <algorithm>
#include <set>

#include "broker/broker.h"
#include "broker/endpoints.h"
#include "broker/handlers/handlers.h"
#include "cluster/names.h"

namespace evlog::broker {
namespace {

using Request = wire::DescribeTopicPartitionsRequest;
using Response = wire::DescribeTopicPartitionsResponse;
using Topic = Response::Topic;
using auth::Operation;
using auth::ResourceType;
using Names = std::set<std::string_view>;  // Kafka compares UTF-16 units; legal names are ASCII

Names names_from(Context& context, const Request& request) {
  const std::string_view from = request.cursor ? request.cursor->topic_name : std::string_view();
  Names names;
  if (request.topics.empty()) {
    for (const auto& [name, topic] : context.image().topics())
      if (name >= from) names.insert(name);
  }
  for (const auto& topic : request.topics)
    if (topic.name >= from) names.insert(topic.name);
  return names;
}

bool legal(const Request& request, const Names& names) {
  if (!request.cursor) return true;
  if (!request.topics.empty() && !names.contains(request.cursor->topic_name)) return false;
  return request.cursor->partition_index >= 0;
}

Response refuse(const Request& request) {
  Response response;
  for (const auto& topic : request.topics) {
    auto& out = response.topics.emplace_back();
    out.name = topic.name;
    out.error_code = ErrorCode::INVALID_REQUEST;
  }
  return response;
}

void describe_partition(Context& context, const cluster::PartitionView& view, Topic::Partition& out) {
  const auto& image = context.image();
  const auto reachable = [&](BrokerId id) {
    const auto* broker = image.broker(id);
    return broker && !broker->fenced && broker->endpoint(context.peer().listener);
  };
  out.partition_index = view.index.value();
  out.leader_id = reachable(view.leader) ? view.leader.value() : -1;
  out.leader_epoch = view.leader_epoch.value();
  out.replica_nodes = id_array(view.replicas);
  out.isr_nodes = id_array(view.isr);
  out.eligible_leader_replicas = id_array(view.elr);
  out.last_known_elr = id_array(view.last_known_elr);
  for (BrokerId replica : view.replicas)
    if (!reachable(replica)) out.offline_replicas.push_back(replica.value());
}

Topic& begin(Response& response, std::string_view name, ErrorCode error) {
  auto& topic = response.topics.emplace_back();
  topic.name = name;
  topic.error_code = error;
  return topic;
}

// Pages are full at `left` partitions; the next one begins where this one stopped.
class Page {
 public:
  Page(Context& context, Response& response, size_t left) : context_(context), response_(response), left_(left) {}

  // False: the page is full, and the cursor says where to go on.
  bool add(std::string_view name, size_t from, bool named) {
    if (left_ == 0) return stop(name, 0);
    const auto* view = context_.image().topic(name);
    if (!view) {
      if (named) unknown(name);
      return true;
    }
    auto& topic = begin(response_, view->name, ErrorCode::NONE);
    topic.topic_id = view->id;
    topic.is_internal = cluster::is_internal_topic(name);
    topic.topic_authorized_operations = context_.authorized_operations(ResourceType::topic, name);
    const size_t end = std::min(view->partitions.size(), from + left_);
    for (size_t i = from; i < end; ++i) describe_partition(context_, view->partitions[i], topic.partitions.emplace_back());
    left_ -= end > from ? end - from : 0;
    return end < view->partitions.size() ? stop(view->name, end) : true;
  }

 private:
  void unknown(std::string_view name) {
    const bool valid = cluster::check_topic_name(name).has_value();
    auto& topic = begin(response_, name, valid ? ErrorCode::UNKNOWN_TOPIC_OR_PARTITION : ErrorCode::INVALID_TOPIC_EXCEPTION);
    topic.is_internal = cluster::is_internal_topic(name);
    topic.topic_authorized_operations = context_.authorized_operations(ResourceType::topic, name);
  }

  bool stop(std::string_view name, size_t partition) {
    response_.next_cursor.emplace();
    response_.next_cursor->topic_name = name;
    response_.next_cursor->partition_index = static_cast<int32_t>(partition);
    return false;
  }

  Context& context_;
  Response& response_;
  size_t left_;
};

}  // namespace

io::task<Response> describe_topic_partitions(Context& context, const Request& request) {
  const Names names = names_from(context, request);
  if (!legal(request, names)) co_return refuse(request);
  const bool named = !request.topics.empty();
  const int32_t limit = std::max(1, std::min(context.broker().settings.max_partitions_per_request, request.response_partition_limit));
  Response response;
  std::vector<std::string_view> refused;  // whether they exist is not said
  Page page(context, response, static_cast<size_t>(limit));
  for (auto name : names) {
    if (!context.authorize(Operation::describe, ResourceType::topic, name)) {
      if (named) refused.push_back(name);
      continue;
    }
    const bool resumed = request.cursor && request.cursor->topic_name == name;
    if (!page.add(name, resumed ? static_cast<size_t>(request.cursor->partition_index) : 0, named)) break;
  }
  for (auto name : refused) begin(response, name, ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  co_return response;
}

}  // namespace evlog::broker
