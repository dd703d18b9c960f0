// librdkafka's handles with owners, and what it reports as values. It never prints: its log lines and errors arrive in an
// Events, on the caller's thread, while the caller polls.
#pragma once

#include <librdkafka/rdkafka.h>

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "client/settings.h"

namespace evlog::client {

struct RdDelete {
  void operator()(rd_kafka_t* p) const { rd_kafka_destroy(p); }
  void operator()(rd_kafka_conf_t* p) const { rd_kafka_conf_destroy(p); }
  void operator()(rd_kafka_topic_t* p) const { rd_kafka_topic_destroy(p); }
  void operator()(rd_kafka_queue_t* p) const { rd_kafka_queue_destroy(p); }
  void operator()(rd_kafka_message_t* p) const { rd_kafka_message_destroy(p); }
  void operator()(rd_kafka_headers_t* p) const { rd_kafka_headers_destroy(p); }
  void operator()(rd_kafka_topic_partition_list_t* p) const { rd_kafka_topic_partition_list_destroy(p); }
  void operator()(const rd_kafka_metadata_t* p) const { rd_kafka_metadata_destroy(p); }
};
template <class T>
using Rd = std::unique_ptr<T, RdDelete>;

// A failure of librdkafka: its own code (negative: local, else Kafka's) and a sentence.
struct ClientError {
  rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  std::string message;
  explicit operator bool() const { return code != RD_KAFKA_RESP_ERR_NO_ERROR; }
};
ClientError client_error(rd_kafka_resp_err_t code);  // with librdkafka's sentence for it, without its "Broker: " or "Local: "

template <class T>
using ClientResult = std::expected<T, ClientError>;

// Everything a client told us besides records. Outlives the client.
struct Events {
  static constexpr size_t lines_max = 64;
  std::function<void(int level, std::string_view text)> log;  // each line, when somebody wants to see them
  std::deque<std::string> lines;                               // the latest ones
  ClientError last;                                            // the latest error
  ClientError fatal;                                           // the client cannot go on
  bool all_brokers_down = false;                               // since the last success
};

// A configuration with the settings applied and the callbacks set. INVALID_CONFIG names the property.
Result<Rd<rd_kafka_conf_t>> make_conf(const Settings& settings, Events& events);
Result<void> set_property(rd_kafka_conf_t& conf, std::string_view name, std::string_view value);
Result<Rd<rd_kafka_t>> make_client(rd_kafka_type_t type, Rd<rd_kafka_conf_t> conf);

}  // namespace evlog::client
