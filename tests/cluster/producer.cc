// Producers. The idempotent one keeps several batches of one partition under way and sends what was not answered again, in order, on a
// new connection if need be, until all of it is acknowledged. The plain one sends once, with any acks, and goes on.
#include <deque>

#include "cluster/scene.h"
#include "record/record.h"

namespace evlog::cluster_test {
namespace {

using wire::ProduceRequest;
using wire::ProduceResponse;

struct Batch {
  std::vector<std::string> values;
  int32_t base_sequence = record::sequence_none;
  Buffer bytes;
  int32_t correlation = 0;
  bool acknowledged = false;
  uint64_t life_first = 0;   // of the broker, when this was sent first
  uint64_t losses = 0;       // when it was sent last
  bool alone_first = false;  // and whether nothing else was under way then
};

class Producer : public Client {
 public:
  using Client::Client;

 protected:
  PartitionName any_partition() {
    return {topic_main, static_cast<int32_t>(random().below(static_cast<uint64_t>(scene_.plan.partitions)))};
  }

  Batch make_batch(const PartitionName& where, record::BatchOptions options, bool idempotent) {
    static constexpr std::array codecs{record::Compression::none, record::Compression::none, record::Compression::lz4, record::Compression::gzip};
    options.compression = codecs[random().below(codecs.size())];
    Batch batch;
    batch.base_sequence = options.base_sequence;
    record::BatchBuilder builder(options);
    const auto count = 1 + random().below(static_cast<uint64_t>(scene_.plan.records_max));
    for (uint64_t i = 0; i < count; ++i) {
      std::string value = fmt::format("{}.{}:{}:", name_, producer_number_, ++counter_);
      value.append(random().below(static_cast<uint64_t>(scene_.plan.value_bytes_max)), static_cast<char>('a' + counter_ % 26));
      scene_.history.sent(where, value, idempotent);
      builder.add({.timestamp = to_ms(loop_.wall()), .value = as_bytes(value)});
      batch.values.push_back(std::move(value));
    }
    batch.bytes = builder.build();
    return batch;
  }

  void send(Batch& batch, const PartitionName& where, int16_t acks, int16_t version) {
    ProduceRequest request;
    request.acks = acks;
    request.timeout_ms = static_cast<int32_t>(patience() / milliseconds(1));
    auto& topic = request.topic_data.emplace_back();
    topic.name = where.topic;
    topic.topic_id = scene_.topic_ids[where.topic];
    auto& partition = topic.partition_data.emplace_back();
    partition.index = where.index;
    partition.records = wire::Records{.bytes = batch.bytes.bytes()};
    batch.losses = scene_.history.losses();
    batch.correlation = rpc_.send(version, request, acks != 0);
    note("produces {} records to {}, sequence {}, acks {}, request {}", batch.values.size(), where.text(), batch.base_sequence, acks, batch.correlation);
  }

  // The one partition's answer.
  io::task<std::optional<ProduceResponse::Topic::Partition>> receive(const Batch& batch, int16_t version) {
    auto answer = co_await rpc_.receive<ProduceResponse>(version, batch.correlation, patience());
    if (!answer) co_return std::nullopt;
    if (answer->message.responses.size() != 1 || answer->message.responses[0].partition_responses.size() != 1) {
      scene_.world.fail(fmt::format("{}: produce of one partition is answered with another number", name_));
      co_return std::nullopt;
    }
    auto partition = answer->message.responses[0].partition_responses[0];
    partition.record_errors.clear();
    partition.error_message.reset();
    count_error("produce", partition.error_code);
    note("request {} is answered {} at {}", batch.correlation, error_name(partition.error_code), partition.base_offset);
    co_return partition;
  }

  void acknowledge(const Batch& batch, const PartitionName& where, int64_t base_offset) {
    for (size_t i = 0; i < batch.values.size(); ++i)
      scene_.history.acknowledged(where, base_offset + static_cast<int64_t>(i), batch.values[i], batch.losses);
  }

  int producer_number_ = 0;
  int64_t counter_ = 0;
};

class IdempotentProducer final : public Producer {
 public:
  IdempotentProducer(Scene& scene, io::Loop& loop, std::string name) : Producer(scene, loop, std::move(name)) { begin(run()); }

 private:
  io::task<void> run() override {
    while (!scene_.winding_down) {
      if (!co_await take_id()) continue;
      ++producer_number_;
      sequences_.clear();
      abandoned_ = false;
      for (auto left = random().between(5, 60); left > 0 && !scene_.winding_down && !abandoned_; --left) {
        co_await round(any_partition());
        co_await think();
      }
    }
  }

  io::task<bool> take_id() {
    wire::InitProducerIdRequest request;
    request.transactional_id.reset();
    const int16_t v = version(wire::InitProducerIdRequest::info);
    const auto answer = co_await rpc_.call<wire::InitProducerIdResponse>(v, request, patience());
    const ErrorCode code = answer ? answer->message.error_code : ErrorCode::NETWORK_EXCEPTION;
    count_error("init_producer_id", code);
    if (code != ErrorCode::NONE) {
      if (!may_retry(code)) unexpected("InitProducerId", code);
      co_await think();
      co_return false;
    }
    id_ = ProducerId(answer->message.producer_id);
    losses_at_id_ = scene_.history.losses();
    epoch_ = ProducerEpoch(answer->message.producer_epoch);
    scene_.history.producer_id(id_.value(), epoch_.value());
    co_return true;
  }

