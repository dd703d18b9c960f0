#include "client/consumer.h"

#include <algorithm>

namespace evlog::client {

ClientResult<std::vector<TopicInfo>> list_topics(rd_kafka_t& rk, int timeout_ms) {
  const rd_kafka_metadata_t* raw = nullptr;
  if (const auto error = rd_kafka_metadata(&rk, 1, nullptr, &raw, timeout_ms)) return std::unexpected(client_error(error));
  const Rd<const rd_kafka_metadata_t> metadata(raw);
  std::vector<TopicInfo> topics;
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const rd_kafka_metadata_topic& topic = metadata->topics[i];
    if (topic.err) continue;
    TopicInfo& info = topics.emplace_back(TopicInfo{topic.topic, {}});
    for (int p = 0; p < topic.partition_cnt; ++p) info.partitions.push_back(topic.partitions[p].id);
    std::ranges::sort(info.partitions);
  }
  std::ranges::sort(topics, {}, &TopicInfo::name);
  return topics;
}

namespace {

std::optional<std::string_view> bytes_of(const void* data, size_t size) {
  if (!data) return std::nullopt;
  return std::string_view(static_cast<const char*>(data), size);
}

void view_headers(const rd_kafka_message_t& message, Record& out) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers)) return;
  const char* name;
  const void* value;
  size_t size;
  for (size_t i = 0; !rd_kafka_header_get_all(headers, i, &name, &value, &size); ++i) {
    out.headers.push_back({name, bytes_of(value, size)});
  }
}

}  // namespace

void view_message(const rd_kafka_message_t& message, Record& out) {
  out.clear();
  out.topic = rd_kafka_topic_name(message.rkt);
  out.partition = message.partition;
  out.offset = message.offset;
  rd_kafka_timestamp_type_t type;
  out.timestamp_ms = rd_kafka_message_timestamp(&message, &type);
  out.timestamp_type = type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME ? "append" : type == RD_KAFKA_TIMESTAMP_CREATE_TIME ? "create" : "none";
  out.key = bytes_of(message.key, message.key_len);
  out.value = bytes_of(message.payload, message.len);
  view_headers(message, out);
}

void MessageBatch::clear() {
  for (rd_kafka_message_t* message : messages_) rd_kafka_message_destroy(message);
  messages_.clear();
}

namespace {

Settings reader_settings(const Settings& settings) {
  Settings all{.brokers = settings.brokers, .properties = {{"enable.partition.eof", "true"}, {"allow.auto.create.topics", "false"},
      {"isolation.level", "read_committed"}, {"fetch.wait.max.ms", "100"}, {"queued.max.messages.kbytes", "65536"},
      {"fetch.error.backoff.ms", "50"}}};
  all.properties.insert(all.properties.end(), settings.properties.begin(), settings.properties.end());
  return all;
}

Result<Rd<rd_kafka_t>> open_reader(const Settings& settings, Events& events) {
  auto conf = make_conf(settings, events);
  if (!conf) return fail(conf.error());
  return make_client(RD_KAFKA_CONSUMER, std::move(*conf));
}

}  // namespace

Result<std::unique_ptr<Consumer>> Consumer::open(const Settings& settings) {
  auto consumer = std::make_unique<Consumer>();
  auto rk = open_reader(reader_settings(settings), consumer->events_);
  if (!rk) return fail(rk.error());
  consumer->rk_ = std::move(*rk);
  consumer->queue_.reset(rd_kafka_queue_new(consumer->rk_.get()));
  return consumer;
}

Consumer::~Consumer() {
  batch_.clear();
  for (const auto& [topic, partition] : started_) rd_kafka_consume_stop(topic, partition);
  topics_.clear();
}

ClientError Consumer::start(std::span<const PartitionRange> ranges) {
  for (const PartitionRange& range : ranges) {
    Rd<rd_kafka_topic_t>& topic = topics_[range.topic];
    if (!topic) topic.reset(rd_kafka_topic_new(rk_.get(), range.topic.c_str(), nullptr));
    if (!topic || rd_kafka_consume_start_queue(topic.get(), range.partition, range.start, queue_.get())) {
      return client_error(rd_kafka_last_error());
    }
    started_.emplace_back(topic.get(), range.partition);
  }
  return {};
}

