// evlog produce: records from stdin or files to a topic. Idempotent with acks=all unless told otherwise; what was not
// delivered is said with its line and ends with exit 1.
#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "client/producer.h"
#include "client/time_spec.h"
#include "evlog/admin_session.h"
#include "evlog/client_options.h"
#include "evlog/commands.h"
#include "evlog/record_input.h"
#include "evlog/signals.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

struct Options {
  ClientOptions client;
  std::string topic;
  std::vector<std::string> files;
  bool json = false, nul = false, empty_null = false;
  std::string format, delimiter = "\\n", key_separator, key, partition, null, timestamp, codec, acks, partitioner;
  std::vector<std::string> headers;
};

// What every record gets that does not bring it along.
struct Defaults {
  std::string topic;
  std::optional<std::string> key;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers;
  std::optional<int32_t> partition;  // -1: any, whatever the record says
  int64_t timestamp_ms = -1;
  int64_t record_bytes_max = 0;      // max.message.bytes of the topic; 0: not known
};

std::pair<std::string, std::optional<std::string>> parse_header(const std::string& text) {
  const size_t at = text.find_first_of("=:");
  if (at == std::string::npos) return {text, std::nullopt};
  return {text.substr(0, at), text.substr(at + 1)};
}

Failure bad_option(std::string_view option, const Error& error) {
  return {exit_code::usage, fmt::format("{}: {}", option, error.message), "see: evlog help formats", {}};
}

Expected<Defaults> make_defaults(const Options& o) {
  Defaults d;
  if (o.topic != "-") d.topic = o.topic;
  if (!o.key.empty()) d.key = o.key;
  for (const std::string& header : o.headers) d.headers.push_back(parse_header(header));
  if (o.partition == "any") {
    d.partition = -1;
  } else if (!o.partition.empty()) {
    d.partition = static_cast<int32_t>(std::strtol(o.partition.c_str(), nullptr, 10));
    if (o.partition.find_first_not_of("0123456789") != std::string::npos) return failure(exit_code::usage, "a number, or 'any'", "-p: '{}' is no partition", o.partition);
  }
  if (o.timestamp.empty()) return d;
  const auto time = client::parse_time(o.timestamp, wall_ms());
  if (!time) return failure(exit_code::usage, "see: evlog help offsets", "--timestamp: {}", time.error().message);
  d.timestamp_ms = *time;
  return d;
}

Expected<RecordInputOptions> make_input_options(const Options& o) {
  RecordInputOptions input{.json = o.json, .empty_is_null = o.empty_null};
  const auto delimiter = client::parse_escapes(o.nul ? "\\0" : o.delimiter);
  if (!delimiter) return failure(bad_option("-D", delimiter.error()));
  const auto separator = client::parse_escapes(o.key_separator);
  if (!separator) return failure(bad_option("-K", separator.error()));
  input.delimiter = *delimiter;
  input.key_separator = *separator;
  if (!o.null.empty()) input.null = o.null;
  if (input.delimiter.empty()) return failure(exit_code::usage, "-D '\\n'", "-D: an empty delimiter");
  if (o.format.empty()) return input;
  auto format = client::InputFormat::parse(o.format, input.delimiter);
  if (!format) return failure(bad_option("-f", format.error()));
  input.format = std::move(*format);
  return input;
}

class Run {
 public:
  Run(const Options& options, const client::Settings& settings, Defaults defaults, client::Producer& producer)
      : options_(options), settings_(settings), defaults_(std::move(defaults)), producer_(producer), progress_(!options.client.quiet) {
    producer_.on_delivery = [this](const client::Delivery& delivery) { on_delivery(delivery); };
    show_log(options.client, producer_.events());
  }

  Outcome run(RecordInputOptions input_options);

 private:
  Expected<void> send_all(RecordInput& records, Input& input);
  void complete(client::Record& record) const;
  void on_delivery(const client::Delivery& delivery);
  void look();
  void show_progress();
  bool give_up() const { return failed_ > 0 || interrupted() != 0; }
  Outcome finish(const Expected<void>& sent);
  Failure delivery_failure() const;
  std::string summary() const;

  const Options& options_;
  const client::Settings& settings_;
  Defaults defaults_;
  client::Producer& producer_;
  Progress progress_;
  bool warned_ = false;
  int64_t started_ms_ = mono_ms();
  uint64_t queued_ = 0, delivered_ = 0, failed_ = 0, bytes_ = 0;
  uint64_t first_failed_number_ = 0;
  size_t first_failed_bytes_ = 0;
  std::string first_failed_topic_;
  client::ClientError first_error_;
  std::string topic_;            // of the latest delivery
  bool several_topics_ = false;
};

void Run::complete(client::Record& record) const {
  if (!defaults_.topic.empty()) record.topic = defaults_.topic;
  if (defaults_.key && !record.key) record.key = *defaults_.key;
  for (const auto& [name, value] : defaults_.headers) record.headers.push_back({name, value});
  if (defaults_.partition && (*defaults_.partition < 0 || record.partition < 0)) record.partition = *defaults_.partition;
  if (record.timestamp_ms < 0) record.timestamp_ms = defaults_.timestamp_ms;
}

