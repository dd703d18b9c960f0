// OffsetDelete: answered when the offsets are durably gone.
// Order of checks: the group, then each topic: Read on it, whether it and its partitions exist; the rest is the shard's.
#include <algorithm>
#include <map>

#include "broker/broker.h"
#include "broker/group_coordinator.h"
#include "broker/handlers/group_text.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

using Request = wire::OffsetDeleteRequest;
using Response = wire::OffsetDeleteResponse;

// A topic answered in part before gets the rest of its partitions, as Kafka merges them.
Response::Topic& answer_for(Response& response, std::string_view topic) {
  auto& topics = response.topics.items();
  auto found = std::ranges::find(topics, topic, &Response::Topic::name);
  if (found == topics.end()) found = topics.insert(topics.end(), Response::Topic{.name = topic});
  return *found;
}

void refuse_topic(Response& response, const Request::Topic& topic, ErrorCode error) {
  auto& out = answer_for(response, topic.name);
  for (const auto& p : topic.partitions) out.partitions.push_back({p.partition_index, error});
}

// The partitions that exist go to the shard; the others are answered here.
void take_topic(const cluster::TopicView& known, const Request::Topic& topic, group::OffsetDeleteRequest& to, Response& response) {
  group::OffsetDeleteTopic taken{.name = known.name};
  for (const auto& p : topic.partitions) {
    if (known.partition(p.partition_index)) taken.partitions.push_back({p.partition_index});
    else answer_for(response, topic.name).partitions.push_back({p.partition_index, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION});
  }
  if (!taken.partitions.empty()) to.topics.push_back(std::move(taken));
}

}  // namespace

io::task<wire::OffsetDeleteResponse> offset_delete(Context& context, const wire::OffsetDeleteRequest& request) {
  Response response;
  if (!context.authorize(auth::Operation::remove, auth::ResourceType::group, request.group_id)) {
    response.error_code = ErrorCode::GROUP_AUTHORIZATION_FAILED;
    co_return response;
  }
  group::OffsetDeleteRequest r{.group = owned(request.group_id)};
  std::map<std::string_view, bool> allowed;  // asked once per name
  for (const auto& topic : request.topics) {
    const auto [may, fresh] = allowed.try_emplace(topic.name, false);
    if (fresh) may->second = context.authorize(auth::Operation::read, auth::ResourceType::topic, topic.name);
    const auto* known = context.image().topic(topic.name);
    if (!may->second) refuse_topic(response, topic, ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    else if (!known) refuse_topic(response, topic, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    else take_topic(*known, topic, r, response);
  }
  auto done = co_await context.broker().groups->ask<group::OffsetDeleteAnswer>(std::move(r));
  const auto error = done ? done->error : done.error();
  if (error != ErrorCode::NONE) co_return Response{.error_code = error};
  const bool merged = !response.topics.empty();  // else a topic named twice is answered twice
  for (auto& topic : done->topics) {
    const auto name = context.keep(std::move(topic.name));
    auto& out = merged ? answer_for(response, name) : response.topics.emplace_back();
    out.name = name;
    for (const auto& p : topic.partitions) out.partitions.push_back({p.index, p.error});
  }
  co_return response;
}

}  // namespace evlog::broker
