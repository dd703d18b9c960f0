// WriteTxnMarkers: the markers that end transactions in the partitions this broker leads. A coordinator sends them; an administrator
// too, for a transaction that hangs (`kafka-transactions abort`).
//
// 1. May the asker alter the cluster, or act for it? Else every partition is refused.
// 2. Each marker takes its place behind what was produced to its partitions before.
// 3. All are placed: wait until each is durable, then answer; a producer named twice is answered once.
// Ways to fail: every refusal is one partition's; the others go on. A marker that repeats one is written again: it ends nothing.
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "broker/broker.h"
#include "broker/handlers/handlers.h"
#include "broker/partitions.h"
#include "record/control_record.h"

namespace evlog::broker {
namespace {

using Request = wire::WriteTxnMarkersRequest;
using Response = wire::WriteTxnMarkersResponse;
using partition::Acks;
using partition::Partition;

constexpr int32_t timeout_ms = 30'000;  // request.timeout.ms of Kafka's brokers

// One marker for one partition on its way.
struct Item {
  int64_t producer_id;
  std::string topic;
  int32_t index;
  Partition* partition = nullptr;
  std::optional<partition::InUse> in_use;  // keeps `partition` while we wait
  std::optional<Partition::Appended> appended;
  ErrorCode error = ErrorCode::NONE;
};

void find_partition(Context& context, Item& item) {
  const auto* topic = context.image().topic(item.topic);
  item.partition = topic && topic->partition(item.index) ? context.broker().partitions->find(topic->id, item.index) : nullptr;
  if (item.partition) item.in_use.emplace(*item.partition);
  else item.error = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
}

std::shared_ptr<Buffer> build(Context& context, const Request::Marker& marker, const config::TopicConfig& topic) {
  const int64_t now_ms = to_ms(context.broker().loop.wall());
  auto batch = std::make_shared<Buffer>(record::build_end_transaction(ProducerId(marker.producer_id), ProducerEpoch(marker.producer_epoch),
                                                                     {marker.transaction_result, marker.coordinator_epoch}, now_ms));
  if (topic.message_timestamp_type == config::TimestampType::log_append_time) record::set_log_append_time(batch->mutable_bytes(), now_ms);
  return batch;
}

// While the disk does not keep up, or a batch before it is judged on the pool, the marker waits, no longer than the timeout.
io::task<> place(Context& context, const Request::Marker& marker, Item& item) {
  Partition& partition = *item.partition;
  partition::AppendTurns::Place turn(partition.append_turns());
  if (!turn.first()) co_await turn.wait();
  const auto batch = build(context, marker, partition.config());
  while (!partition.log().has_room(batch->size()) && partition.check_leader(std::nullopt)) {
    if (co_await partition.waiters().durable().wait_until(context.deadline(timeout_ms))) continue;
    item.error = ErrorCode::REQUEST_TIMED_OUT;
    co_return;
  }
  const log::AppendOptions options{.origin = log::AppendOrigin::coordinator, .transaction_version = marker.transaction_version};
  const auto appended = partition.append(batch->mutable_bytes(), Acks::all, options, batch);
  if (appended) item.appended = *appended;
  else item.error = appended.error().code;
}

// Each partition of the marker once.
io::task<> place_all(Context& context, const Request::Marker& marker, ErrorCode refused, std::deque<Item>& items) {
  std::map<std::pair<std::string_view, int32_t>, bool> seen;
  for (const auto& topic : marker.topics) {
    for (const int32_t index : topic.partition_indexes) {
      if (!seen.emplace(std::pair(topic.name, index), true).second) continue;
      Item& item = items.emplace_back(marker.producer_id, std::string(topic.name), index);
      item.error = refused;
      if (refused == ErrorCode::NONE) find_partition(context, item);
      if (item.partition) co_await place(context, marker, item);
    }
  }
}

// Kafka cannot build a marker of such a producer, and has no other word for the whole request then.
bool possible(const Request& request) {
  for (const auto& marker : request.markers)
    if (marker.producer_id < 0 || marker.producer_epoch < 0) return false;
  return true;
}

ErrorCode check(Context& context, const Request& request) {
  const bool allowed = context.authorize(auth::Operation::alter, auth::ResourceType::cluster, auth::cluster_resource) ||
                       context.authorize(auth::Operation::cluster_action, auth::ResourceType::cluster, auth::cluster_resource);
  if (!allowed) return ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
  return possible(request) ? ErrorCode::NONE : ErrorCode::UNKNOWN_SERVER_ERROR;
}

Response answer(Context& context, const std::deque<Item>& items) {
  std::map<int64_t, std::map<std::string_view, std::map<int32_t, ErrorCode>>> results;
  for (const Item& item : items) results[item.producer_id][item.topic][item.index] = item.error;  // of one named twice the later
  Response response;
  for (const auto& [producer, topics] : results) {
    auto& marker = response.markers.emplace_back();
    marker.producer_id = producer;
    for (const auto& [name, partitions] : topics) {
      auto& topic = marker.topics.emplace_back();
      topic.name = context.keep(std::string(name));
      for (const auto& [index, error] : partitions) {
        auto& partition = topic.partitions.emplace_back();
        partition.partition_index = index;
        partition.error_code = error;
      }
    }
  }
  return response;
}

}  // namespace

io::task<Response> write_txn_markers(Context& context, const Request& request) {
  const ErrorCode refused = check(context, request);
  std::deque<Item> items;  // an Item never moves: what it holds points at itself
  for (const auto& marker : request.markers) co_await place_all(context, marker, refused, items);
  for (Item& item : items) {
    if (!item.appended) continue;
    const auto durable = co_await item.partition->wait_durable(*item.appended, Acks::all, context.deadline(timeout_ms));
    if (!durable) item.error = durable.error().code;
  }
  co_return answer(context, items);
}

}  // namespace evlog::broker