void Run::on_delivery(const client::Delivery& delivery) {
  if (delivery.topic != topic_) several_topics_ = !topic_.empty(), topic_ = delivery.topic;
  if (!delivery.error) {
    ++delivered_;
    bytes_ += delivery.size_bytes;
    producer_.events().all_brokers_down = warned_ = false;
    return;
  }
  if (failed_++ > 0) return;
  first_error_ = delivery.error;
  first_failed_number_ = reinterpret_cast<uintptr_t>(delivery.tag);
  first_failed_bytes_ = delivery.size_bytes;
  first_failed_topic_ = delivery.topic;
}

// What has to be looked at now and then, whether the input flows or not.
void Run::look() {
  producer_.poll(0);
  if (producer_.events().all_brokers_down && !warned_ && !options_.client.quiet) {
    progress_.clear();
    warn(fmt::format("no broker reachable at {}; trying again", settings_.brokers));
    warned_ = true;
  }
  if (progress_.due()) show_progress();
}

void Run::show_progress() {
  const double seconds = static_cast<double>(mono_ms() - started_ms_) / 1000;
  progress_.show(fmt::format("{} records, {}, {}/s", human_count(delivered_), human_bytes(bytes_), human_count(static_cast<uint64_t>(static_cast<double>(delivered_) / seconds))));
}

Expected<void> Run::send_all(RecordInput& records, Input& input) {
  client::Record record;
  bool greeted = options_.client.quiet;
  const auto idle = [&] {
    if (!greeted && input.from_terminal()) fmt::print(stderr, "reading records from the terminal, one per line; Ctrl-D to finish\n");
    greeted = true;
    look();
  };
  while (!give_up()) {
    const auto more = records.next(record, idle);
    if (!more) return failure(more.error());
    if (!*more) break;
    complete(record);
    if (record.topic.empty()) return failure(exit_code::usage, "evlog produce TOPIC, or \"topic\" in each record", "{}:{}: the record names no topic", input.name(), records.number());
    const auto error = producer_.produce(record, reinterpret_cast<void*>(static_cast<uintptr_t>(records.number())), [this] { look(); return give_up(); });
    if (error && !give_up()) {
      on_delivery({.topic = record.topic, .size_bytes = record.value ? record.value->size() : 0, .error = error, .tag = reinterpret_cast<void*>(static_cast<uintptr_t>(records.number()))});
      break;
    }
    if (error) break;
    ++queued_;
    if (queued_ % 256 == 0) look();
  }
  return {};
}

Failure Run::delivery_failure() const {
  Failure f = explain(first_error_, producer_.events(), settings_);
  if (first_error_.code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
    const std::string limit = defaults_.record_bytes_max > 0 ? fmt::format("={}", defaults_.record_bytes_max) : "";
    f.message = fmt::format("a record of {} exceeds max.message.bytes{} of topic {}", human_bytes(first_failed_bytes_), limit, first_failed_topic_);
  } else if (first_error_.code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || first_error_.code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    f.message = fmt::format("topic '{}' does not exist, and the broker does not create it", first_failed_topic_);
    f.hint = fmt::format("evlog topics create {}", first_failed_topic_);
  } else if (first_error_.code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) {
    f.message = fmt::format("topic {} has no such partition", first_failed_topic_);
    f.hint = fmt::format("evlog topics describe {}; -p any lets the key decide", first_failed_topic_);
  }
  f.message = fmt::format("record {}: {}", first_failed_number_, f.message);
  if (delivered_ + failed_ > 1) f.message += fmt::format(" ({} delivered, {} not)", human_count(delivered_), human_count(failed_));
  return f;
}

std::string Run::summary() const {
  const int64_t ms = mono_ms() - started_ms_;
  std::string out = fmt::format("{} record{} to {} in {} ms", human_count(delivered_), delivered_ == 1 ? "" : "s", several_topics_ ? "several topics" : topic_.empty() ? options_.topic : topic_, ms);
  if (delivered_ >= 1000 && ms > 0) out += fmt::format(" ({}/s, {}/s)", human_count(delivered_ * 1000 / static_cast<uint64_t>(ms)), human_bytes(bytes_ * 1000 / static_cast<uint64_t>(ms)));
  return out;
}

Outcome Run::finish(const Expected<void>& sent) {
  while (producer_.queued() > 0 && failed_ == 0) {
    producer_.flush(100);
    look();
    if (producer_.events().fatal) break;
  }
  if (failed_ > 0 || producer_.queued() > 0) producer_.purge();
  progress_.clear();
  if (!sent) return failure(sent.error());
  if (producer_.events().fatal) return failure(explain(producer_.events().fatal, producer_.events(), settings_));
  if (failed_ > 0) return failure(delivery_failure());
  const bool people = is_terminal(stderr) || options_.client.verbose || interrupted();
  if (people && !options_.client.quiet) fmt::print(stderr, "{}{}\n", interrupted() ? "interrupted: " : "", summary());
  return interrupted();
}

