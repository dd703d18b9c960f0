// What becomes of a record that `consume` read: it is filtered, then printed at once, or kept to be printed in the order of time
// (--merge), or to be replaced by a newer one with its key (--unique), or only counted (--stats).
#pragma once

#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "client/consumer.h"
#include "evlog/consume.h"

namespace evlog::cmd {

class RecordSink {
 public:
  RecordSink(const ConsumePlan& plan, RecordFilter filter, Output& output);

  void open(const std::string& topic, int32_t partition);               // before its first record
  Expected<void> take(const rd_kafka_message_t& message);
  void caught_up(const std::string& topic, int32_t partition);          // at its end for now: others need not wait for it
  Expected<void> finish();                                               // what was kept, and the statistics
  int64_t printed() const { return printed_; }
  uint64_t bytes() const { return bytes_; }
  const client::Record& latest() const { return record_; }
  std::string complaint() const { return filter_.complaint(); }

 private:
  static constexpr size_t kept_bytes_max = 1u << 30;
  struct Kept { int64_t timestamp_ms, offset; std::string text; };
  struct Partition {
    std::deque<Kept> waiting;      // --merge
    bool at_end = false;
    uint64_t records = 0, bytes = 0, null_keys = 0, null_values = 0;      // --stats
    int64_t first_offset = -1, last_offset = -1, first_ms = -1, last_ms = -1;
  };
  using Partitions = std::map<std::pair<std::string, int32_t>, Partition, std::less<>>;

  bool full() const { return plan_.records_max >= 0 && printed_ >= plan_.records_max; }
  Partition& partition(std::string_view topic, int32_t index);
  std::string render();
  void append_record(std::string& out);
  void cut();
  void count(Partition& p);
  Expected<void> keep(size_t bytes);
  void merge(bool all);
  void print_unique();
  void print_stats();

  const ConsumePlan& plan_;
  RecordFilter filter_;
  Output& output_;
  client::RecordFormat format_;
  client::Record record_;
  std::string cut_value_;
  Partitions partitions_;
  std::unordered_map<std::string, std::pair<uint64_t, std::optional<std::string>>> newest_;  // --unique: key -> order, text; none: deleted
  uint64_t order_ = 0;
  size_t kept_bytes_ = 0;
  int64_t printed_ = 0;
  uint64_t bytes_ = 0;
  bool cuts_;
};

}  // namespace evlog::cmd
