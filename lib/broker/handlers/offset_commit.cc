// OffsetCommit: answered when the offsets are durable.
// Order of checks: the group, then each topic: its id, Read on it, whether it and its partitions exist; the rest is the shard's.
#include <algorithm>
#include <map>

#include "broker/broker.h"
#include "broker/group_coordinator.h"
#include "broker/handlers/group_text.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

constexpr int16_t version_group_not_found = 9, version_topic_ids = 10;

using Request = wire::OffsetCommitRequest;
using Response = wire::OffsetCommitResponse;

void refuse_topic(Response& response, const Request::Topic& topic, ErrorCode error) {
  auto& out = response.topics.emplace_back();
  out.name = topic.name;
  out.topic_id = topic.topic_id;
  for (const auto& p : topic.partitions) out.partitions.push_back({p.partition_index, error});
}

void refuse_all(Response& response, const Request& request, ErrorCode error) {
  for (const auto& topic : request.topics) refuse_topic(response, topic, error);
}

// The partitions that exist go to the shard; the others are answered here.
void take_topic(const cluster::TopicView& known, const Request::Topic& topic, group::CommitRequest& to, Response& response) {
  group::CommitTopic taken{.name = known.name, .id = known.id};
  Response::Topic refused{.name = topic.name, .topic_id = topic.topic_id};
  for (const auto& p : topic.partitions) {
    if (known.partition(p.partition_index)) {
      taken.partitions.push_back({p.partition_index, p.committed_offset, p.committed_leader_epoch, owned(p.committed_metadata)});
    } else {
      refused.partitions.push_back({p.partition_index, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION});
    }
  }
  if (!taken.partitions.empty()) to.topics.push_back(std::move(taken));
  if (!refused.partitions.empty()) response.topics.push_back(std::move(refused));
}

void take_topics(Context& context, const Request& request, group::CommitRequest& to, Response& response) {
  const bool by_id = context.version() >= version_topic_ids;
  std::map<std::string_view, bool> allowed;  // asked once per name
  for (const auto& topic : request.topics) {
    const auto* known = by_id ? context.image().topic(topic.topic_id) : context.image().topic(topic.name);
    if (by_id && !known) {
      refuse_topic(response, topic, ErrorCode::UNKNOWN_TOPIC_ID);
      continue;
    }
    const std::string_view name = by_id ? std::string_view(known->name) : topic.name;
    const auto [it, fresh] = allowed.try_emplace(name, false);
    if (fresh) it->second = context.authorize(auth::Operation::read, auth::ResourceType::topic, name);
    if (!it->second) refuse_topic(response, topic, ErrorCode::TOPIC_AUTHORIZATION_FAILED);
    else if (!known) refuse_topic(response, topic, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    else take_topic(*known, topic, to, response);
  }
}

// A topic answered in part before gets the rest of its partitions, as Kafka merges them.
void merge(Context& context, const group::CommitTopic& topic, Response& response) {
  auto& topics = response.topics.items();
  const bool by_id = context.version() >= version_topic_ids;
  auto found = std::ranges::find_if(topics, [&](const Response::Topic& t) { return by_id ? t.topic_id == topic.id : t.name == topic.name; });
  if (found == topics.end()) found = topics.insert(topics.end(), Response::Topic{.name = context.keep(topic.name), .topic_id = topic.id});
  for (const auto& p : topic.partitions) found->partitions.push_back({p.index, p.error});
}

}  // namespace

io::task<wire::OffsetCommitResponse> offset_commit(Context& context, const wire::OffsetCommitRequest& request) {
  Response response;
  if (!context.authorize(auth::Operation::read, auth::ResourceType::group, request.group_id)) {
    refuse_all(response, request, ErrorCode::GROUP_AUTHORIZATION_FAILED);
    co_return response;
  }
  group::CommitRequest r{.group = owned(request.group_id),
                         .member_id = owned(request.member_id),
                         .instance_id = owned(request.group_instance_id),
                         .generation = request.generation_id_or_member_epoch,
                         .retention_ms = request.retention_time_ms,
                         .group_not_found_known = context.version() >= version_group_not_found};
  take_topics(context, request, r, response);
  if (r.topics.empty()) co_return response;
  auto taken = r.topics;
  auto answer = co_await context.broker().groups->ask<group::CommitAnswer>(std::move(r));
  if (answer) taken = std::move(answer->topics);
  for (auto& topic : taken) {
    if (!answer) {
      for (auto& p : topic.partitions) p.error = answer.error();
    }
    merge(context, topic, response);
  }
  co_return response;
}

}  // namespace evlog::broker