Outcome Run::run(RecordInputOptions input_options) {
  Input input(options_.files.empty() ? std::vector<std::string>{"-"} : options_.files);
  RecordInput records(input, std::move(input_options));
  const auto sent = send_all(records, input);
  return finish(sent);
}

Expected<client::Settings> producer_settings(const Options& o) {
  auto settings = make_settings(o.client);
  if (!settings) return settings;
  if (!o.acks.empty()) settings->set("acks", o.acks);
  if (!o.codec.empty()) settings->set("compression.codec", o.codec);
  if (!o.partitioner.empty()) settings->set("partitioner", o.partitioner);
  return settings;
}

// The limit is one of whole batches, and librdkafka does not split a batch that was refused: so batches are kept below it, and
// only a record that is too large by itself fails.
void respect_limit(const Options& o, client::Settings& settings, Defaults& defaults) {
  if (defaults.topic.empty()) return;
  const auto session = AdminSession::open(o.client);
  if (!session) return;
  const auto configs = (*session)->admin().topic_configs(defaults.topic);
  if (!configs) return;  // a topic that does not exist yet
  const auto entry = std::ranges::find(*configs, "max.message.bytes", &client::ConfigEntry::name);
  const auto limit = entry == configs->end() ? std::nullopt : parse_int(entry->value.value_or(""));
  if (!limit || *limit < 1) return;
  defaults.record_bytes_max = *limit;
  if (*limit < 1'000'000 && !settings.find("batch.size")) settings.set("batch.size", std::to_string(*limit));
}

Outcome produce(const Options& o) {
  watch_signals();
  if (o.topic.empty() && !o.json && o.format.find("%t") == std::string::npos) {
    return failure(exit_code::usage, "evlog produce TOPIC [FILE…]", "TOPIC is missing");
  }
  auto settings = producer_settings(o);
  if (!settings) return failure(settings.error());
  auto defaults = make_defaults(o);
  if (!defaults) return failure(defaults.error());
  auto input = make_input_options(o);
  if (!input) return failure(input.error());
  if (auto reachable = check_reachable(*settings, static_cast<int>(o.client.timeout_s * 1000)); !reachable) return failure(reachable.error());
  respect_limit(o, *settings, *defaults);
  const auto producer = client::Producer::open(*settings);
  if (!producer) return failure(explain(producer.error()));
  return Run(o, *settings, *defaults, **producer).run(std::move(*input));
}

}  // namespace

void add_produce(Args& root) {
  Args& args = root.command("produce", "Send records from standard input or files to a topic");
  Options& o = args.keep<Options>();
  args.examples({"echo hello | evlog produce greetings",
                 "evlog produce orders -K: < orders.txt                  # key:value on each line",
                 "evlog consume orders --json -e | evlog produce copy --json",
                 "evlog produce events --json -z zstd events.jsonl",
                 "printf 'k1\\tv1\\n' | evlog produce pairs -f '%k\\t%s\\n' -H source=test"})
      .about("Each line is one record, unless --json, -f or -D says otherwise. With --json, or %t in -f, records may name their own\n"
             "topic: leave TOPIC out, or write - before FILE. A TOPIC that is given wins.")
      .positional("TOPIC", o.topic, "Where the records go; made by the server if it does not exist and auto.create.topics.enable is on", false)
      .positionals("FILE", o.files, "Read these instead of standard input; - is standard input", false)
      .flag("--json", o.json, "Each line is a record as evlog consume --json prints it")
      .text("-f,--format", o.format, "FORMAT", "Take records apart by a format string: evlog help formats")
      .text("-K,--key-separator", o.key_separator, "SEP", "What stands before the first SEP of a line is the key")
      .text("-D,--delimiter", o.delimiter, "DELIM", "What ends a record. Default: \\n")
      .flag("-0,--nul", o.nul, "Records end with a zero byte (as -D '\\0')")
      .text("-k,--key", o.key, "KEY", "The key of records that have none")
      .list("-H,--header", o.headers, "NAME=VALUE", "A header for every record; NAME alone has a null value; may be repeated")
      .text("-p,--partition", o.partition, "N|any", "Send to this partition; any: by key, even if the record names one")
      .flag("-Z,--empty-null", o.empty_null, "Empty keys and values are null")
      .text("--null", o.null, "TEXT", "This text as key or value stands for null")
      .text("--timestamp", o.timestamp, "TIME", "Timestamp of records that have none: evlog help offsets. Default: now")
      .choice("-z,--compression", o.codec, {"none", "gzip", "snappy", "lz4", "zstd"}, "Codec. Default: none")
      .choice("--acks", o.acks, {"all", "1", "0"}, "Whom to wait for. Default: all, and no duplicates")
      .choice("--partitioner", o.partitioner, {"murmur2_random", "murmur2", "consistent", "consistent_random", "random", "fnv1a"}, "How keys choose a partition. Default: murmur2_random, as Java's clients");
  add_client_options(args, o.client);
  args.run([&o] { return produce(o); });
}

}  // namespace evlog::cmd
