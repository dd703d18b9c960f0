// kafka-console-producer: lines of standard input become records.
#include <unistd.h>

#include "client/producer.h"
#include "evlog/client_options.h"
#include "evlog/kafka/client_settings.h"
#include "evlog/kafka/line_reader.h"
#include "evlog/kafka/session.h"
#include "evlog/kafka/tool.h"
#include "evlog/signals.h"
#include "evlog/terminal.h"

namespace evlog::cmd::kafka {
namespace {

constexpr Option options[] = {
    {"bootstrap-server", Takes::value, "HOST:PORT,…", "Where the cluster is. Required."},
    {"topic", Takes::value, "TOPIC", "Where the records go. Required."},
    {"reader-property", Takes::value, "NAME=VALUE", "How lines are read: parse.key=true, key.separator (tab), parse.headers=true, headers.delimiter (tab), headers.separator (,), headers.key.separator (:), ignore.error=true, null.marker."},
    {"reader-config", Takes::value, "FILE", "A file of such properties."},
    {"property", Takes::value, "NAME=VALUE", "The old name of --reader-property."},
    {"command-property", Takes::value, "NAME=VALUE", "A property of the client."},
    {"command-config", Takes::value, "FILE", "A file of client properties."},
    {"producer-property", Takes::value, "NAME=VALUE", "The old name of --command-property."},
    {"producer.config", Takes::value, "FILE", "The old name of --command-config."},
    {"compression-codec", Takes::maybe, "CODEC", "none, gzip, snappy, lz4 or zstd; without a value gzip."},
    {"sync", Takes::nothing, "", "One record at a time: the next is sent when the last was taken, and a fault ends the tool."},
    {"request-required-acks", Takes::value, "ACKS", "-1 or all, 1, 0. Default: -1."},
    {"request-timeout-ms", Takes::value, "MS", "How long a server may take to answer. Default: 1500."},
    {"message-send-max-retries", Takes::value, "N", "How often a batch is sent again. Default: 3."},
    {"retry-backoff-ms", Takes::value, "MS", "How long to wait before that. Default: 100."},
    {"timeout", Takes::value, "MS", "How long records wait for others to make a batch. Default: 1000; on a terminal and with --sync 0."},
    {"batch-size", Takes::value, "BYTES", "Size of a batch. Default: 16384."},
    {"max-partition-memory-bytes", Takes::value, "BYTES", "The old name of --batch-size."},
    {"max-memory-bytes", Takes::value, "BYTES", "How much may wait to be sent. Default: 33554432."},
    {"max-block-ms", Takes::value, "MS", "How long the first contact may take. Default: 60000."},
    {"metadata-expiry-ms", Takes::value, "MS", "How old metadata may grow. Default: 300000."},
    {"socket-buffer-size", Takes::value, "BYTES", "The socket's send buffer. Default: 102400."},
    {"line-reader", Takes::value, "CLASS", "org.apache.kafka.tools.LineMessageReader, which is the default."},
};

constexpr std::string_view examples[] = {
    "echo hello | kafka-console-producer --bootstrap-server localhost:9092 --topic greetings",
    "kafka-console-producer --bootstrap-server localhost:9092 --topic orders --reader-property parse.key=true --reader-property key.separator=: < orders.txt",
};

struct Renamed { std::string_view now, old; };
constexpr Renamed renamed[] = {{"command-config", "producer.config"}, {"command-property", "producer-property"}, {"reader-property", "property"}};

Or<void> check(const Options& o) {
  if (auto r = o.require({"topic"}); !r) return r;
  for (const auto& [now, old] : renamed)
    if (o.has(now) && o.has(old)) return wrong_usage(fmt::format("Options --{} and --{} cannot be specified together.", now, old));
  if (auto r = o.check_single({"topic", "bootstrap-server", "reader-config", "command-config", "producer.config", "compression-codec", "line-reader", "request-required-acks"}); !r) return r;
  const auto warn_old = [&](std::string_view old, std::string_view now, std::string_view when) {
    if (o.has(old)) say("Warning: --{} is deprecated and will be removed in {}. Use --{} instead.", old, when, now);
  };
  warn_old("producer-property", "command-property", "a future version");
  warn_old("producer.config", "command-config", "a future version");
  warn_old("property", "reader-property", "a future version");
  warn_old("max-partition-memory-bytes", "batch-size", "Apache Kafka 5.0");
  if (!o.has("bootstrap-server")) return wrong_usage("Missing required argument \"[bootstrap-server]\"");
  const std::string reader = o.text("line-reader", "org.apache.kafka.tools.LineMessageReader");
  if (reader != "org.apache.kafka.tools.LineMessageReader") return stop(fmt::format("--line-reader: there are no Java classes here to load {} from", reader), "org.apache.kafka.tools.LineMessageReader is built in");
  return {};
}

std::vector<std::string> either(const Options& o, std::string_view now, std::string_view old) { return o.has(now) ? o.all(now) : o.all(old); }

Or<Properties> merged(const std::vector<std::string>& files, const std::vector<std::string>& pairs) {
  Properties out;
  if (!files.empty()) {
    auto read = read_properties(files.front());
    if (!read) return read;
    out = std::move(*read);
  }
  for (const auto& [name, value] : parse_pairs(pairs)) out[name] = value;
  return out;
}

struct Setting { std::string_view option, property, otherwise; int64_t min; };
constexpr Setting settings_of_options[] = {
    {"request-timeout-ms", "request.timeout.ms", "1500", 1}, {"message-send-max-retries", "retries", "3", 0}, {"retry-backoff-ms", "retry.backoff.ms", "100", 1},
    {"socket-buffer-size", "socket.send.buffer.bytes", "102400", 0}, {"metadata-expiry-ms", "metadata.max.age.ms", "300000", 1}, {"batch-size", "batch.size", "16384", 1}};

// An option that was given wins; else a property; else the tool's own default.
Or<Properties> client_properties(const Options& o, const std::string& linger_ms) {
  auto out = merged(either(o, "command-config", "producer.config"), either(o, "command-property", "producer-property"));
  if (!out) return out;
  const auto merge = [&](std::string_view property, bool given, const std::string& value) {
    if (given || !out->contains(std::string(property))) (*out)[std::string(property)] = value;
  };
  for (const auto& [option, property, otherwise, min] : settings_of_options) {
    const auto number = o.number(option, min, INT32_MAX);
    if (!number) return stop(number.error());
    merge(property, number->has_value(), *number ? fmt::format("{}", **number) : std::string(otherwise));
  }
  for (std::string_view option : {"timeout", "max-partition-memory-bytes", "max-memory-bytes", "max-block-ms"})
    if (auto number = o.number(option, 0, INT64_MAX); !number) return stop(number.error());
  if (o.has("max-partition-memory-bytes")) (*out)["batch.size"] = o.text("max-partition-memory-bytes");
  if (o.has("max-memory-bytes")) (*out)["queue.buffering.max.kbytes"] = fmt::format("{}", std::max<int64_t>(1, **o.number("max-memory-bytes", 0, INT64_MAX) / 1024));
  merge("linger.ms", o.has("timeout"), o.text("timeout", linger_ms));
  merge("acks", o.has("request-required-acks"), o.text("request-required-acks", "-1"));
  merge("client.id", false, "console-producer");
  (*out)["compression.type"] = o.has("compression-codec") ? o.text("compression-codec", "gzip") : "none";
  if ((*out)["compression.type"].empty()) (*out)["compression.type"] = "gzip";
  if ((*out)["retries"] == "0" || ((*out)["acks"] != "-1" && (*out)["acks"] != "all")) out->emplace("enable.idempotence", "false");
  return out;
}

class Run {
 public:
  Run(const Options& o, client::Producer& producer) : o_(o), producer_(producer), prompt_(is_terminal(stdin) && is_terminal(stdout)) {
    producer_.on_delivery = [this](const client::Delivery& delivery) { delivered(delivery); };
  }
  Or<int> run(LineReader& reader);

