// ListOffsets: the offset at a time, or at a special place of a partition.
#include <map>
#include <set>

#include "broker/broker.h"
#include "broker/handlers/handlers.h"
#include "broker/partitions.h"

namespace evlog::broker {
namespace {

using RequestPartition = wire::ListOffsetsRequest::Topic::Partition;
using ResponsePartition = wire::ListOffsetsResponse::Topic::Partition;

constexpr int8_t read_uncommitted = 0, read_committed = 1;
enum Special : int64_t { latest = -1, earliest = -2, max_timestamp = -3, earliest_local = -4, latest_tiered = -5, earliest_pending_upload = -6 };

// The first version that knows a special time.
std::optional<int16_t> version_of(int64_t timestamp) {
  switch (timestamp) {
    case latest: case earliest: return 1;
    case max_timestamp: return 7;
    case earliest_local: return 8;
    case latest_tiered: return 9;
    case earliest_pending_upload: return 11;
    default: return std::nullopt;
  }
}

bool served(int64_t timestamp, int16_t version) {
  const auto since = version_of(timestamp);
  return timestamp >= 0 || (since && version >= *since);
}

io::task<Result<log::TimestampHit>> look_up(partition::Partition& partition, int64_t timestamp, bool committed) {
  const partition::InUse in_use(partition);
  log::Log& log = partition.log();
  const Offset visible = committed ? partition.last_stable_offset() : partition.high_watermark();
  switch (timestamp) {
    case latest: co_return log::TimestampHit{visible, -1, log.latest_epoch()};
    case earliest:
    case earliest_local: co_return log::TimestampHit{partition.log_start_offset(), -1, log.epoch_at(partition.log_start_offset())};
    case latest_tiered:  // there is no tiered storage: nothing was uploaded, nothing waits for it
    case earliest_pending_upload: co_return log::TimestampHit{};
    case max_timestamp: co_return co_await log.max_timestamp(visible);
    default: co_return co_await log.offset_for_timestamp(timestamp, visible);
  }
}

io::task<> answer_one(Context& context, std::string_view topic, const RequestPartition& asked, bool committed, ResponsePartition& out) {
  out.partition_index = asked.partition_index;
  auto& broker = context.broker();
  const auto* view = context.image().topic(topic);
  if (!served(asked.timestamp, context.version())) {
    out.error_code = ErrorCode::UNSUPPORTED_VERSION;
    co_return;
  }
  if (!view || !view->partition(asked.partition_index)) {
    out.error_code = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    co_return;
  }
  auto* partition = broker.partitions->find(view->id, asked.partition_index);
  // Unlike in Fetch, only -1 says nothing here: any other negative epoch is an old one.
  const auto epoch = asked.current_leader_epoch != -1 ? std::optional(LeaderEpoch(asked.current_leader_epoch)) : std::nullopt;
  const auto leads = partition ? partition->check_leader(epoch) : Result<void>(fail(ErrorCode::NOT_LEADER_OR_FOLLOWER));
  if (!leads) {
    out.error_code = leads.error().code;
    co_return;
  }
  const auto hit = co_await look_up(*partition, asked.timestamp, committed);
  if (!hit) {
    out.error_code = hit.error().code;
    co_return;
  }
  out.timestamp = hit->timestamp_ms;
  out.offset = hit->offset.value();
  out.leader_epoch = hit->leader_epoch.value();
}

}  // namespace

io::task<wire::ListOffsetsResponse> list_offsets(Context& context, const wire::ListOffsetsRequest& request) {
  wire::ListOffsetsResponse response;
  const bool committed = request.isolation_level == read_committed;
  const bool level_known = request.isolation_level == read_uncommitted || committed;
  std::set<std::pair<std::string_view, int32_t>> seen, twice;
  for (const auto& topic : request.topics)
    for (const auto& partition : topic.partitions)
      if (!seen.insert({topic.name, partition.partition_index}).second) twice.insert({topic.name, partition.partition_index});
  std::map<std::string_view, size_t> places;  // of the topics in the answer: one that is named twice is answered once
  for (const auto& topic : request.topics) {
    const bool allowed = context.authorize(auth::Operation::describe, auth::ResourceType::topic, topic.name);
    const auto [place, is_new] = places.try_emplace(topic.name, response.topics.size());
    if (is_new) response.topics.emplace_back().name = topic.name;
    for (const auto& partition : topic.partitions) {
      if (!seen.erase({topic.name, partition.partition_index})) continue;
      auto& answer = response.topics.items()[place->second].partitions.emplace_back();
      answer.partition_index = partition.partition_index;
      if (!level_known) answer.error_code = ErrorCode::UNKNOWN_SERVER_ERROR;  // Kafka has no other word for a level it does not know
      else if (!allowed) answer.error_code = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
      else if (twice.contains({topic.name, partition.partition_index})) answer.error_code = ErrorCode::INVALID_REQUEST;
      else co_await answer_one(context, topic.name, partition, committed, answer);
    }
  }
  co_return response;
}

}  // namespace evlog::broker
