// evlog bench: how fast a cluster takes and gives records, with percentiles. Works against any Kafka.
#include <algorithm>
#include <cstring>

#include "base/histogram.h"
#include "base/random.h"
#include "client/consumer.h"
#include "client/position.h"
#include "client/producer.h"
#include "client/time_spec.h"
#include "evlog/client_options.h"
#include "evlog/commands.h"
#include "evlog/signals.h"
#include "evlog/table.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

struct Options {
  ClientOptions client;
  std::string topic = "evlog-bench", codec, acks = "all";
  int64_t records = 1'000'000, size = 100, rate = 0, keys = 0, linger_ms = 5;
  bool records_given = false;
};

constexpr double quantiles[] = {0.5, 0.9, 0.99, 0.999, 0.9999};

struct Result {
  std::string name;
  uint64_t records = 0, bytes = 0;
  int64_t nanoseconds = 0;
  Histogram latency_ns;
  bool has_latency = true;
};

double per_second(uint64_t count, int64_t ns) { return ns > 0 ? static_cast<double>(count) * 1e9 / static_cast<double>(ns) : 0; }

void print_json(const Result& r) {
  JsonLine line;
  line.text("bench", r.name).number("records", static_cast<int64_t>(r.records)).number("bytes", static_cast<int64_t>(r.bytes)).number("nanoseconds", r.nanoseconds)
      .number("records_per_second", static_cast<int64_t>(per_second(r.records, r.nanoseconds))).number("bytes_per_second", static_cast<int64_t>(per_second(r.bytes, r.nanoseconds)));
  if (r.has_latency) {
    JsonLine latency;
    latency.number("mean", r.latency_ns.count() ? static_cast<int64_t>(r.latency_ns.sum() / r.latency_ns.count()) : 0);
    for (const double q : quantiles) latency.number(fmt::format("p{:g}", q * 100), static_cast<int64_t>(r.latency_ns.quantile(q)));
    latency.number("max", static_cast<int64_t>(r.latency_ns.max()));
    line.raw("latency_ns", latency.object());
  }
  line.print();
}

void print_table(const Result& r) {
  std::vector<std::string> heads{"BENCH", "RECORDS", "SECONDS", "RECORDS/S", "MB/S"};
  std::vector<std::string> cells{r.name, fmt::format("{}", r.records), fmt::format("{:.3f}", static_cast<double>(r.nanoseconds) / 1e9), fmt::format("{:.0f}", per_second(r.records, r.nanoseconds)),
                                 fmt::format("{:.1f}", per_second(r.bytes, r.nanoseconds) / 1e6)};
  if (r.has_latency) {
    const auto ms = [](uint64_t ns) { return fmt::format("{:.3f}", static_cast<double>(ns) / 1e6); };
    heads.emplace_back("MEAN-MS"), cells.push_back(ms(r.latency_ns.count() ? r.latency_ns.sum() / r.latency_ns.count() : 0));
    for (const double q : quantiles) heads.push_back(fmt::format("P{:g}", q * 100)), cells.push_back(ms(r.latency_ns.quantile(q)));
    heads.emplace_back("MAX"), cells.push_back(ms(r.latency_ns.max()));
  }
  Table table(heads);
  table.row(cells);
  table.print();
}

Outcome report(const Options& o, const Result& r) {
  if (o.client.json) print_json(r);
  else print_table(r);
  return interrupted();
}

// Bytes that a codec can neither squeeze to nothing nor leave as they are: half of them random.
std::string make_payload(size_t size, Random& random) {
  std::string out(size, 'x');
  for (size_t i = 0; i < size; i += 2) out[i] = static_cast<char>('a' + random.below(26));
  return out;
}

struct Prepared {
  client::Settings settings;
  std::unique_ptr<client::Producer> producer;
};

Expected<Prepared> prepare(const Options& o, int64_t linger_ms) {
  auto settings = make_settings(o.client);
  if (!settings) return failure(settings.error());
  Prepared out{.settings = *settings, .producer = nullptr};
  out.settings.properties.insert(out.settings.properties.begin(), {{"acks", o.acks}, {"linger.ms", std::to_string(linger_ms)}});
  if (!o.codec.empty()) out.settings.set("compression.codec", o.codec);
  if (auto reachable = check_reachable(out.settings, static_cast<int>(o.client.timeout_s * 1000)); !reachable) return failure(reachable.error());
  auto producer = client::Producer::open(out.settings);
  if (!producer) return failure(explain(producer.error()));
  out.producer = std::move(*producer);
  show_log(o.client, out.producer->events());
  return out;
}

// Sends records and gathers the time from when each was meant to be sent to its acknowledgement.
class Sending {
 public:
  Sending(const Options& options, Prepared& prepared) : o_(options), p_(prepared) {}
  Expected<Result> run();

 private:
  void pace(uint64_t number);
  const Options& o_;
  Prepared& p_;
  Result result_{.name = "produce"};
  client::ClientError error_;
  int64_t start_ns_ = 0;
};

