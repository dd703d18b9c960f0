// Tellers write transactions without a coordinator: batches by Produce 11, which asks none when it need not be verified, one under way
// at a time and sent again until it is acknowledged; then the decision, as a marker for each partition, sent again likewise. Each
// transaction has an epoch of its own (transaction version 2), so that what the network brings late is refused.
// Auditors read the same topic as read_committed consumers do.
#include <queue>

#include "cluster/ledger.h"
#include "cluster/scene.h"
#include "record/control_record.h"
#include "record/record.h"

namespace evlog::cluster_test {
namespace {

const std::string topic_ledger = "ledger";
constexpr int32_t ledger_partitions = 2;
constexpr int16_t produce_unverified_max = 11, transaction_version = 2;

class Teller final : public Client {
 public:
  Teller(Scene& scene, io::Loop& loop, std::string name) : Client(scene, loop, std::move(name)) { begin(run()); }

 private:
  io::task<void> run() override {
    ++scene_.tellers_busy;
    while (!co_await create() && !over()) co_await think();
    while (!scene_.winding_down && !over()) {
      if (!co_await take_id()) continue;
      for (auto left = random().between(3, 30); left > 0 && !scene_.winding_down && !over(); --left) co_await transact();
    }
    --scene_.tellers_busy;
  }

  bool over() const { return scene_.world.failure().has_value(); }

  io::task<bool> create() {
    wire::CreateTopicsRequest request;
    request.timeout_ms = static_cast<int32_t>(patience() / milliseconds(1));
    auto& topic = request.topics.emplace_back();
    topic.name = topic_ledger;
    topic.num_partitions = ledger_partitions;
    topic.replication_factor = 1;
    for (const auto& [key, value] : scene_.plan.ledger) {
      auto& config = topic.configs.emplace_back();
      config.name = key;
      config.value = value;
    }
    const auto made = co_await rpc_.call<wire::CreateTopicsResponse>(7, request, patience());
    const ErrorCode code = made && !made->message.topics.empty() ? made->message.topics[0].error_code : ErrorCode::NETWORK_EXCEPTION;
    if (code != ErrorCode::NONE && code != ErrorCode::TOPIC_ALREADY_EXISTS) {
      if (!may_retry(code)) unexpected("CreateTopics", code);
      co_return false;
    }
    wire::MetadataRequest known;
    known.topics->emplace_back().name = topic_ledger;
    const auto answer = co_await rpc_.call<wire::MetadataResponse>(12, known, patience());
    if (!answer || answer->message.topics.empty() || answer->message.topics[0].error_code != ErrorCode::NONE) co_return false;
    scene_.topic_ids[topic_ledger] = answer->message.topics[0].topic_id;
    co_return true;
  }

  io::task<bool> take_id() {
    wire::InitProducerIdRequest request;
    request.transactional_id.reset();
    const auto answer = co_await rpc_.call<wire::InitProducerIdResponse>(version(wire::InitProducerIdRequest::info), request, patience());
    const ErrorCode code = answer ? answer->message.error_code : ErrorCode::NETWORK_EXCEPTION;
    if (code != ErrorCode::NONE) {
      if (!may_retry(code)) unexpected("InitProducerId", code);
      co_await think();
      co_return false;
    }
    id_ = answer->message.producer_id;
    epoch_ = answer->message.producer_epoch;
    scene_.history.producer_id(id_, epoch_);
    co_return true;
  }

  io::task<void> transact() {
    const size_t transaction = scene_.ledger->begin();
    std::map<int32_t, int32_t> sequences;
    for (auto batches = random().between(1, 5); batches > 0 && !over(); --batches) {
      const auto index = static_cast<int32_t>(random().below(ledger_partitions));
      co_await deliver(transaction, index, sequences[index]);
      if (random().chance(0.3)) co_await think();
    }
    const bool commit = random().chance(0.6);
    scene_.ledger->decided(transaction, commit);
    note("{} producer {} epoch {}", commit ? "commits" : "aborts", id_, epoch_);
    while (!sequences.empty() && !over()) {
      co_await mark(commit, sequences);
      if (!sequences.empty()) co_await think();
    }
    if (!over()) scene_.ledger->ended(transaction);
    ++epoch_;
    co_await think();
  }

