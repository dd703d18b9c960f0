// Producer: records to topics through librdkafka; idempotent with acks=all unless the settings say otherwise, keys spread as
// Java's clients spread them (murmur2). Records are copied. Delivery reports arrive while poll() runs; used on one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "client/rd.h"
#include "client/record.h"

namespace evlog::client {

struct Delivery {
  std::string_view topic;
  int32_t partition = -1;
  int64_t offset = -1;
  size_t size_bytes = 0;         // key and value
  ClientError error;
  void* tag = nullptr;  // as given to produce()
  const rd_kafka_message_t* message = nullptr;  // as it was delivered, while the report is handled
};

class Producer {
 public:
  static Result<std::unique_ptr<Producer>> open(const Settings& settings);

  // Queues one record; waits (polling) while the queue is full, until `stop` says so. `tag` comes back in the report.
  ClientError produce(const Record& record, void* tag, const std::function<bool()>& stop);
  void poll(int timeout_ms) { rd_kafka_poll(rk_.get(), timeout_ms); }
  ClientError flush(int timeout_ms) { return client_error(rd_kafka_flush(rk_.get(), timeout_ms)); }
  void purge();                    // gives up what is queued: each is reported with an error
  int queued() const { return rd_kafka_outq_len(rk_.get()); }

  std::function<void(const Delivery&)> on_delivery;
  Events& events() { return events_; }
  rd_kafka_t* handle() { return rk_.get(); }

 private:
  static void report(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque);
  rd_kafka_topic_t* topic(std::string_view name);

  struct Shared : Events { Producer* producer = nullptr; };
  Shared events_;
  Rd<rd_kafka_t> rk_;
  std::map<std::string, Rd<rd_kafka_topic_t>, std::less<>> topics_;
  std::string_view topic_name_;    // of the last record, so that most records look nothing up
  rd_kafka_topic_t* topic_ = nullptr;

 public:
  ~Producer();
};

}  // namespace evlog::client
