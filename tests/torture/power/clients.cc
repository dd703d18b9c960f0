#include "torture/power/clients.h"

#include <cstring>

namespace power {

namespace {

constexpr int answer_ms_max = 60'000;
constexpr int silence_ms_max = 60'000;
constexpr uint64_t announced_at_once = 200;
constexpr int in_flight_max = 3000;

Client make(rd_kafka_type_t type, const Properties& properties, void* opaque = nullptr, void (*delivered)(rd_kafka_t*, const rd_kafka_message_t*, void*) = nullptr) {
  char error[512];
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", Server::address, error, sizeof error);
  const auto set = [&](const char* name, const char* value) {
    if (rd_kafka_conf_set(conf, name, value, error, sizeof error) != RD_KAFKA_CONF_OK) power_off();
  };
  const Properties always{{"log_level", "0"}, {"reconnect.backoff.ms", "5"}, {"retry.backoff.ms", "20"}, {"topic.metadata.refresh.fast.interval.ms", "20"}};
  for (const auto& [name, value] : always) set(name, value);
  for (const auto& [name, value] : properties) set(name, value);
  rd_kafka_conf_set_opaque(conf, opaque);
  if (delivered) rd_kafka_conf_set_dr_msg_cb(conf, delivered);
  Client client(rd_kafka_new(type, conf, error, sizeof error));
  if (!client) power_off();
  return client;
}

size_t index_of(const char* topic) {
  size_t i = 0;
  while (std::strcmp(topics[i].name, topic) != 0) ++i;
  return i;
}

size_t flat(Where where) {
  size_t at = 0;
  for (size_t i = 0; i < where.first; ++i) at += static_cast<size_t>(topics[i].partitions);
  return at + static_cast<size_t>(where.second);
}

std::vector<Where> everywhere() {
  std::vector<Where> all;
  for (size_t t = 0; t < topics.size(); ++t) {
    for (int32_t p = 0; p < topics[t].partitions; ++p) all.push_back({t, p});
  }
  return all;
}

rd_kafka_NewTopic_t* described(const Topic& topic) {
  char error[512];
  auto* made = rd_kafka_NewTopic_new(topic.name, topic.partitions, 1, error, sizeof error);
  rd_kafka_NewTopic_set_config(made, "retention.ms", "-1");
  if (topic.small_segments) rd_kafka_NewTopic_set_config(made, "segment.bytes", "1048576");
  if (topic.compacted) {
    rd_kafka_NewTopic_set_config(made, "cleanup.policy", "compact");
    rd_kafka_NewTopic_set_config(made, "min.cleanable.dirty.ratio", "0.01");
  }
  return made;
}

}  // namespace

std::string make_topics() {
  const Client client = make(RD_KAFKA_PRODUCER, {});
  std::vector<rd_kafka_NewTopic_t*> asked;
  for (const Topic& topic : topics) asked.push_back(described(topic));
  rd_kafka_queue_t* queue = rd_kafka_queue_new(client.get());
  rd_kafka_CreateTopics(client.get(), asked.data(), asked.size(), nullptr, queue);
  rd_kafka_event_t* event = rd_kafka_queue_poll(queue, answer_ms_max);
  if (!event || rd_kafka_event_error(event)) return std::string("topics: ") + (event ? rd_kafka_event_error_string(event) : "no answer");
  size_t count = 0;
  const auto** results = rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count);
  for (size_t i = 0; i < count; ++i) {
    const auto error = rd_kafka_topic_result_error(results[i]);
    if (error && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return std::string("topics: ") + rd_kafka_err2str(error);
  }
  rd_kafka_event_destroy(event);
  rd_kafka_NewTopic_destroy_array(asked.data(), asked.size());
  rd_kafka_queue_destroy(queue);
  return {};
}

Reader::Reader(History& history, uint64_t process, const char* f)
    : history_(history),
      process_(process),
      read_(history, f, "ok", process),
      client_(make(RD_KAFKA_CONSUMER, {{"group.id", "reader"}, {"enable.auto.commit", "false"}, {"auto.offset.reset", "error"}, {"enable.partition.eof", "true"},
                                       {"fetch.wait.max.ms", "20"}, {"fetch.error.backoff.ms", "10"}, {"check.crcs", "true"}})),
      next_(everywhere().size()) {
  rd_kafka_poll_set_consumer(client_.get());
  auto* list = rd_kafka_topic_partition_list_new(static_cast<int>(next_.size()));
  for (const Where where : everywhere()) {
    rd_kafka_topic_partition_list_add(list, topics[where.first].name, where.second)->offset = 0;
    history_.assigned(process_, where);
  }
  rd_kafka_assign(client_.get(), list);
  rd_kafka_topic_partition_list_destroy(list);
}

// True when it was a record or an end.
bool Reader::take(rd_kafka_message_t* message) {
  if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
    ++at_end_;
  } else if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || message->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
    error_ = std::string("a reader's offset is out of range: ") + rd_kafka_message_errstr(message);
  } else if (message->err) {
    return false;
  } else {
    const size_t topic = index_of(rd_kafka_topic_name(message->rkt));
    uint64_t value = 0;
    const bool whole = is_payload(topics[topic], {static_cast<const char*>(message->payload), message->len}, value);
    read_.add({topic, message->partition}, whole ? static_cast<int64_t>(value) : -1, message->offset);
    next_[flat({topic, message->partition})] = message->offset + 1;
  }
  return true;
}

std::string Reader::read_all() {
  uint64_t heard = now_ns();
  while (at_end_ < next_.size() && error_.empty()) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client_.get(), 100);
    if (message && take(message)) heard = now_ns();
    if (message) rd_kafka_message_destroy(message);
    if (now_ns() - heard > silence_ms_max * 1'000'000ULL) error_ = "the reader did not reach the end";
  }
  read_.tell();
  return error_;
}

