// Produce: batches in, durable, offsets out.
//
// 1. Take a place in the append queue of every partition named, in the order of the request.
// 2. For each partition: rights, existence, the checks of record/verify.h; then the batch, rewritten in the receive buffer, takes
//    its place in the log's queue. A batch that must be unpacked to be judged, or recompressed, is judged on the pool.
// 3. Everything is placed: the next produce of this connection may begin.
// 4. acks=0: no answer (an error closes the connection, as in Kafka). Otherwise wait until durable as acks asks, at most timeout.ms.
// Ways to fail: every refusal is one partition's; the others of the request go on.
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <vector>

#include "broker/broker.h"
#include "broker/endpoints.h"
#include "broker/handlers/handlers.h"
#include "broker/partitions.h"
#include "broker/unsupported.h"
#include "cluster/names.h"
#include "record/verify.h"

namespace evlog::broker {
namespace {

using partition::Acks;
using partition::AppendTurns;
using partition::InUse;
using partition::Partition;

constexpr int16_t version_topic_ids = 13;
constexpr int16_t version_leader_hints = 10;
constexpr int16_t version_adds_partitions = 12;
constexpr std::string_view admin_client_id = "__admin_client";  // Kafka lets it write internal topics

// One partition of the request on its way.
struct Item {
  std::string topic;
  Uuid topic_id;
  int32_t index = 0;
  Bytes records;
  Partition* partition = nullptr;
  std::optional<InUse> in_use;           // keeps `partition` while we wait
  std::optional<AppendTurns::Place> place;
  std::optional<Partition::Appended> appended;
  ErrorCode error = ErrorCode::NONE;
  std::optional<std::string> message;
  std::vector<record::RecordError> record_errors;
  int64_t log_start = -1;
  int64_t append_time_ms = -1;

