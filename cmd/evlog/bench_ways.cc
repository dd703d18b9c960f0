// The ways to measure: sending, reading, one record there and back, and sending while reading.
#include <algorithm>
#include <atomic>
#include <cstring>
#include <thread>

#include "evlog/bench.h"
#include "evlog/signals.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

void add(BenchResult& sum, const BenchResult& more) {
  sum.records += more.records;
  sum.bytes += more.bytes;
  sum.nanoseconds = std::max(sum.nanoseconds, more.nanoseconds);
  sum.latency_ns.merge(more.latency_ns);
}

// When a job begins, when it counts, when it ends.
void set_times(SendJob& job, const BenchPlan& plan, int64_t now) {
  job.begin_ns = now;
  job.measure_ns = now + plan.warmup_ms * 1'000'000;
  job.end_ns = plan.duration_ms > 0 ? job.measure_ns + plan.duration_ms * 1'000'000 : 0;
}

// One thread for each producer but the first, which runs here.
Expected<BenchResult> send_all(const BenchPlan& plan, const Payload& payload, bool stamp) {
  const BenchOptions& o = *plan.options;
  const auto producers = static_cast<size_t>(o.producers);
  std::vector<SendJob> jobs(producers, SendJob{.plan = &plan, .payload = &payload, .rate = plan.rate / static_cast<double>(producers), .stamp = stamp});
  std::vector<SendResult> results(producers);
  for (size_t i = 0; i < producers; ++i) {
    jobs[i].seed = i + 1;
    jobs[i].records = plan.duration_ms > 0 && !o.records_given ? -1 : (o.records + static_cast<int64_t>(i)) / o.producers;
    set_times(jobs[i], plan, mono_ns());
  }
  std::vector<std::thread> threads;
  for (size_t i = 1; i < producers; ++i) threads.emplace_back([&, i] { results[i] = run_send_job(jobs[i], false); });
  results[0] = run_send_job(jobs[0], !o.client.quiet);
  for (std::thread& thread : threads) thread.join();
  BenchResult sum{.name = "produce"};
  for (const SendResult& result : results) {
    if (result.failed) return failure(result.failure);
    add(sum, result.measured);
  }
  return sum;
}

}  // namespace

Outcome bench_produce(const BenchOptions& o) {
  watch_signals();
  const auto payload = Payload::make(o.size, o.payload);
  if (!payload) return failure(payload.error());
  const auto plan = make_bench_plan(o, o.linger_ms);
  if (!plan) return failure(plan.error());
  if (auto made = create_bench_topic(o); !made) return failure(made.error());
  ClientLoad load;
  load.begin();
  const int64_t begun = mono_ns();
  auto result = send_all(*plan, *payload, false);
  if (!result) return failure(result.error());
  result->busiest_thread = load.busiest(mono_ns() - begun);
  std::vector<BenchResult> results{*result};
  if (!o.fsync_probe.empty()) {
    const auto probed = probe_fsync(o.fsync_probe, payload->size_max());
    if (!probed) return failure(probed.error());
    results.push_back(*probed);
  }
  return report_bench(o, results);
}

Outcome bench_consume(const BenchOptions& o) {
  watch_signals();
  const auto plan = make_bench_plan(o, 0);
  if (!plan) return failure(plan.error());
  auto reading = open_bench_reader(*plan, false);
  if (!reading) return failure(reading.error());
  const auto wanted = static_cast<uint64_t>(o.records_given ? std::min(o.records, reading->available) : reading->available);
  BenchResult result{.name = "consume", .has_latency = false};
  ClientLoad load;
  load.begin();
  const int64_t start = mono_ns();
  const int64_t end = plan->duration_ms > 0 ? start + plan->duration_ms * 1'000'000 : INT64_MAX;
  if (const auto error = reading->consumer->start(reading->ranges)) return failure(explain(error, reading->consumer->events(), plan->settings));
  Progress progress(!o.client.quiet);
  while (result.records < wanted && !interrupted() && mono_ns() < end) {
    for (const rd_kafka_message_t* message : reading->consumer->poll(100)) {
      if (message->err) continue;
      ++result.records;
      result.bytes += message->len + message->key_len;
    }
    if (progress.due()) progress.show(fmt::format("{} of {} records", human_count(result.records), human_count(wanted)));
  }
  progress.clear();
  result.nanoseconds = mono_ns() - start;
  result.busiest_thread = load.busiest(result.nanoseconds);
  return report_bench(o, {result});
}

namespace {

// Produces one record and waits for it, so that the topic exists and the connection stands.
Expected<void> warm_up(client::Producer& producer, const BenchPlan& plan, std::string_view value) {
  client::Record record{.topic = plan.options->topic, .partition = 0};
  record.value = value;
  client::ClientError error;
  producer.on_delivery = [&](const client::Delivery& d) { if (d.error) error = d.error; };
  producer.produce(record, nullptr, [] { return false; });
  while (producer.queued() > 0 && !interrupted()) producer.flush(100);
  if (error) return failure(explain(error, producer.events(), plan.settings));
  return {};
}

Expected<void> wait_for_end(BenchReader& reading, const BenchPlan& plan) {
  if (const auto failed = reading.consumer->start(reading.ranges)) return failure(explain(failed, reading.consumer->events(), plan.settings));
  for (size_t ended = 0; ended < reading.ranges.size() && !interrupted();)
    for (const rd_kafka_message_t* message : reading.consumer->poll(100)) ended += message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
  return {};
}

}  // namespace