// With a rate, the clock of the plan counts, not that of a late sender: a stall shows in every record it delayed.
void Sending::pace(uint64_t number) {
  if (o_.rate <= 0) return;
  const int64_t due = start_ns_ + static_cast<int64_t>(static_cast<double>(number) * 1e9 / static_cast<double>(o_.rate));
  for (int64_t now = mono_ns(); now < due && !interrupted(); now = mono_ns()) p_.producer->poll(due - now > 2'000'000 ? 1 : 0);
}

Expected<Result> Sending::run() {
  Random random(1);
  const std::string payload = make_payload(static_cast<size_t>(o_.size), random);
  client::Producer& producer = *p_.producer;
  producer.on_delivery = [this](const client::Delivery& d) {
    if (d.error) {
      error_ = d.error;
      return;
    }
    ++result_.records;
    result_.bytes += d.size_bytes;
    result_.latency_ns.record(static_cast<uint64_t>(mono_ns() - reinterpret_cast<intptr_t>(d.tag)));
  };
  client::Record record{.topic = o_.topic};
  record.value = payload;
  std::string key;
  Progress progress(!o_.client.quiet);
  start_ns_ = mono_ns();
  const auto stop = [this] { return error_ || interrupted(); };
  for (uint64_t i = 0; i < static_cast<uint64_t>(o_.records) && !stop(); ++i) {
    pace(i);
    if (o_.keys > 0) key = fmt::format("key-{}", random.below(static_cast<uint64_t>(o_.keys))), record.key = key;
    const int64_t meant_ns = o_.rate > 0 ? start_ns_ + static_cast<int64_t>(static_cast<double>(i) * 1e9 / static_cast<double>(o_.rate)) : mono_ns();
    if (const auto error = producer.produce(record, reinterpret_cast<void*>(static_cast<intptr_t>(meant_ns)), stop); error && !stop()) error_ = error;
    if (i % 64 == 0) producer.poll(0);
    if (i % 1024 == 0 && progress.due()) progress.show(fmt::format("{} of {} records", human_count(result_.records), human_count(static_cast<uint64_t>(o_.records))));
  }
  while (producer.queued() > 0 && !stop()) producer.flush(100);
  result_.nanoseconds = mono_ns() - start_ns_;
  progress.clear();
  if (error_) return failure(explain(error_, producer.events(), p_.settings));
  return std::move(result_);
}

Outcome bench_produce(const Options& o) {
  watch_signals();
  auto prepared = prepare(o, o.linger_ms);
  if (!prepared) return failure(prepared.error());
  const auto result = Sending(o, *prepared).run();
  if (!result) return failure(result.error());
  return report(o, *result);
}

struct Reading {
  std::unique_ptr<client::Consumer> consumer;
  std::vector<client::PartitionRange> ranges;
  int64_t available = 0;
};

Expected<Reading> open_reading(const Options& o, const client::Settings& settings, bool from_end) {
  auto consumer = client::Consumer::open(settings);
  if (!consumer) return failure(explain(consumer.error()));
  Reading out{.consumer = std::move(*consumer), .ranges = {}};
  const int timeout_ms = static_cast<int>(o.client.timeout_s * 1000);
  const auto topics = client::list_topics(out.consumer->handle(), timeout_ms);
  if (!topics) return failure(explain(topics.error(), out.consumer->events(), settings));
  const auto topic = std::ranges::find(*topics, o.topic, &client::TopicInfo::name);
  if (topic == topics->end()) return failure(exit_code::missing, fmt::format("evlog bench produce --topic {}", o.topic), "topic '{}' does not exist", o.topic);
  for (const int32_t partition : topic->partitions) {
    const auto marks = client::query_watermarks(out.consumer->handle(), {o.topic, partition}, timeout_ms);
    if (!marks) return failure(explain(marks.error(), out.consumer->events(), settings));
    out.ranges.push_back({.topic = o.topic, .partition = partition, .start = from_end ? marks->end : marks->start});
    out.available += marks->end - marks->start;
  }
  return out;
}

Outcome bench_consume(const Options& o) {
  watch_signals();
  const auto settings = make_settings(o.client);
  if (!settings) return failure(settings.error());
  if (auto reachable = check_reachable(*settings, static_cast<int>(o.client.timeout_s * 1000)); !reachable) return failure(reachable.error());
  auto reading = open_reading(o, *settings, false);
  if (!reading) return failure(reading.error());
  const auto wanted = static_cast<uint64_t>(o.records_given ? std::min(o.records, reading->available) : reading->available);
  Result result{.name = "consume", .has_latency = false};
  const int64_t start = mono_ns();
  if (const auto error = reading->consumer->start(reading->ranges)) return failure(explain(error, reading->consumer->events(), *settings));
  while (result.records < wanted && !interrupted()) {
    for (const rd_kafka_message_t* message : reading->consumer->poll(100)) {
      if (message->err) continue;
      ++result.records;
      result.bytes += message->len + message->key_len;
    }
  }
  result.nanoseconds = mono_ns() - start;
  return report(o, result);
}

