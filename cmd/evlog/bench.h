// evlog bench: what was asked for, what was measured, and the ways to measure. Options are in bench.cc; each way and the reports
// have a file of their own.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/histogram.h"
#include "base/random.h"
#include "client/consumer.h"
#include "client/producer.h"
#include "evlog/client_options.h"

namespace evlog::cmd {

struct BenchOptions {
  ClientOptions client;
  std::string topic = "evlog-bench", codec, acks = "all", size = "100", payload = "text", duration, warmup, rate, format = "table", hgrm, fsync_probe;
  int64_t records = 1'000'000, keys = 0, linger_ms = 5, batch_bytes = 0, producers = 1, consumers = 1, partitions = 0, replicas = -1;
  bool records_given = false;
  std::vector<std::string> files;     // compare
};

// The options as numbers.
struct BenchPlan {
  const BenchOptions* options = nullptr;
  client::Settings settings;
  int64_t duration_ms = 0;            // 0: until all records are sent
  int64_t warmup_ms = 0;
  double rate = 0;                    // records per second of all producers; 0: as fast as it goes
  int timeout_ms = 10'000;
};
Expected<BenchPlan> make_bench_plan(const BenchOptions& options, int64_t linger_ms);

struct BenchResult {
  std::string name;
  uint64_t records = 0, bytes = 0;
  int64_t nanoseconds = 0;
  Histogram latency_ns;
  bool has_latency = true;
  double busiest_thread = 0;          // of the client, as a share of one core
};

// How busy the threads of this process were since begin(). Ended threads are not seen.
class ClientLoad {
 public:
  void begin();
  double busiest(int64_t nanoseconds) const;

 private:
  std::vector<std::pair<long, int64_t>> at_begin_;  // thread, CPU time in ns
};

// Values to send: slices of a pool, so that making them costs nothing.
class Payload {
 public:
  static Expected<Payload> make(const std::string& size, const std::string& what);
  std::string_view next(Random& random) const;
  size_t size_max() const { return size_max_; }

 private:
  std::string pool_;
  size_t size_min_ = 0, size_max_ = 0;
};
// "100", "1KiB", "10kB", "1MB"; INVALID_REQUEST otherwise.
Result<int64_t> parse_size(std::string_view text);

Outcome bench_produce(const BenchOptions& options);
Outcome bench_consume(const BenchOptions& options);
Outcome bench_e2e(const BenchOptions& options);
Outcome bench_mixed(const BenchOptions& options);
Outcome bench_compare(const BenchOptions& options);

Outcome report_bench(const BenchOptions& options, const std::vector<BenchResult>& results);

// --- what the ways share

// Sends from one thread until `stop`; with a rate, latency counts from when a record was meant to be sent.
struct SendJob {
  const BenchPlan* plan = nullptr;
  const Payload* payload = nullptr;
  uint64_t seed = 1;
  int64_t records = 0;                // -1: no limit
  double rate = 0;
  int64_t begin_ns = 0, measure_ns = 0, end_ns = 0;  // end 0: none; records sent before `measure_ns` are warm-up
  bool stamp = false;                 // values begin with the time they were meant to be sent (8 bytes)
};
struct SendResult { BenchResult measured; client::ClientError error; Failure failure; bool failed = false; };
SendResult run_send_job(const SendJob& job, bool shows_progress);

// Appends so many bytes and fdatasync, for a second, in a file of this folder that nobody sees.
Expected<BenchResult> probe_fsync(const std::string& folder, size_t bytes);

Expected<void> create_bench_topic(const BenchOptions& options);

struct BenchReader {
  std::unique_ptr<client::Consumer> consumer;
  std::vector<client::PartitionRange> ranges;
  int64_t available = 0;
};
Expected<BenchReader> open_bench_reader(const BenchPlan& plan, bool from_end);

}  // namespace evlog::cmd
