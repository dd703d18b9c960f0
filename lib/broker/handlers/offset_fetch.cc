// OffsetFetch: the committed offsets of one group (versions 1-7) or several (8 and later, topics by id in 10).
#include <map>

#include "broker/broker.h"
#include "broker/group_coordinator.h"
#include "broker/handlers/group_text.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

constexpr int16_t version_top_level_error = 2, version_groups = 8, version_topic_ids = 10;

using Response = wire::OffsetFetchResponse;
using OutTopic = Response::Group::GroupTopic;
using OutPartition = OutTopic::GroupPartition;

struct WantedTopic {
  std::string_view name;
  Uuid id;
  std::vector<int32_t> partitions;
};
struct WantedGroup {
  std::string_view group;
  bool all = false;
  std::vector<WantedTopic> topics;
};

template <class Topics>
WantedGroup wanted(std::string_view group, const std::optional<Topics>& topics) {
  WantedGroup w{.group = group, .all = !topics};
  if (!topics) return w;
  for (const auto& t : *topics) {
    WantedTopic& out = w.topics.emplace_back();
    out.name = t.name;
    if constexpr (requires { t.topic_id; }) out.id = t.topic_id;
    for (const auto index : t.partition_indexes) out.partitions.push_back(index);
  }
  return w;
}

OutTopic refused(const WantedTopic& topic, ErrorCode error) {
  OutTopic out{.name = topic.name, .topic_id = topic.id};
  for (const auto index : topic.partitions) out.partitions.push_back({.partition_index = index, .committed_offset = -1, .error_code = error});
  return out;
}

// Version 1 has no place for an error but each partition.
Response::Group refused(Context& context, const WantedGroup& wanted, ErrorCode error) {
  Response::Group out{.group_id = wanted.group};
  if (context.version() >= version_top_level_error) {
    out.error_code = error;
    return out;
  }
  for (const auto& topic : wanted.topics) out.topics.push_back(refused(topic, error));
  return out;
}

OutTopic translate(Context& context, group::FetchedTopic topic) {
  OutTopic out{.name = context.keep(std::move(topic.name)), .topic_id = topic.id};
  for (auto& p : topic.partitions) {
    out.partitions.push_back({p.index, p.offset, p.leader_epoch, context.keep(std::move(p.metadata)), p.error});
  }
  return out;
}

io::task<Response::Group> fetch_all(Context& context, const WantedGroup& wanted, bool require_stable) {
  group::OffsetFetchRequest r{.group = owned(wanted.group), .all_topics = true, .require_stable = require_stable};
  auto answer = co_await context.broker().groups->ask<group::OffsetFetchAnswer>(std::move(r));
  const auto error = answer ? answer->error : answer.error();
  if (error != ErrorCode::NONE) co_return refused(context, wanted, error);
  Response::Group out{.group_id = wanted.group};
  for (auto& topic : answer->topics) {
    if (!context.authorize(auth::Operation::describe, auth::ResourceType::topic, topic.name)) continue;
    if (const auto* known = context.image().topic(topic.name)) topic.id = known->id;
    else if (context.version() >= version_topic_ids) continue;
    out.topics.push_back(translate(context, std::move(topic)));
  }
  co_return out;
}

io::task<Response::Group> fetch_some(Context& context, const WantedGroup& wanted, bool require_stable) {
  group::OffsetFetchRequest r{.group = owned(wanted.group), .require_stable = require_stable};
  std::vector<OutTopic> refusals;
  std::map<std::string_view, bool> allowed;  // asked once per name
  for (const auto& topic : wanted.topics) {
    const bool by_id = context.version() >= version_topic_ids;
    const auto* known = by_id ? context.image().topic(topic.id) : context.image().topic(topic.name);
    if (by_id && !known) {
      refusals.push_back(refused(topic, ErrorCode::UNKNOWN_TOPIC_ID));
      continue;
    }
    const std::string_view name = by_id ? std::string_view(known->name) : topic.name;
    const auto [it, fresh] = allowed.try_emplace(name, false);
    if (fresh) it->second = context.authorize(auth::Operation::describe, auth::ResourceType::topic, name);
    if (it->second) r.topics.push_back({std::string(name), known ? known->id : Uuid{}, topic.partitions});
    else refusals.push_back(refused(topic, ErrorCode::TOPIC_AUTHORIZATION_FAILED));
  }
  auto answer = co_await context.broker().groups->ask<group::OffsetFetchAnswer>(std::move(r));
  const auto error = answer ? answer->error : answer.error();
  if (error != ErrorCode::NONE) co_return refused(context, wanted, error);
  Response::Group out{.group_id = wanted.group};
  for (auto& topic : answer->topics) out.topics.push_back(translate(context, std::move(topic)));
  for (auto& topic : refusals) out.topics.push_back(std::move(topic));
  co_return out;
}

io::task<Response::Group> fetch_group(Context& context, const WantedGroup& wanted, bool require_stable) {
  if (!context.authorize(auth::Operation::describe, auth::ResourceType::group, wanted.group)) {
    co_return refused(context, wanted, ErrorCode::GROUP_AUTHORIZATION_FAILED);
  }
  if (wanted.all) co_return co_await fetch_all(context, wanted, require_stable);
  co_return co_await fetch_some(context, wanted, require_stable);
}

// Before version 8 the answer is that of the one group, without its name.
void flatten(const Response::Group& group, Response& response) {
  response.error_code = group.error_code;
  for (const auto& topic : group.topics) {
    auto& out = response.topics.emplace_back();
    out.name = topic.name;
    for (const auto& p : topic.partitions) out.partitions.push_back({p.partition_index, p.committed_offset, p.committed_leader_epoch, p.metadata, p.error_code});
  }
}

}  // namespace

io::task<wire::OffsetFetchResponse> offset_fetch(Context& context, const wire::OffsetFetchRequest& request) {
  Response response;
  if (context.version() < version_groups) {
    const auto one = wanted(request.group_id, request.topics);
    flatten(co_await fetch_group(context, one, request.require_stable), response);
    co_return response;
  }
  for (const auto& group : request.groups) {
    const auto one = wanted(group.group_id, group.topics);
    response.groups.push_back(co_await fetch_group(context, one, request.require_stable));
  }
  co_return response;
}

}  // namespace evlog::broker