  void refuse(ErrorCode code) { error = code; }
};

bool valid_acks(int16_t acks) { return acks >= -1 && acks <= 1; }

void find_topic(Context& context, Item& item) {
  if (context.version() < version_topic_ids) return;
  if (const auto* topic = context.image().topic(item.topic_id)) item.topic = topic->name;
  else item.refuse(ErrorCode::UNKNOWN_TOPIC_ID);
}

void find_partition(Context& context, Item& item) {
  if (item.error != ErrorCode::NONE) return;
  if (!context.authorize(auth::Operation::write, auth::ResourceType::topic, item.topic)) return item.refuse(ErrorCode::TOPIC_AUTHORIZATION_FAILED);
  const auto* topic = context.image().topic(item.topic);
  if (!topic || !topic->partition(item.index)) return item.refuse(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  if (cluster::is_internal_topic(item.topic) && context.info().client_id != admin_client_id) return item.refuse(ErrorCode::INVALID_TOPIC_EXCEPTION);
  item.partition = context.broker().partitions->find(topic->id, item.index);
  if (!item.partition) return item.refuse(ErrorCode::NOT_LEADER_OR_FOLLOWER);
  item.in_use.emplace(*item.partition);
  item.place.emplace(item.partition->append_turns());
}

// Filled item by item: an Item never moves, what it holds points at itself. Of a partition that is named twice only the later batch
// counts, as in Kafka.
void list_items(Context& context, const wire::ProduceRequest& request, std::deque<Item>& items) {
  std::map<std::tuple<std::string_view, Uuid, int32_t>, Item*> places;
  for (const auto& topic : request.topic_data) {
    for (const auto& partition : topic.partition_data) {
      const auto [place, is_new] = places.try_emplace({topic.name, topic.topic_id, partition.index}, nullptr);
      if (!is_new) {
        place->second->records = partition.records ? partition.records->bytes : Bytes{};
        continue;
      }
      Item& item = *(place->second = &items.emplace_back());
      item.topic = topic.name;
      item.topic_id = topic.topic_id;
      item.index = partition.index;
      if (partition.records) item.records = partition.records->bytes;
      find_topic(context, item);
      find_partition(context, item);
    }
  }
}

record::ProduceRules rules_for(const Context& context, const Item& item, const std::string& name) {
  const auto& config = item.partition->config();
  return {.produce_version = context.version(),
          .partition = name,
          .batch_bytes_max = static_cast<size_t>(config.max_message_bytes),
          .compacted = config.cleanup_compact,
          .timestamp_type = config.message_timestamp_type == config::TimestampType::log_append_time ? record::TimestampType::log_append_time
                                                                                                  : record::TimestampType::create_time,
          .timestamp_before_max_ms = config.message_timestamp_before_max_ms,
          .timestamp_after_max_ms = config.message_timestamp_after_max_ms,
          .check_everything = config.validate_compressed,
          .decompressed_bytes_max = std::max(record::decompressed_bytes_max_usual, static_cast<size_t>(config.max_message_bytes))};
}

// The codec that compression.type asks for, where the batch came in another one.
struct Codec { record::Compression codec; int level; };
std::optional<Codec> codec_wanted(const config::TopicConfig& config, Bytes records) {
  using Wanted = config::TopicCompression;
  std::optional<Codec> wanted;
  switch (config.compression_type) {
    case Wanted::producer: return std::nullopt;
    case Wanted::uncompressed: wanted = {record::Compression::none, record::level_usual}; break;
    case Wanted::gzip: wanted = {record::Compression::gzip, config.compression_gzip_level}; break;
    case Wanted::snappy: wanted = {record::Compression::snappy, record::level_usual}; break;
    case Wanted::lz4: wanted = {record::Compression::lz4, config.compression_lz4_level}; break;
    case Wanted::zstd: wanted = {record::Compression::zstd, config.compression_zstd_level}; break;
  }
  const auto batch = record::parse_batch(records);
  return batch && wanted->codec != batch->compression() ? wanted : std::nullopt;
}

// A batch that may be appended, and where it lies: in the request's frame, or in a buffer of its own where it was recompressed.
struct Admitted {
  record::VerifiedBatch verified;
  std::shared_ptr<Buffer> recompressed;
};
using Admission = std::expected<Admitted, record::Refusal>;

std::unexpected<record::Refusal> refusal(Error error) { return std::unexpected(record::Refusal{.error = std::move(error)}); }

// The size is judged before and behind, as in Kafka.
Admission recompress(record::VerifiedBatch verified, Codec wanted, const record::ProduceRules& rules) {
  auto again = record::recompress(verified.batch, wanted.codec, wanted.level, rules.decompressed_bytes_max);
  if (!again) return refusal(std::move(again.error()));
  if (again->size() > rules.batch_bytes_max) return refusal({ErrorCode::MESSAGE_TOO_LARGE, "the batch is too large in the topic's codec"});
  return Admitted{verified, std::make_shared<Buffer>(std::move(*again))};
}

Admission judge(Bytes records, const record::ProduceRules& rules, std::optional<Codec> wanted, int64_t now_ms) {
  auto verified = record::verify_produced(records, rules, now_ms);
  if (!verified) return std::unexpected(std::move(verified.error()));
  if (wanted) return recompress(*verified, *wanted, rules);
  return Admitted{*verified, nullptr};
}

io::task<Admission> admit(Context& context, Item& item) {
  const std::string name = item.partition->name().text();
  auto rules = rules_for(context, item, name);
  const auto wanted = codec_wanted(item.partition->config(), item.records);
  // What is unpacked anyway is looked at: Kafka builds such a batch anew from its records.
  rules.check_everything = rules.check_everything || wanted;
  const int64_t now_ms = to_ms(context.broker().loop.wall());
  if (!wanted && !record::needs_unpacking(item.records, rules, now_ms)) co_return judge(item.records, rules, wanted, now_ms);
  // The pool's work owns what it touches: this request may be gone before it runs.
  struct Job { std::shared_ptr<Buffer> frame; Bytes records; std::string name; record::ProduceRules rules; std::optional<Admission> result; };
  auto job = std::make_shared<Job>(Job{context.frame(), item.records, name, rules, std::nullopt});
  job->rules.partition = job->name;
  co_await context.broker().loop.offload([job, wanted, now_ms] { job->result = judge(job->records, job->rules, wanted, now_ms); });
  co_return std::move(*job->result);
}

void take_refusal(Context& context, Item& item, record::Refusal refusal) {
  ++context.broker().metrics.batches_rejected;
  item.refuse(refusal.error.code);
  if (refusal.tell_client) item.message = std::move(refusal.error.message);
  item.record_errors = std::move(refusal.record_errors);
  if (refusal.judged) item.log_start = item.partition->log_start_offset().value();
}

// `batch` lies in the frame or in `keep`.
void append(Context& context, Item& item, Acks acks, const record::VerifiedBatch& verified, MutableBytes batch, std::shared_ptr<const void> keep) {
  const auto records = static_cast<uint64_t>(verified.batch.record_count());
  record::stamp_for_append(batch, verified, Offset{0}, item.partition->leader_epoch());
  auto appended = item.partition->append(batch, acks, {.origin = log::AppendOrigin::client}, std::move(keep));
  if (!appended) {
    item.refuse(appended.error().code);
    if (log::is_disk_full(appended.error())) {
      ++context.broker().metrics.disk_full_refusals;
      item.message = appended.error().message;
    }
    item.log_start = item.partition->log_start_offset().value();
    return;
  }
  auto& metrics = context.broker().metrics;
  if (!appended->duplicate) {
    ++metrics.batches_in;
    metrics.records_in += records;
    metrics.produce_bytes_in += batch.size();
  }
  item.log_start = appended->log_start.value();
  item.append_time_ms = appended->log_append_time_ms;
  item.appended = *appended;
}

// While the disk does not keep up the un-synced bytes stay bounded: the batch waits here, and its connection with it, no longer than
// timeout.ms. False when that is over.
io::task<bool> wait_for_room(Context& context, Item& item, int32_t timeout_ms) {
  const MonoTime deadline = context.deadline(std::max(timeout_ms, 0));
  while (!item.partition->log().has_room(item.records.size()) && item.partition->check_leader(std::nullopt))
    if (!co_await item.partition->waiters().durable().wait_until(deadline)) co_return false;
  co_return true;
}

io::task<> place(Context& context, Item& item, Acks acks, int32_t timeout_ms) {
  if (item.error != ErrorCode::NONE) co_return;
  if (!item.place->first()) co_await item.place->wait();
  if (!co_await wait_for_room(context, item, timeout_ms)) {
    item.refuse(ErrorCode::REQUEST_TIMED_OUT);
    co_return;
  }
  if (auto leads = item.partition->check_leader(std::nullopt); !leads) {
    item.refuse(leads.error().code);
    co_return;
  }
  auto admitted = co_await admit(context, item);
  if (!admitted) take_refusal(context, item, std::move(admitted.error()));
  else if (const auto again = admitted->recompressed) append(context, item, acks, admitted->verified, again->mutable_bytes(), again);
  else append(context, item, acks, admitted->verified, context.in_frame(admitted->verified.batch.bytes()), context.frame());
  item.place.reset();
}

// Who writes the transactional batches; -1 for one without a producer.
std::set<std::pair<ProducerId, ProducerEpoch>> transactional_producers(const std::deque<Item>& items) {
  std::set<std::pair<ProducerId, ProducerEpoch>> producers;
  for (const Item& item : items)
    if (const auto batch = record::parse_batch(item.records); batch && batch->is_transactional()) producers.emplace(batch->producer_id(), batch->producer_epoch());
  return producers;
}

// One transactional batch makes the whole request transactional. From version 12 on a batch adds its partition to the transaction,
// and unless the setting says otherwise an older one must have been added: both need a coordinator.
Result<void> check_transaction(Context& context, const wire::ProduceRequest& request, const std::deque<Item>& items) {
  const bool unverified = !context.broker().settings.transaction_verification && context.version() < version_adds_partitions;
  auto producers = transactional_producers(items);
  if (!unverified && (request.transactional_id || !producers.empty())) return fail(transactions_refused, "{}", transactions_refused_text);
  if (producers.empty()) return {};
  const bool allowed = request.transactional_id && context.authorize(auth::Operation::write, auth::ResourceType::transactional_id, *request.transactional_id);
  if (!allowed) return fail(ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED, "");
  std::erase_if(producers, [](const auto& producer) { return producer.first.value() < 0; });
  if (producers.size() > 1) return fail(ErrorCode::INVALID_PRODUCER_ID_MAPPING, "Transactional records contained more than one producer ID");
  return {};
}

void hint_leader(Context& context, const Item& item, wire::ProduceResponse::Topic::Partition& out, wire::ProduceResponse& response) {
  if (item.error != ErrorCode::NOT_LEADER_OR_FOLLOWER || context.version() < version_leader_hints) return;
  const auto* topic = context.image().topic(item.topic);
  const auto* view = topic ? topic->partition(item.index) : nullptr;
  const auto* leader = view ? context.image().broker(view->leader) : nullptr;
  const auto seen = leader ? seen_endpoint(context, *leader) : std::nullopt;
  if (!seen) return;
  out.current_leader = {view->leader.value(), view->leader_epoch.value()};
  for (const auto& known : response.node_endpoints)
    if (known.node_id == view->leader.value()) return;
  response.node_endpoints.push_back({view->leader.value(), seen->host, seen->port, leader->rack ? std::optional<std::string_view>(*leader->rack) : std::nullopt});
}

void answer(Context& context, Item& item, wire::ProduceResponse& response) {
  auto& topics = response.responses.items();
  const bool same = !topics.empty() && (context.version() >= version_topic_ids ? topics.back().topic_id == item.topic_id : topics.back().name == item.topic);
  auto& topic = same ? topics.back() : response.responses.emplace_back();
  topic.name = item.topic;
  topic.topic_id = item.topic_id;
  auto& out = topic.partition_responses.emplace_back();
  out.index = item.index;
  out.error_code = item.error;
  const bool good = item.error == ErrorCode::NONE && item.appended;
  out.base_offset = good ? item.appended->first.value() : -1;
  out.log_append_time_ms = good ? item.append_time_ms : -1;
  out.log_start_offset = item.log_start;
  for (auto& error : item.record_errors) out.record_errors.push_back({error.batch_index, context.keep(std::move(error.message))});
  if (item.message) out.error_message = context.keep(std::move(*item.message));
  hint_leader(context, item, out, response);
}

}  // namespace

io::task<wire::ProduceResponse> produce(Context& context, const wire::ProduceRequest& request) {
  std::deque<Item> items;
  list_items(context, request, items);
  const auto acks = static_cast<Acks>(request.acks);
  const auto transaction = check_transaction(context, request, items);
  for (Item& item : items) {
    if (!transaction) {
      item.refuse(transaction.error().code);
      if (!transaction.error().message.empty()) item.message = transaction.error().message;
    } else if (!valid_acks(request.acks)) {
      item.refuse(ErrorCode::INVALID_REQUIRED_ACKS);
    }
    co_await place(context, item, acks, request.timeout_ms);
    item.place.reset();
  }
  context.placed();

  wire::ProduceResponse response;
  if (request.acks == 0) {
    context.no_answer();
    for (const Item& item : items)
      if (item.error != ErrorCode::NONE) context.close_after();
    co_return response;
  }
  uint64_t bytes = 0;
  for (Item& item : items) {
    bytes += item.records.size();
    if (item.appended) {
      const auto durable = co_await item.partition->wait_durable(*item.appended, acks, context.deadline(std::max(request.timeout_ms, 0)));
      if (!durable) item.refuse(durable.error().code);
    }
    answer(context, item, response);
  }
  response.throttle_time_ms = context.throttle(bytes);
  // The topics' names are views into the items, which die with this coroutine.
  for (auto& topic : response.responses.items()) topic.name = context.keep(std::string(topic.name));
  co_return response;
}

}  // namespace evlog::broker