  // One batch, until it is acknowledged.
  io::task<void> deliver(size_t transaction, int32_t index, int32_t& sequence) {
    const PartitionName where{topic_ledger, index};
    record::BatchBuilder builder({.producer_id = ProducerId(id_), .producer_epoch = ProducerEpoch(epoch_), .base_sequence = sequence, .transactional = true});
    std::vector<std::string> values;
    for (auto count = 1 + random().below(static_cast<uint64_t>(scene_.plan.records_max)); count > 0; --count) {
      std::string value = fmt::format("{}:{}:", name_, ++counter_);
      value.append(random().below(static_cast<uint64_t>(scene_.plan.value_bytes_max)), 't');
      scene_.ledger->sent(transaction, where, value);
      builder.add({.timestamp = to_ms(loop_.wall()), .value = as_bytes(value)});
      values.push_back(std::move(value));
    }
    const Buffer bytes = builder.build();
    while (!over()) {
      const auto offset = co_await produce(index, bytes);
      if (!offset) {
        co_await think();
        continue;
      }
      for (size_t i = 0; i < values.size(); ++i) scene_.ledger->acknowledged(where, *offset + static_cast<int64_t>(i), values[i]);
      sequence += static_cast<int32_t>(values.size());
      co_return;
    }
  }

  io::task<std::optional<int64_t>> produce(int32_t index, const Buffer& bytes) {
    wire::ProduceRequest request;
    request.transactional_id = name_;
    request.acks = -1;
    request.timeout_ms = static_cast<int32_t>(patience() / milliseconds(1));
    auto& topic = request.topic_data.emplace_back();
    topic.name = topic_ledger;
    auto& partition = topic.partition_data.emplace_back();
    partition.index = index;
    partition.records = wire::Records{.bytes = bytes.bytes()};
    const auto v = static_cast<int16_t>(random().between(wire::ProduceRequest::info.versions.min, produce_unverified_max));
    const auto answer = co_await rpc_.call<wire::ProduceResponse>(v, request, patience());
    if (!answer) co_return std::nullopt;
    const auto got = answer->message.responses[0].partition_responses[0];
    count_error("transactional produce", got.error_code);
    note("produces to {}-{}, epoch {}: {} at {}", topic_ledger, index, epoch_, error_name(got.error_code), got.base_offset);
    if (got.error_code == ErrorCode::NONE) co_return got.base_offset;
    if (!may_retry(got.error_code)) unexpected("Produce in a transaction", got.error_code);
    co_return std::nullopt;
  }

  // A marker for each partition that has none yet; those acknowledged are taken off.
  io::task<void> mark(bool commit, std::map<int32_t, int32_t>& partitions) {
    wire::WriteTxnMarkersRequest request;
    auto& marker = request.markers.emplace_back();
    marker.producer_id = id_;
    marker.producer_epoch = static_cast<int16_t>(epoch_ + 1);
    marker.transaction_result = commit;
    marker.transaction_version = transaction_version;
    auto& topic = marker.topics.emplace_back();
    topic.name = topic_ledger;
    for (const auto& [index, sequence] : partitions) topic.partition_indexes.push_back(index);
    const auto answer = co_await rpc_.call<wire::WriteTxnMarkersResponse>(2, request, patience());
    if (!answer) co_return;
    for (const auto& answered : answer->message.markers)
      for (const auto& named : answered.topics)
        for (const auto& got : named.partitions) {
          count_error("marker", got.error_code);
          if (got.error_code == ErrorCode::NONE) partitions.erase(got.partition_index);
          else if (!may_retry(got.error_code)) unexpected("WriteTxnMarkers", got.error_code);
        }
  }

  int64_t id_ = -1;
  int16_t epoch_ = 0;
  int64_t counter_ = 0;
};

class Auditor final : public Client {
 public:
  Auditor(Scene& scene, io::Loop& loop, std::string name) : Client(scene, loop, std::move(name)) { begin(run()); }

 private:
  struct Position { int64_t next = 0; Ledger::Told told; };

  io::task<void> run() override {
    while (!scene_.topic_ids.contains(topic_ledger)) {
      if (scene_.winding_down && scene_.tellers_busy == 0) co_return;  // there never was one
      co_await think();
    }
    for (int32_t index = 0; index < ledger_partitions; ++index) positions_[index] = {};
    while (!scene_.world.failure()) {
      // Asked before: what is read then has all that was written.
      const bool last = scene_.winding_down && scene_.tellers_busy == 0;
      const bool answered = co_await fetch();
      if (last && answered && at_end()) break;
      if (!last && random().chance(0.02)) positions_[static_cast<int32_t>(random().below(ledger_partitions))].next = 0;
      if (random().chance(0.5)) co_await think();
    }
    for (const auto& [index, position] : positions_) scene_.ledger->check_all({topic_ledger, index}, content_[index]);
  }

