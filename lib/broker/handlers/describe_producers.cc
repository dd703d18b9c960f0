// DescribeProducers: what a partition remembers of those that wrote to it with sequence numbers. An open transaction that never ends
// (it holds back every read_committed consumer) is found here by its first offset.
#include "broker/broker.h"
#include "broker/handlers/handlers.h"
#include "broker/partitions.h"
#include "cluster/names.h"

namespace evlog::broker {
namespace {

using Request = wire::DescribeProducersRequest;
using Response = wire::DescribeProducersResponse;
using Answer = Response::Topic::Partition;

// What is wrong with the whole topic.
Result<const cluster::TopicView*> find_topic(Context& context, std::string_view name) {
  if (auto good = cluster::check_topic_name(name); !good) return fail(std::move(good.error()));
  if (!context.authorize(auth::Operation::read, auth::ResourceType::topic, name)) return fail(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  const auto* topic = context.image().topic(name);
  if (!topic) return fail(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  return topic;
}

void describe(const log::ProducerState& producers, Answer& out) {
  for (const auto& [id, entry] : producers.entries()) {
    auto& producer = out.active_producers.emplace_back();
    producer.producer_id = id.value();
    producer.producer_epoch = entry.epoch.value();
    producer.last_sequence = entry.last() ? entry.last()->last_sequence : record::sequence_none;
    producer.last_timestamp = entry.last_timestamp_ms;
    producer.coordinator_epoch = entry.coordinator_epoch;
    producer.current_txn_start_offset = entry.transaction_first_offset.value();
  }
}

void answer_one(Broker& broker, const cluster::TopicView& topic, int32_t index, Answer& out) {
  if (!topic.partition(index)) {
    out.error_code = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    return;
  }
  const auto* partition = broker.partitions->find(topic.id, index);
  const auto leads = partition ? partition->check_leader(std::nullopt) : Result<void>(fail(ErrorCode::NOT_LEADER_OR_FOLLOWER));
  if (leads) describe(partition->log().producers(), out);
  else out.error_code = leads.error().code;
}

}  // namespace

io::task<Response> describe_producers(Context& context, const Request& request) {
  Response response;
  for (const auto& asked : request.topics) {
    auto& out = response.topics.emplace_back();
    out.name = asked.name;
    const auto topic = find_topic(context, asked.name);
    for (const int32_t index : asked.partition_indexes) {
      auto& partition = out.partitions.emplace_back();
      partition.partition_index = index;
      if (topic) {
        answer_one(context.broker(), **topic, index, partition);
      } else {
        partition.error_code = topic.error().code;
        partition.error_message = context.keep(topic.error().message);
      }
    }
  }
  co_return response;
}

}  // namespace evlog::broker