// One record at a time, from producing it to having consumed it.
Outcome bench_e2e(const BenchOptions& o) {
  watch_signals();
  const auto payload = Payload::make(o.size, o.payload);
  if (!payload) return failure(payload.error());
  const auto plan = make_bench_plan(o, 0);
  if (!plan) return failure(plan.error());
  if (auto made = create_bench_topic(o); !made) return failure(made.error());
  const auto opened = client::Producer::open(plan->settings);
  if (!opened) return failure(explain(opened.error()));
  client::Producer& producer = **opened;
  show_log(o.client, producer.events());
  Random random(1);
  if (auto warm = warm_up(producer, *plan, payload->next(random)); !warm) return failure(warm.error());
  auto reading = open_bench_reader(*plan, true);
  if (!reading) return failure(reading.error());
  std::erase_if(reading->ranges, [](const client::PartitionRange& r) { return r.partition != 0; });
  if (auto at_end = wait_for_end(*reading, *plan); !at_end) return failure(at_end.error());
  client::ClientError error;
  producer.on_delivery = [&](const client::Delivery& d) { if (d.error) error = d.error; };
  BenchResult result{.name = "e2e"};
  const int64_t start = mono_ns();
  const int64_t end = plan->duration_ms > 0 ? start + plan->duration_ms * 1'000'000 : INT64_MAX;
  const int64_t most = plan->duration_ms > 0 && !o.records_given ? INT64_MAX : o.records;
  client::Record record{.topic = o.topic, .partition = 0};
  for (int64_t i = 0; i < most && !error && !interrupted() && mono_ns() < end; ++i) {
    const std::string_view value = payload->next(random);
    record.value = value;
    const int64_t sent = mono_ns();
    producer.produce(record, nullptr, [] { return interrupted() != 0; });
    for (bool came = false; !came && !error && !interrupted();) {
      for (const rd_kafka_message_t* message : reading->consumer->poll(10)) came = came || !message->err;
      producer.poll(0);
    }
    result.latency_ns.record(static_cast<uint64_t>(mono_ns() - sent));
    ++result.records;
    result.bytes += value.size();
  }
  result.nanoseconds = mono_ns() - start;
  if (error) return failure(explain(error, producer.events(), plan->settings));
  return report_bench(o, {result});
}

// Producers and consumers at once. The consumers' latency is from when a record was meant to be sent until it was read: the time
// stands in the record, and both ends have the same clock.
Outcome bench_mixed(const BenchOptions& o) {
  watch_signals();
  const auto payload = Payload::make(o.size, o.payload);
  if (!payload) return failure(payload.error());
  const auto plan = make_bench_plan(o, o.linger_ms);
  if (!plan) return failure(plan.error());
  if (auto made = create_bench_topic(o); !made) return failure(made.error());
  {
    const auto producer = client::Producer::open(plan->settings);
    if (!producer) return failure(explain(producer.error()));
    if (auto warm = warm_up(**producer, *plan, "warm"); !warm) return failure(warm.error());
  }
  std::vector<BenchReader> readers;
  for (int64_t i = 0; i < o.consumers; ++i) {
    auto reading = open_bench_reader(*plan, true);
    if (!reading) return failure(reading.error());
    if (auto at_end = wait_for_end(*reading, *plan); !at_end) return failure(at_end.error());
    readers.push_back(std::move(*reading));
  }
  ClientLoad load;
  load.begin();
  const int64_t begun = mono_ns(), measure_ns = begun + plan->warmup_ms * 1'000'000;
  std::atomic<bool> sending = true;
  std::atomic<uint64_t> sent = 0;
  std::vector<BenchResult> read(readers.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < readers.size(); ++i) {
    threads.emplace_back([&, i] {
      BenchResult& r = read[i];
      int64_t last = measure_ns;
      for (int64_t idle_since = mono_ns(); !interrupted();) {
        for (const rd_kafka_message_t* message : readers[i].consumer->poll(20)) {
          int64_t meant = 0;
          if (message->err || message->len < sizeof meant) continue;
          std::memcpy(&meant, message->payload, sizeof meant);
          idle_since = mono_ns();
          if (meant < measure_ns || meant > idle_since) continue;  // warm-up, or somebody else's
          ++r.records;
          r.bytes += message->len + message->key_len;
          last = idle_since;
          r.latency_ns.record(static_cast<uint64_t>(last - meant));
        }
        constexpr int64_t lost_ns = 5'000'000'000;
        if (!sending && (r.records >= sent || mono_ns() - idle_since > lost_ns)) break;
      }
      r.nanoseconds = std::max<int64_t>(1, last - measure_ns);
    });
  }
  const auto produced = send_all(*plan, *payload, true);
  const double busiest = load.busiest(mono_ns() - begun);
  sent = produced ? produced->records : 0;
  sending = false;
  for (std::thread& thread : threads) thread.join();
  if (!produced) return failure(produced.error());
  BenchResult consumed{.name = "consume"};
  for (const BenchResult& one : read) add(consumed, one);
  consumed.busiest_thread = busiest;
  return report_bench(o, {*produced, consumed});
}

}  // namespace evlog::cmd