// One record at a time, from producing it to having consumed it.
Outcome bench_e2e(const Options& o) {
  watch_signals();
  auto prepared = prepare(o, 0);
  if (!prepared) return failure(prepared.error());
  client::Producer& producer = *prepared->producer;
  Random random(1);
  const std::string payload = make_payload(static_cast<size_t>(o.size), random);
  client::Record record{.topic = o.topic};
  record.value = payload;
  record.partition = 0;
  client::ClientError error;
  producer.on_delivery = [&](const client::Delivery& d) { if (d.error) error = d.error; };
  producer.produce(record, nullptr, [] { return false; });  // makes the topic
  while (producer.queued() > 0 && !interrupted()) producer.flush(100);
  if (error) return failure(explain(error, producer.events(), prepared->settings));
  auto settings = prepared->settings;
  std::erase_if(settings.properties, [](const auto& p) { return p.first == "acks" || p.first == "linger.ms" || p.first == "compression.codec"; });
  auto reading = open_reading(o, settings, true);
  if (!reading) return failure(reading.error());
  std::erase_if(reading->ranges, [](const client::PartitionRange& r) { return r.partition != 0; });
  if (const auto failed = reading->consumer->start(reading->ranges)) return failure(explain(failed, reading->consumer->events(), settings));
  for (bool at_end = false; !at_end && !interrupted();)
    for (const rd_kafka_message_t* message : reading->consumer->poll(100)) at_end = at_end || message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF;
  Result result{.name = "e2e"};
  const int64_t start = mono_ns();
  for (int64_t i = 0; i < o.records && !error && !interrupted(); ++i) {
    const int64_t sent = mono_ns();
    producer.produce(record, nullptr, [] { return interrupted() != 0; });
    for (bool came = false; !came && !error && !interrupted();) {
      for (const rd_kafka_message_t* message : reading->consumer->poll(10)) came = came || !message->err;
      producer.poll(0);
    }
    result.latency_ns.record(static_cast<uint64_t>(mono_ns() - sent));
    ++result.records;
    result.bytes += payload.size();
  }
  result.nanoseconds = mono_ns() - start;
  if (error) return failure(explain(error, producer.events(), prepared->settings));
  return report(o, result);
}

void add_common(Args& args, Options& o, Outcome (*bench)(const Options&)) {
  args.text("--topic", o.topic, "TOPIC", "Default: evlog-bench").flag("--json", o.client.json, "One JSON object");
  add_client_options(args, o.client);
  args.run([&o, bench] {
    o.records_given = o.records != 1'000'000;
    return bench(o);
  });
}

void add_sending(Args& args, Options& o) {
  args.number("-n,--records", o.records, "N", "How many records", 1, INT64_MAX)
      .number("-s,--size", o.size, "BYTES", "Size of a value. Default: 100", 0, 100'000'000)
      .choice("--acks", o.acks, {"all", "1", "0"}, "Default: all")
      .choice("-z,--compression", o.codec, {"none", "gzip", "snappy", "lz4", "zstd"}, "Default: none");
}

}  // namespace

void add_bench(Args& root) {
  Args& bench = root.command("bench", "Measure a cluster: throughput and latency with percentiles");
  bench.examples({"evlog bench produce -n 1000000 -s 100", "evlog bench consume", "evlog bench e2e -n 1000                # one record at a time, there and back", "evlog bench produce --rate 50000 --json -b kafka:9092"})
      .about("Latencies are from the moment a record was meant to be sent. It works against every Kafka, which makes comparisons honest.");
  Options& sending = bench.keep<Options>();
  Args& produced = bench.command("produce", "Send records and wait for their acknowledgements");
  produced.examples({"evlog bench produce", "evlog bench produce -n 10000 --rate 1000 --linger 0", "evlog bench produce -s 16384 -z lz4 --json"});
  add_sending(produced, sending);
  produced.number("--rate", sending.rate, "N", "Records per second; default: as fast as it goes", 0, INT64_MAX)
      .number("--keys", sending.keys, "N", "Different keys. Default: records have none", 0, INT64_MAX)
      .number("--linger", sending.linger_ms, "MS", "How long a batch waits for more records. Default: 5", 0, 900'000);
  add_common(produced, sending, bench_produce);

  Options& reading = bench.keep<Options>();
  Args& consumed = bench.command("consume", "Read the topic from the beginning to its end");
  consumed.examples({"evlog bench consume", "evlog bench consume -n 100000", "evlog bench consume --topic orders --json"})
      .number("-n,--records", reading.records, "N", "At most N records. Default: all there are", 1, INT64_MAX);
  add_common(consumed, reading, bench_consume);

  Options& both = bench.keep<Options>();
  both.records = 1000;
  Args& end_to_end = bench.command("e2e", "One record at a time, produced and consumed");
  end_to_end.examples({"evlog bench e2e", "evlog bench e2e -n 10000 -s 1000", "evlog bench e2e --acks 1 --json"});
  add_sending(end_to_end, both);
  add_common(end_to_end, both, bench_e2e);
}

}  // namespace evlog::cmd