void Reader::read_some() {
  for (int i = 0; i < 200; ++i) {
    rd_kafka_message_t* message = rd_kafka_consumer_poll(client_.get(), 0);
    if (!message) break;
    take(message);
    rd_kafka_message_destroy(message);
  }
  read_.tell();
}

void Reader::tell_ends() {
  for (const Where where : everywhere()) {
    int64_t low = 0, high = 0;
    rd_kafka_get_watermark_offsets(client_.get(), topics[where.first].name, where.second, &low, &high);
    history_.drained(process_, where, high);
  }
}

uint64_t Reader::partitions_with_records() const {
  uint64_t count = 0;
  for (const int64_t next : next_) count += next > 0;
  return count;
}

Sender::Sender(History& history, uint64_t process, bool idempotent, uint64_t seed)
    : history_(history),
      process_(process),
      idempotent_(idempotent),
      random_(seed),
      acked_(history, "send", "ok", process),
      unknown_(history, "send", "info", process),
      client_(idempotent ? make(RD_KAFKA_PRODUCER, {{"enable.idempotence", "true"}, {"linger.ms", "1"}}, this, delivered)
                         : make(RD_KAFKA_PRODUCER, {{"acks", "1"}, {"retries", "0"}, {"max.in.flight", "1"}, {"linger.ms", "1"}}, this, delivered)) {
  for (const Where where : everywhere()) {
    if (idempotent_ == (std::strcmp(topics[where.first].name, "one") != 0)) {
      const uint64_t first = process_ << process_shift;
      places_[where] = {first, first + announced_at_once};
      history_.invoke(process_, where, first, announced_at_once);
    }
  }
  history_.push();
}

bool Sender::is_full() const { return rd_kafka_outq_len(client_.get()) > in_flight_max; }

void Sender::delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* self) {
  auto& sender = *static_cast<Sender*>(self);
  const Where where{index_of(rd_kafka_topic_name(message->rkt)), message->partition};
  const auto value = static_cast<int64_t>(reinterpret_cast<uint64_t>(message->_private));
  if (message->err) {
    sender.unknown_.add(where, value, -1);
  } else {
    sender.acked_.add(where, value, message->offset);
  }
}

void Sender::everywhere_once() {
  for (const auto& [where, place] : places_) send(where, 1);
}

// Mostly a record each for many partitions, which one sync must serve; now and then much for one, so that segments are finished.
void Sender::burst() {
  if (!idempotent_) return send({3, static_cast<int32_t>(random_() % 2)}, 1 + random_() % 10);
  const uint64_t kind = random_() % 10;
  if (kind < 2) return send({1, static_cast<int32_t>(random_() % 2)}, 1 + random_() % 16);
  if (kind < 4) return send({2, static_cast<int32_t>(random_() % 2)}, 1 + random_() % 50);
  for (uint64_t left = 1 + random_() % 64; left > 0; --left) send({0, static_cast<int32_t>(random_() % 64)}, 1 + random_() % 3);
}

void Sender::send(Where where, uint64_t count) {
  Place& place = places_[where];
  const Topic& topic = topics[where.first];
  if (place.next + count > place.announced) {
    history_.invoke(process_, where, place.announced, announced_at_once);
    history_.push();
    place.announced += announced_at_once;
  }
  for (; count > 0; --count) {
    const uint64_t value = place.next++;
    const std::string data = payload(topic, value), key = topic.compacted ? std::to_string(key_of(value)) : "";
    rd_kafka_producev(client_.get(), RD_KAFKA_V_TOPIC(topic.name), RD_KAFKA_V_PARTITION(where.second), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                      RD_KAFKA_V_KEY(key.empty() ? nullptr : key.data(), key.size()), RD_KAFKA_V_VALUE(const_cast<char*>(data.data()), data.size()),
                      RD_KAFKA_V_OPAQUE(reinterpret_cast<void*>(value)), RD_KAFKA_V_END);
  }
}

void Sender::tell() {
  acked_.tell();
  unknown_.tell();
}

Committer::Committer(History& history, uint64_t process, uint64_t boot)
    : history_(history),
      process_(process),
      next_(static_cast<int64_t>(boot) * 1'000'000),
      client_(make(RD_KAFKA_CONSUMER, {{"group.id", "g"}, {"enable.auto.commit", "false"}})) {}

Committer::Offsets Committer::offsets(int64_t offset) const {
  Offsets list(rd_kafka_topic_partition_list_new(partitions), &rd_kafka_topic_partition_list_destroy);
  for (int p = 0; p < partitions; ++p) rd_kafka_topic_partition_list_add(list.get(), topics[0].name, p)->offset = offset;
  return list;
}

void Committer::fetch() {
  const Offsets list = offsets(RD_KAFKA_OFFSET_INVALID);
  for (int p = 0; p < partitions; ++p) history_.offset("fetch_offsets", "invoke", process_, p, -1);
  if (rd_kafka_committed(client_.get(), list.get(), answer_ms_max)) return;
  for (int i = 0; i < list->cnt; ++i) {
    if (!list->elems[i].err) history_.offset("fetch_offsets", "ok", process_, list->elems[i].partition, list->elems[i].offset);
  }
}

void Committer::commit_next() {
  const Offsets list = offsets(next_);
  for (int p = 0; p < partitions; ++p) history_.offset("commit", "invoke", process_, p, next_);
  history_.push();
  const auto error = rd_kafka_commit(client_.get(), list.get(), 0);
  for (int i = 0; i < list->cnt; ++i) history_.offset("commit", error || list->elems[i].err ? "info" : "ok", process_, list->elems[i].partition, next_);
  history_.push();
  ++next_;
}

}  // namespace power