std::span<rd_kafka_message_t* const> Consumer::poll(int timeout_ms) {
  batch_.clear();
  auto& raw = batch_.raw();
  raw.resize(MessageBatch::messages_max);
  const auto take = [&](int wait_ms, size_t from, size_t most) {
    return static_cast<size_t>(std::max<ssize_t>(rd_kafka_consume_batch_queue(queue_.get(), wait_ms, raw.data() + from, most), 0));
  };
  // librdkafka waits until the batch is full or the time is over: only the first record may be waited for.
  size_t count = take(0, 0, raw.size());
  if (count == 0 && timeout_ms > 0) count = take(timeout_ms, 0, 1);
  if (count == 1) count += take(0, 1, raw.size() - 1);
  raw.resize(count);
  rd_kafka_poll(rk_.get(), 0);
  return batch_.messages();
}

Result<std::unique_ptr<GroupConsumer>> GroupConsumer::open(const Settings& settings, std::string_view group) {
  auto consumer = std::make_unique<GroupConsumer>();
  consumer->events_.consumer = consumer.get();
  Settings all = reader_settings(settings);
  all.properties.emplace_back("group.id", group);
  all.properties.emplace_back("enable.auto.offset.store", "false");
  if (!settings.find("auto.offset.reset")) all.properties.emplace_back("auto.offset.reset", "earliest");
  const std::string* commits = settings.find("enable.auto.commit");
  consumer->commits_ = !commits || *commits != "false";
  all.properties.emplace_back("enable.auto.commit", "false");  // commit() is ours: after the records were written out
  auto conf = make_conf(all, consumer->events_);
  if (!conf) return fail(conf.error());
  rd_kafka_conf_set_rebalance_cb(conf->get(), on_rebalance);
  auto rk = make_client(RD_KAFKA_CONSUMER, std::move(*conf));
  if (!rk) return fail(rk.error());
  consumer->rk_ = std::move(*rk);
  rd_kafka_poll_set_consumer(consumer->rk_.get());
  return consumer;
}

GroupConsumer::~GroupConsumer() {
  batch_.clear();
  if (rk_) close();
}

ClientError GroupConsumer::subscribe(std::span<const std::string> topics) {
  const Rd<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
  for (const std::string& topic : topics) rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
  return client_error(rd_kafka_subscribe(rk_.get(), list.get()));
}

std::span<rd_kafka_message_t* const> GroupConsumer::poll(int timeout_ms) {
  batch_.clear();
  while (batch_.raw().size() < MessageBatch::messages_max) {
    rd_kafka_message_t* const message = rd_kafka_consumer_poll(rk_.get(), batch_.raw().empty() ? timeout_ms : 0);
    if (!message) break;
    batch_.raw().push_back(message);
  }
  return batch_.messages();
}

void GroupConsumer::handled(std::string_view topic, int32_t partition, int64_t next_offset) {
  auto found = handled_.find(topic);
  if (found == handled_.end()) found = handled_.emplace(std::string(topic), std::map<int32_t, int64_t>()).first;
  found->second[partition] = next_offset;
}

ClientError GroupConsumer::commit() {
  if (handled_.empty() || !commits_) return {};
  const Rd<rd_kafka_topic_partition_list_t> list(rd_kafka_topic_partition_list_new(static_cast<int>(handled_.size())));
  for (const auto& [topic, partitions] : handled_)
    for (const auto& [partition, offset] : partitions)
      rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset = offset;
  handled_.clear();
  const auto error = rd_kafka_commit(rk_.get(), list.get(), 0);
  return error == RD_KAFKA_RESP_ERR__NO_OFFSET ? ClientError{} : client_error(error);
}

void GroupConsumer::close() {
  if (closed_) return;
  closed_ = true;
  commit();
  rd_kafka_consumer_close(rk_.get());
}

void GroupConsumer::on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions, void* opaque) {
  static_cast<Shared*>(static_cast<Events*>(opaque))->consumer->rebalance(code, *partitions);
}

// Cooperative assignors add to and take from what there is; the others replace it.
void GroupConsumer::rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t& partitions) {
  const bool cooperative = std::string_view(rd_kafka_rebalance_protocol(rk_.get())) == "COOPERATIVE";
  if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
    if (on_assigned) on_assigned(partitions);
    if (cooperative) { if (auto* error = rd_kafka_incremental_assign(rk_.get(), &partitions)) rd_kafka_error_destroy(error); }
    else rd_kafka_assign(rk_.get(), &partitions);
    return;
  }
  if (code == RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS && !rd_kafka_assignment_lost(rk_.get())) commit();
  if (on_revoked) on_revoked(partitions);
  if (cooperative) { if (auto* error = rd_kafka_incremental_unassign(rk_.get(), &partitions)) rd_kafka_error_destroy(error); }
  else rd_kafka_assign(rk_.get(), nullptr);
}

}  // namespace evlog::client