  // Some batches of one partition, until all are acknowledged.
  io::task<void> round(PartitionName where) {
    int32_t& sequence = sequences_[where.index];
    std::deque<Batch> pending;
    // The first batch of a producer goes alone: a broker that has lost nothing has no state of it yet to judge a second one by.
    const auto count = sequence == 0 ? 1 : 1 + random().below(static_cast<uint64_t>(scene_.plan.in_flight_max));
    for (uint64_t i = 0; i < count; ++i) {
      pending.push_back(make_batch(where, {.producer_id = id_, .producer_epoch = epoch_, .base_sequence = sequence}, true));
      sequence = record::sequence_plus(sequence, static_cast<int32_t>(pending.back().values.size()));
    }
    while (!pending.empty() && !abandoned_ && !scene_.world.failure()) {
      co_await deliver(where, pending);
      std::erase_if(pending, [](const Batch& batch) { return batch.acknowledged; });
      if (!pending.empty()) co_await think();
    }
  }

  io::task<void> deliver(const PartitionName& where, std::deque<Batch>& pending) {
    if (!co_await rpc_.open()) co_return;
    const int16_t v = version(ProduceRequest::info);
    for (Batch& batch : pending) {
      if (batch.life_first == 0) batch.life_first = broker_life(), batch.alone_first = pending.size() == 1;
      send(batch, where, -1, v);
    }
    bool all_before = true;
    for (Batch& batch : pending) {
      const auto answer = co_await receive(batch, v);
      if (!answer) {
        rpc_.close();
        co_return;
      }
      judge(batch, where, *answer, all_before);
      if (abandoned_) co_return rpc_.close();
      all_before = all_before && batch.acknowledged;
    }
  }

  void judge(Batch& batch, const PartitionName& where, const ProduceResponse::Topic::Partition& answer, bool all_before) {
    const ErrorCode code = answer.error_code;
    if (code == ErrorCode::NONE) {
      acknowledge(batch, where, answer.base_offset);
      batch.acknowledged = true;
    } else if (code == ErrorCode::DUPLICATE_SEQUENCE_NUMBER) {
      for (const auto& value : batch.values) scene_.history.acknowledged_somewhere(where, value);
      batch.acknowledged = true;
    } else if (code == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER) {
      // Natural behind a batch that was refused; never where everything before is acknowledged. One exception: Kafka's snapshot
      // of producers has only the last batch of each, so a broker that restarted may know no more of those sent with it.
      // And what was only in memory may be gone with all that is known of its producers; so may what was deleted.
      const bool lost = scene_.history.losses() != losses_at_id_;
      const bool forgotten = broker_life() != batch.life_first && (!batch.alone_first || scene_.plan.trims || scene_.plan.retained);
      abandoned_ = all_before && (lost || forgotten);
      if (all_before && !abandoned_)
        scene_.world.fail(fmt::format("{}: sequence {} of {} is out of order though all before it is acknowledged", name_, batch.base_sequence, where.text()));
    } else if (!may_retry(code)) {
      unexpected("Produce", code);
    }
  }

  uint64_t broker_life() { return scene_.world.find("broker")->life; }

  bool abandoned_ = false;   // this id is of no use any more
  uint64_t losses_at_id_ = 0;
  ProducerId id_;
  ProducerEpoch epoch_;
  std::map<int32_t, int32_t> sequences_;
};

class PlainProducer final : public Producer {
 public:
  PlainProducer(Scene& scene, io::Loop& loop, std::string name) : Producer(scene, loop, std::move(name)) { begin(run()); }

 private:
  io::task<void> run() override {
    while (!scene_.winding_down) {
      const auto acks = static_cast<int16_t>(random().between(-1, 1));
      co_await once(any_partition(), acks);
      co_await think();
    }
  }

  io::task<void> once(PartitionName where, int16_t acks) {
    if (!co_await rpc_.open()) co_return;
    Batch batch = make_batch(where, {}, false);
    const int16_t v = version(ProduceRequest::info);
    send(batch, where, acks, v);
    if (acks == 0) co_return;
    const auto answer = co_await receive(batch, v);
    if (!answer) co_return rpc_.close();
    if (answer->error_code == ErrorCode::NONE) acknowledge(batch, where, answer->base_offset);
    else if (!may_retry(answer->error_code)) unexpected("Produce", answer->error_code);
  }
};

}  // namespace

std::unique_ptr<io::sim::Process> make_idempotent_producer(Scene& scene, io::Loop& loop, std::string name) {
  return std::make_unique<IdempotentProducer>(scene, loop, std::move(name));
}
std::unique_ptr<io::sim::Process> make_plain_producer(Scene& scene, io::Loop& loop, std::string name) {
  return std::make_unique<PlainProducer>(scene, loop, std::move(name));
}

}  // namespace evlog::cluster_test