 private:
  void delivered(const client::Delivery& delivery);
  Or<void> send(const client::Record& record);
  void finish();

  const Options& o_;
  client::Producer& producer_;
  bool prompt_;
  client::ClientError last_;
  uint64_t failed_ = 0;
};

void Run::delivered(const client::Delivery& delivery) {
  if (!delivery.error) return;
  last_ = delivery.error, ++failed_;
  if (!o_.has("sync")) fmt::print(stderr, "Error when sending message to topic {} with {} bytes of key and value: {}\n", delivery.topic, delivery.size_bytes, delivery.error.message);
}

Or<void> Run::send(const client::Record& record) {
  const auto error = producer_.produce(record, nullptr, [] { return interrupted() != 0; });
  if (error) delivered({.topic = record.topic, .error = error});
  if (!o_.has("sync")) return producer_.poll(0), Or<void>();
  while (producer_.queued() > 0 && !interrupted()) producer_.flush(100);
  if (failed_ > 0) return stop(last_.message);
  return {};
}

void Run::finish() {
  while (producer_.queued() > 0 && !interrupted() && !producer_.events().fatal) producer_.flush(100);
}

Or<int> Run::run(LineReader& reader) {
  Input input({"-"});
  Lines lines(input);
  client::Record record;
  const std::string topic = o_.text("topic");
  for (;;) {
    if (prompt_) fmt::print(">"), std::fflush(stdout);
    auto line = lines.next([this] { producer_.poll(0); });
    if (!line) return stop(as_stop(line.error()));
    if (!*line) break;
    if (auto read = reader.read(std::move(**line), record); !read) return finish(), stop(read.error());
    record.topic = topic;
    if (auto sent = send(record); !sent) return stop(sent.error());
  }
  finish();
  return interrupted() ? interrupted() : exit_code::ok;
}

Or<int> run(const Options& o) {
  if (auto checked = check(o); !checked) return stop(checked.error());
  watch_signals();
  const auto reading = merged(o.all("reader-config"), either(o, "reader-property", "property"));
  if (!reading) return stop(reading.error());
  auto reader = LineReader::of(*reading);
  if (!reader) return stop(reader.error());
  const auto properties = client_properties(o, o.has("sync") || is_terminal(stdin) ? "0" : "1000");
  if (!properties) return stop(properties.error());
  const auto settings = client_settings(o.text("bootstrap-server"), *properties);
  if (!settings) return stop(settings.error());
  const auto block_ms = o.number("max-block-ms", 1, INT32_MAX);
  if (!block_ms) return stop(block_ms.error());
  if (auto reachable = check_reachable(*settings, static_cast<int>(block_ms->value_or(60'000))); !reachable) return stop(reachable.error().message, "is a broker running there?  --bootstrap-server HOST:PORT");
  const auto producer = client::Producer::open(*settings);
  if (!producer) return stop(producer.error().message);
  return Run(o, **producer).run(*reader);
}

}  // namespace

const Tool console_producer_tool{"kafka-console-producer", "Send lines of standard input to a topic", examples, options, run};

}  // namespace evlog::cmd::kafka
