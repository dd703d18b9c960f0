// evlog bench: how fast a cluster takes and gives records, with percentiles. Works against any Kafka.
#include "evlog/bench.h"

#include "evlog/commands.h"

namespace evlog::cmd {
namespace {

void add_common(Args& args, BenchOptions& o, Outcome (*bench)(const BenchOptions&)) {
  const int64_t records_default = o.records;
  args.text("--topic", o.topic, "TOPIC", "Default: evlog-bench")
      .text("--duration", o.duration, "TIME", "Measure for this long, as 30s, instead of counting records")
      .choice("--format", o.format, {"table", "json", "kafka"}, "json: one object for each result; kafka: the last line of kafka-producer-perf-test. Default: table")
      .flag("--json", o.client.json, "The same as --format json");
  add_client_options(args, o.client);
  args.run([&o, bench, records_default] {
    o.records_given = o.records != records_default;
    return bench(o);
  });
}

void add_sending(Args& args, BenchOptions& o) {
  args.number("-n,--records", o.records, "N", "How many records", 1, INT64_MAX)
      .text("-s,--size", o.size, "BYTES", "Size of a value: 100, 1KiB, uniform:100-1000. Default: 100")
      .text("--payload", o.payload, "text|random|FILE", "text: halves when compressed; random: does not shrink; slices of FILE. Default: text")
      .choice("--acks", o.acks, {"all", "1", "0"}, "Default: all")
      .choice("-z,--compression", o.codec, {"none", "gzip", "snappy", "lz4", "zstd"}, "Default: none")
      .number("-p,--partitions", o.partitions, "N", "Create the topic with N partitions if it does not exist", 1, 100'000)
      .number("-r,--replicas", o.replicas, "N", "And with N replicas", 1, 100)
      .text("--hgrm", o.hgrm, "FILE", "Write the latencies as HdrHistogram's percentile distribution");
}

void add_flow(Args& args, BenchOptions& o) {
  args.text("--rate", o.rate, "N", "Records per second, as 50000 or 50k; default: as fast as it goes")
      .text("--warmup", o.warmup, "TIME", "Send for this long before measuring, as 5s")
      .number("--producers", o.producers, "N", "So many producers, each with connections of its own. Default: 1", 1, 256)
      .number("--keys,--key-cardinality", o.keys, "N", "Different keys. Default: records have none", 0, INT64_MAX)
      .number("--linger", o.linger_ms, "MS", "How long a batch waits for more records. Default: 5", 0, 900'000)
      .number("--batch-bytes", o.batch_bytes, "BYTES", "The largest batch. Default: 900000", 1, 100'000'000);
}

void add_produce_bench(Args& bench) {
  Args& args = bench.command("produce", "Send records and wait for their acknowledgements");
  BenchOptions& o = args.keep<BenchOptions>();
  args.examples({"evlog bench produce", "evlog bench produce -n 10000 --rate 1000 --linger 0", "evlog bench produce -s 16KiB -z lz4 --duration 30s --warmup 5s --json", "evlog bench produce -n 1000000 --format kafka"});
  add_sending(args, o);
  add_flow(args, o);
  args.text("--fsync-probe", o.fsync_probe, "DIR", "Also measure appending and fdatasync in DIR: what its disk allows");
  add_common(args, o, bench_produce);
}

void add_consume_bench(Args& bench) {
  Args& args = bench.command("consume", "Read the topic from the beginning to its end");
  BenchOptions& o = args.keep<BenchOptions>();
  args.examples({"evlog bench consume", "evlog bench consume -n 100000", "evlog bench consume --topic orders --json"})
      .number("-n,--records", o.records, "N", "At most N records. Default: all there are", 1, INT64_MAX);
  add_common(args, o, bench_consume);
}

void add_e2e_bench(Args& bench) {
  Args& args = bench.command("e2e", "One record at a time, produced and consumed");
  BenchOptions& o = args.keep<BenchOptions>();
  o.records = 1000;
  args.examples({"evlog bench e2e", "evlog bench e2e -n 10000 -s 1000", "evlog bench e2e --acks 1 --json"});
  add_sending(args, o);
  add_common(args, o, bench_e2e);
}

void add_mixed_bench(Args& bench) {
  Args& args = bench.command("mixed", "Producers and consumers at once, end to end");
  BenchOptions& o = args.keep<BenchOptions>();
  args.examples({"evlog bench mixed --duration 30s --rate 50k", "evlog bench mixed --producers 4 --consumers 2 -p 8 -n 5000000", "evlog bench mixed --duration 10s --json -b kafka:9092"})
      .number("--consumers", o.consumers, "N", "So many consumers, each reading everything. Default: 1", 1, 256);
  add_sending(args, o);
  add_flow(args, o);
  add_common(args, o, bench_mixed);
}

void add_compare(Args& bench) {
  Args& args = bench.command("compare", "Two results side by side");
  BenchOptions& o = args.keep<BenchOptions>();
  args.examples({"evlog bench produce --json -b kafka:9092 > a.json; evlog bench produce --json > b.json; evlog bench compare a.json b.json", "evlog bench compare before.json after.json --json"})
      .positionals("FILE", o.files, "What --json printed, first a, then b")
      .flag("--json", o.client.json, "One JSON object for each number");
  args.run([&o] { return bench_compare(o); });
}

}  // namespace

void add_bench(Args& root) {
  Args& bench = root.command("bench", "Measure a cluster: throughput and latency with percentiles");
  bench.examples({"evlog bench produce -n 1000000 -s 100", "evlog bench consume", "evlog bench e2e -n 1000                # one record at a time, there and back",
                  "evlog bench mixed --duration 30s --rate 50k", "evlog bench compare kafka.json evlog.json"})
      .about("Latencies are from the moment a record was meant to be sent: with --rate, a stall shows in every record it delayed. It works\n"
             "against every Kafka, which makes comparisons honest; when the client itself has no more to give, that is said.");
  add_produce_bench(bench);
  add_consume_bench(bench);
  add_e2e_bench(bench);
  add_mixed_bench(bench);
  add_compare(bench);
}

}  // namespace evlog::cmd
