// What `consume` was asked for, and the run that does it. Options and checks are in consume.cc, the reading in consume_run.cc.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "client/consumer.h"
#include "client/offset_spec.h"
#include "client/record_format.h"
#include "evlog/client_options.h"
#include "evlog/input.h"
#include "evlog/record_filter.h"
#include "evlog/terminal.h"

namespace evlog::cmd {

struct ConsumePlan {
  ClientOptions client;
  std::vector<std::string> topics;            // names, or patterns beginning with ^
  std::set<int32_t> partitions;               // empty: all
  std::string group;
  client::OffsetSpec offsets;
  bool start_given = false;
  bool stop_at_end = false;
  int64_t records_max = -1;                   // -1: no limit
  int64_t idle_timeout_ms = -1;               // -1: none
  bool commit = true;
  bool json = false;
  bool parse_json = false;                    // payloads that are JSON, as what they are
  bool csv = false;                           // the first row names the columns
  bool every_record = false;                  // -u
  client::RecordFormat format;
  RecordFilterOptions filter;
  bool unique = false;                        // the newest record of each key, at the end
  bool merge = false;                         // by timestamp over the partitions
  bool stats = false;                         // counts instead of records
  int64_t value_bytes_max = 0;                // on a terminal; 0: no limit
};

class RecordSink;

Outcome run_consume(const ConsumePlan& plan, const client::Settings& settings, RecordFilter filter);

// Which partitions still have something to give, and where each ends.
class Ends {
 public:
  void clear() { open_.clear(), topic_ = nullptr; }
  void add(const std::string& topic, int32_t partition, int64_t stop);  // stop -1: never ends
  void remove(const std::string& topic, int32_t partition);
  void reached(const rd_kafka_message_t& message, int64_t offset);      // everything below `offset` was seen
  bool past(const rd_kafka_message_t& message, int64_t offset);         // the offset lies at or behind the stop
  bool past(const rd_kafka_message_t& message) { return past(message, message.offset); }
  bool all_reached() const { return unfinished_ == 0; }
  size_t partitions() const;

 private:
  struct End { int64_t stop = -1; bool reached = false; };
  using Topic = std::map<int32_t, End>;
  End* find(const rd_kafka_message_t& message);
  void count();

  std::map<std::string, Topic, std::less<>> open_;
  size_t unfinished_ = 0;
  const rd_kafka_topic_t* topic_ = nullptr;  // of the last message, so that most look nothing up by name
  Topic* topic_ends_ = nullptr;
};

class ConsumeRun {
 public:
  ConsumeRun(const ConsumePlan& plan, const client::Settings& settings, RecordFilter filter);
  ~ConsumeRun();
  Outcome run();

 private:
  Expected<void> open();
  Expected<void> open_partitions();
  Expected<void> open_group();
  Expected<std::vector<std::string>> choose_topics(const std::vector<client::TopicInfo>& existing) const;
  Expected<std::vector<client::PartitionRange>> choose_ranges(const std::vector<client::TopicInfo>& existing);
  Expected<std::optional<client::PartitionRange>> range(const std::string& topic, int32_t partition);
  void assigned(rd_kafka_topic_partition_list_t& partitions);
  void announce(const std::vector<client::PartitionRange>& ranges) const;

  Expected<void> loop();
  Expected<void> take(std::span<rd_kafka_message_t* const> messages);
  Expected<void> take_error(const rd_kafka_message_t& message);
  Expected<void> flush();
  void look();
  bool done() const;
  Failure explain_error(const client::ClientError& error);
  int timeout_ms() const { return static_cast<int>(plan_.client.timeout_s * 1000); }

  const ConsumePlan& plan_;
  const client::Settings& settings_;
  std::unique_ptr<client::Reader> reader_;
  Ends ends_;
  Output output_;
  std::unique_ptr<RecordSink> sink_;
  Progress progress_;
  bool was_assigned_ = false;
  bool warned_ = false;
  Expected<void> assign_failure_;
  int64_t started_ms_, last_record_ms_, last_commit_ms_;
};

}  // namespace evlog::cmd
