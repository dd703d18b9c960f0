#include "client/producer.h"

namespace evlog::client {

Result<std::unique_ptr<Producer>> Producer::open(const Settings& settings) {
  auto producer = std::make_unique<Producer>();
  producer->events_.producer = producer.get();
  Settings all{.brokers = settings.brokers, .properties = {{"partitioner", "murmur2_random"}, {"linger.ms", "5"}, {"batch.num.messages", "100000"},
      {"queue.buffering.max.messages", "500000"}, {"queue.buffering.max.kbytes", "262144"}, {"delivery.timeout.ms", "120000"},
      {"message.max.bytes", "100000000"}, {"batch.size", "900000"},
      {"topic.metadata.refresh.fast.interval.ms", "50"}, {"topic.metadata.propagation.max.ms", "10000"}}};
  const std::string* acks = settings.find("acks");
  const bool weak = acks && *acks != "all" && *acks != "-1";
  if (!weak && !settings.find("enable.idempotence")) all.properties.emplace_back("enable.idempotence", "true");
  all.properties.insert(all.properties.end(), settings.properties.begin(), settings.properties.end());
  auto conf = make_conf(all, producer->events_);
  if (!conf) return fail(conf.error());
  rd_kafka_conf_set_dr_msg_cb(conf->get(), report);
  auto rk = make_client(RD_KAFKA_PRODUCER, std::move(*conf));
  if (!rk) return fail(rk.error());
  producer->rk_ = std::move(*rk);
  return producer;
}

Producer::~Producer() {
  topics_.clear();
  if (rk_ && queued() > 0) purge();
}

void Producer::report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  Producer& producer = *static_cast<Shared*>(static_cast<Events*>(opaque))->producer;
  if (!producer.on_delivery) return;
  producer.on_delivery({.topic = rd_kafka_topic_name(message->rkt), .partition = message->partition, .offset = message->offset,
                        .size_bytes = message->len + message->key_len,
                        .error = client_error(message->err), .tag = message->_private, .message = message});
}

rd_kafka_topic_t* Producer::topic(std::string_view name) {
  if (topic_ && name == topic_name_) return topic_;
  auto found = topics_.find(name);
  if (found == topics_.end()) {
    Rd<rd_kafka_topic_t> made(rd_kafka_topic_new(rk_.get(), std::string(name).c_str(), nullptr));
    if (!made) return nullptr;
    found = topics_.emplace(std::string(name), std::move(made)).first;
  }
  topic_name_ = found->first;
  return topic_ = found->second.get();
}

namespace {

rd_kafka_headers_t* make_headers(const std::vector<Header>& headers) {
  if (headers.empty()) return nullptr;
  rd_kafka_headers_t* made = rd_kafka_headers_new(headers.size());
  for (const Header& h : headers) {
    rd_kafka_header_add(made, h.name.data(), static_cast<ssize_t>(h.name.size()), h.value ? h.value->data() : nullptr,
                        h.value ? static_cast<ssize_t>(h.value->size()) : 0);
  }
  return made;
}

// An empty text and null are different records; librdkafka tells them apart by the pointer.
void* pointer(const std::optional<std::string_view>& bytes) {
  if (!bytes) return nullptr;
  return const_cast<char*>(bytes->empty() ? "" : bytes->data());
}
size_t size(const std::optional<std::string_view>& bytes) { return bytes ? bytes->size() : 0; }

}  // namespace

ClientError Producer::produce(const Record& record, void* tag, const std::function<bool()>& stop) {
  rd_kafka_topic_t* const rkt = topic(record.topic);
  if (!rkt) return client_error(rd_kafka_last_error());
  rd_kafka_headers_t* const headers = make_headers(record.headers);
  for (;;) {
    const auto error = rd_kafka_producev(
        rk_.get(), RD_KAFKA_V_RKT(rkt), RD_KAFKA_V_PARTITION(record.partition < 0 ? RD_KAFKA_PARTITION_UA : record.partition),
        RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_KEY(pointer(record.key), size(record.key)),
        RD_KAFKA_V_VALUE(pointer(record.value), size(record.value)), RD_KAFKA_V_HEADERS(headers),
        RD_KAFKA_V_TIMESTAMP(record.timestamp_ms < 0 ? 0 : record.timestamp_ms), RD_KAFKA_V_OPAQUE(tag), RD_KAFKA_V_END);
    if (!error) return {};
    if (error != RD_KAFKA_RESP_ERR__QUEUE_FULL || stop()) {
      if (headers) rd_kafka_headers_destroy(headers);
      return client_error(error);
    }
    rd_kafka_poll(rk_.get(), 10);
  }
}

void Producer::purge() {
  rd_kafka_purge(rk_.get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(rk_.get(), 1000);
}

}  // namespace evlog::client