  bool at_end() const {
    return std::ranges::all_of(positions_, [](const auto& one) { return one.second.next == one.second.told.high_watermark; });
  }

  io::task<bool> fetch() {
    wire::FetchRequest request;
    request.max_wait_ms = static_cast<int32_t>(random().below(static_cast<uint64_t>(patience() / milliseconds(2))));
    request.min_bytes = static_cast<int32_t>(random().below(3));
    request.max_bytes = static_cast<int32_t>(random().between(1, 100'000));
    request.isolation_level = 1;
    request.session_epoch = -1;
    auto& topic = request.topics.emplace_back();
    topic.topic = topic_ledger;
    topic.topic_id = scene_.topic_ids[topic_ledger];
    for (const auto& [index, position] : positions_) {
      auto& partition = topic.partitions.emplace_back();
      partition.partition = index;
      partition.fetch_offset = position.next;
      partition.partition_max_bytes = static_cast<int32_t>(random().between(1, 50'000));
    }
    const auto answer = co_await rpc_.call<wire::FetchResponse>(version(wire::FetchRequest::info), request, patience() * 2);
    if (!answer) co_return false;
    bool good = answer->message.error_code == ErrorCode::NONE;
    for (const auto& answered : answer->message.responses)
      for (const auto& partition : answered.partitions) good = take(partition) && good;
    co_return good;
  }

  bool take(const wire::FetchResponse::Topic::Partition& partition) {
    count_error("audit", partition.error_code);
    if (partition.error_code != ErrorCode::NONE) {
      if (!may_retry(partition.error_code)) unexpected("Fetch as read_committed", partition.error_code);
      return false;
    }
    const PartitionName where{topic_ledger, partition.partition_index};
    Position& position = positions_[where.index];
    const Ledger::Told now{partition.last_stable_offset, partition.high_watermark};
    scene_.ledger->stable(where, position.told, now);
    position.told = now;
    if (partition.records) take_batches(where, position, partition);
    return true;
  }

  // As every read_committed client does: a producer's records are left out from where its aborted transaction began to its marker.
  void take_batches(const PartitionName& where, Position& position, const wire::FetchResponse::Topic::Partition& partition) {
    std::multimap<int64_t, int64_t> aborted;  // first offset, producer
    if (partition.aborted_transactions)
      for (const auto& one : *partition.aborted_transactions) aborted.emplace(one.first_offset, one.producer_id);
    std::set<int64_t> left_out;
    record::BatchIterator batches(partition.records->bytes);
    while (const auto batch = batches.next()) {
      for (; !aborted.empty() && aborted.begin()->first <= batch->last_offset().value(); aborted.erase(aborted.begin())) left_out.insert(aborted.begin()->second);
      if (batch->last_offset().value() >= position.told.last_stable)
        return scene_.world.fail(fmt::format("{}: {} of {} is given out beyond the last stable offset {}", name_, batch->last_offset().value(), where.text(), position.told.last_stable));
      if (batch->is_control()) take_marker(*batch, left_out);
      else if (!left_out.contains(batch->producer_id().value())) take_records(where, position, *batch);
      position.next = std::max(position.next, batch->next_offset().value());
    }
  }

  void take_marker(const record::BatchView& batch, std::set<int64_t>& left_out) {
    record::RecordIterator records(batch);
    const auto record = records.next();
    const auto marker = record ? record::read_end_transaction(*record) : Result<record::EndTransactionMarker>(fail(ErrorCode::INVALID_RECORD));
    if (!marker) return scene_.world.fail(fmt::format("{}: no marker in the control batch at {}", name_, batch.base_offset().value()));
    if (!marker->commit) left_out.erase(batch.producer_id().value());
  }

  void take_records(const PartitionName& where, const Position& position, const record::BatchView& batch) {
    record::RecordIterator records(batch);
    while (const auto record = records.next()) {
      if (record->offset.value() < position.next) continue;
      const std::string value(as_text(record->value.value_or(Bytes{})));
      scene_.ledger->seen(where, record->offset.value(), value);
      content_[where.index][record->offset.value()] = value;
    }
  }

  std::map<int32_t, Position> positions_;
  std::map<int32_t, std::map<int64_t, std::string>> content_;
};

}  // namespace

std::unique_ptr<io::sim::Process> make_teller(Scene& scene, io::Loop& loop, std::string name) {
  return std::make_unique<Teller>(scene, loop, std::move(name));
}
std::unique_ptr<io::sim::Process> make_auditor(Scene& scene, io::Loop& loop, std::string name) {
  return std::make_unique<Auditor>(scene, loop, std::move(name));
}

}  // namespace evlog::cluster_test
