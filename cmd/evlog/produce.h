// What `produce` was asked for, and the run that does it. Options and checks are in produce.cc, the sending in produce_run.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "client/producer.h"
#include "client/record_format.h"
#include "evlog/client_options.h"
#include "evlog/record_input.h"
#include "evlog/signals.h"
#include "evlog/terminal.h"

namespace evlog::cmd {

struct ProduceOptions {
  ClientOptions client;
  std::string topic;
  std::vector<std::string> files;
  bool json = false, csv = false, nul = false, whole_file = false, empty_null = false, tee = false;
  std::string format, delimiter = "\\n", key_separator, key, partition, null, timestamp, codec, acks, partitioner, rate, report, create;
  std::vector<std::string> headers;
  int64_t repeat = 1;
  int64_t records_max = -1;          // -1: no limit
};

// What every record gets that does not bring it along.
struct ProduceDefaults {
  std::string topic;
  std::optional<std::string> key;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  std::optional<int32_t> partition;  // -1: any, whatever the record says
  int64_t timestamp_ms = -1;
  int64_t record_bytes_max = 0;      // max.message.bytes of the topic; 0: not known
  double rate = 0;                   // records per second; 0: as fast as it goes
  std::optional<client::RecordFormat> report;
  bool report_json = false;
};

class ProduceRun {
 public:
  ProduceRun(const ProduceOptions& options, const client::Settings& settings, ProduceDefaults defaults, client::Producer& producer);
  Outcome run(RecordInputOptions input_options);

 private:
  Expected<void> send_all(RecordInput& records, Input& input);
  bool send(const client::Record& record, uint64_t number);  // false: give up
  void pace();
  void complete(client::Record& record) const;
  void on_delivery(const client::Delivery& delivery);
  void report(const rd_kafka_message_t& message);
  void look();
  void show_progress();
  bool give_up() const { return failed_ > 0 || interrupted() != 0; }
  Outcome finish(const Expected<void>& sent);
  Failure delivery_failure() const;
  std::string summary() const;

  const ProduceOptions& options_;
  const client::Settings& settings_;
  ProduceDefaults defaults_;
  client::Producer& producer_;
  Progress progress_;
  Output output_;                // -T and --report
  client::Record reported_;
  std::string unit_ = "record";
  bool warned_ = false;
  int64_t started_ms_ = mono_ms();
  int64_t first_sent_ns_ = 0;
  uint64_t queued_ = 0, delivered_ = 0, failed_ = 0, bytes_ = 0;
  uint64_t first_failed_number_ = 0;
  size_t first_failed_bytes_ = 0;
  std::string first_failed_topic_;
  client::ClientError first_error_;
  std::string topic_;            // of the latest delivery
  bool several_topics_ = false;
};

}  // namespace evlog::cmd
