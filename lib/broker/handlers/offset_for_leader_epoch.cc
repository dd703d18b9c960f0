// OffsetForLeaderEpoch: where the records of a leader epoch end (KIP-101, KIP-320). Who may act for the cluster may ask about
// everything; others about the topics they may describe, and what they may not is answered behind all others.
#include "broker/broker.h"
#include "broker/handlers/handlers.h"
#include "broker/partitions.h"

namespace evlog::broker {
namespace {

using Request = wire::OffsetForLeaderEpochRequest;
using Response = wire::OffsetForLeaderEpochResponse;

constexpr int32_t leader_epoch_unknown = -1;  // the client did not say whom it takes for the leader; any other number is compared

Result<log::EpochEnd> look_up(Context& context, std::string_view topic, const Request::Topic::Partition& asked) {
  const auto* view = context.image().topic(topic);
  if (!view || !view->partition(asked.partition)) return fail(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  const auto* partition = context.broker().partitions->find(view->id, asked.partition);
  if (!partition) return fail(ErrorCode::NOT_LEADER_OR_FOLLOWER);
  const auto leader = asked.current_leader_epoch == leader_epoch_unknown ? std::nullopt : std::optional(LeaderEpoch(asked.current_leader_epoch));
  if (auto leads = partition->check_leader(leader); !leads) return fail(leads.error());
  return partition->log().end_offset_for_epoch(LeaderEpoch(asked.leader_epoch));
}

void answer(Context& context, const Request::Topic& topic, bool allowed, Response& response) {
  auto& out = response.topics.emplace_back();
  out.topic = topic.topic;
  for (const auto& asked : topic.partitions) {
    auto& partition = out.partitions.emplace_back();
    partition.partition = asked.partition;
    if (!allowed) {
      partition.error_code = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
      continue;
    }
    const auto end = look_up(context, topic.topic, asked);
    partition.error_code = end ? ErrorCode::NONE : end.error().code;
    if (!end) continue;
    partition.leader_epoch = end->epoch.value();
    partition.end_offset = end->end_offset.value();
  }
}

}  // namespace

io::task<Response> offset_for_leader_epoch(Context& context, const Request& request) {
  const bool everything = context.authorize(auth::Operation::cluster_action, auth::ResourceType::cluster, auth::cluster_resource);
  Response response;
  std::vector<Request::Topic> refused;
  for (const auto& topic : request.topics) {
    if (everything || context.authorize(auth::Operation::describe, auth::ResourceType::topic, topic.topic)) answer(context, topic, true, response);
    else refused.push_back(topic);
  }
  for (const auto& topic : refused) answer(context, topic, false, response);
  co_return response;
}

}  // namespace evlog::broker
