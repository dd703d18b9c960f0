// evlog produce: records from stdin or files to a topic. Idempotent with acks=all unless told otherwise; what was not
// delivered is said with its line and ends with exit 1.
#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "client/time_spec.h"
#include "evlog/admin_session.h"
#include "evlog/commands.h"
#include "evlog/produce.h"
#include "evlog/rate.h"
#include "evlog/signals.h"

namespace evlog::cmd {
namespace {

using Options = ProduceOptions;
using Defaults = ProduceDefaults;

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
  if (!o.rate.empty()) {
    const auto rate = parse_rate(o.rate);
    if (!rate) return failure(rate.error());
    d.rate = *rate;
  }
  if (!o.report.empty()) {
    const std::string named = client::RecordFormat::named(o.report);
    d.report_json = o.report == "json";
    auto format = client::RecordFormat::parse(d.report_json ? "" : named.empty() ? o.report : named);
    if (!format) return failure(bad_option("--report", format.error()));
    d.report = std::move(*format);
  }
  if (o.timestamp.empty()) return d;
  const auto time = client::parse_time(o.timestamp, wall_ms());
  if (!time) return failure(exit_code::usage, "see: evlog help offsets", "--timestamp: {}", time.error().message);
  d.timestamp_ms = *time;
  return d;
}

Expected<RecordInputOptions> make_input_options(const Options& o) {
  RecordInputOptions input{.json = o.json, .csv = o.csv, .whole_file = o.whole_file, .format = {}, .empty_is_null = o.empty_null};
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

Expected<client::Settings> producer_settings(const Options& o) {
  auto settings = make_settings(o.client);
  if (!settings) return settings;
  if (!o.acks.empty()) settings->set("acks", o.acks);
  if (!o.codec.empty()) settings->set("compression.codec", o.codec);
  if (!o.partitioner.empty()) settings->set("partitioner", o.partitioner);
  return settings;
}

std::optional<int64_t> config_number(const std::vector<client::ConfigEntry>& configs, std::string_view name) {
  const auto entry = std::ranges::find(configs, name, &client::ConfigEntry::name);
  return entry == configs.end() ? std::nullopt : parse_int(entry->value.value_or(""));
}

// The client tries for two minutes before it gives up, so what it waits for is said at once.
void warn_of_few_replicas(const Options& o, AdminSession& session, int64_t wanted) {
  if (wanted <= 1 || o.client.quiet) return;
  const auto cluster = session.admin().cluster();
  const client::TopicDescription* const topic = cluster ? cluster->find(o.topic) : nullptr;
  if (!topic) return;
  for (const auto& p : topic->partitions) {
    const int64_t needed = std::min(wanted, static_cast<int64_t>(p.replicas.size()));  // brokers ask for no more than there are
    if (static_cast<int64_t>(p.isr.size()) >= needed) continue;
    warn(fmt::format("{} partition {} has {} in-sync replica{} ({}) and min.insync.replicas={}: records wait until there are more; --acks 1 does not", o.topic, p.index, p.isr.size(),
                     p.isr.size() == 1 ? "" : "s", fmt::join(p.isr, ","), wanted));
    return;
  }
}

// The limit is one of whole batches, and librdkafka does not split a batch that was refused: so batches are kept below it, and
// only a record that is too large by itself fails.
void respect_limit(const Options& o, client::Settings& settings, Defaults& defaults) {
  if (defaults.topic.empty()) return;
  const auto session = AdminSession::open(o.client);
  if (!session) return;
  const auto configs = (*session)->admin().topic_configs(defaults.topic);
  if (!configs) return;  // a topic that does not exist yet
  if (o.acks.empty() || o.acks == "all") warn_of_few_replicas(o, **session, config_number(*configs, "min.insync.replicas").value_or(1));
  const auto limit = config_number(*configs, "max.message.bytes");
  if (!limit || *limit < 1) return;
  defaults.record_bytes_max = *limit;
  if (*limit < 1'000'000 && !settings.find("batch.size")) settings.set("batch.size", std::to_string(*limit));
}

// --create: the topic, unless it is there.
Expected<void> create_topic(const Options& o) {
  if (o.topic.empty() || o.topic == "-") return failure(exit_code::usage, "evlog produce TOPIC --create", "--create needs a TOPIC");
  client::NewTopic topic{.name = o.topic, .partitions = -1, .replicas = -1, .configs = {}};
  if (o.create != "default") {
    const auto partitions = parse_int(o.create);
    if (!partitions || *partitions < 1 || *partitions > 100'000) return failure(exit_code::usage, "as --create=6", "--create: '{}' is no number of partitions", o.create);
    topic.partitions = static_cast<int32_t>(*partitions);
  }
  const auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto results = (*session)->ask<std::vector<client::TopicResult>>([&] { return (*session)->admin().create_topics({topic}, false, (*session)->timeout_ms()); });
  if (!results) return failure(results.error());
  for (const auto& result : *results) {
    if (result.error == ErrorCode::TOPIC_ALREADY_EXISTS) continue;
    if (result.error != ErrorCode::NONE) return failure({exit_code::failed, result.message.empty() ? std::string(error_text(result.error)) : result.message, {}, std::string(error_name(result.error))});
    if (!o.client.quiet) fmt::print(stderr, "created {}{}\n", o.topic, result.partitions > 0 ? fmt::format(" with {} partition{}", result.partitions, result.partitions == 1 ? "" : "s") : "");
  }
  return {};
}

Expected<void> check_input(const Options& o) {
  if (o.json + o.csv + !o.format.empty() + o.whole_file > 1) return failure(exit_code::usage, "one of them", "--json, --csv, -f and --whole-file exclude each other");
  if (o.tee && !o.report.empty()) return failure(exit_code::usage, "one of them", "-T and --report both write to standard output");
  if (o.topic.empty() && !o.json && !o.csv && o.format.find("%t") == std::string::npos) return failure(exit_code::usage, "evlog produce TOPIC [FILE…]", "TOPIC is missing");
  return {};
}

Outcome produce(const Options& o) {
  watch_signals();
  if (auto checked = check_input(o); !checked) return failure(checked.error());
  auto settings = producer_settings(o);
  if (!settings) return failure(settings.error());
  auto defaults = make_defaults(o);
  if (!defaults) return failure(defaults.error());
  auto input = make_input_options(o);
  if (!input) return failure(input.error());
  if (auto reachable = check_reachable(*settings, static_cast<int>(o.client.timeout_s * 1000)); !reachable) return failure(reachable.error());
  if (!o.create.empty())
    if (auto created = create_topic(o); !created) return failure(created.error());
  respect_limit(o, *settings, *defaults);
  const auto producer = client::Producer::open(*settings);
  if (!producer) return failure(explain(producer.error()));
  return ProduceRun(o, *settings, *defaults, **producer).run(std::move(*input));
}

}  // namespace

void add_produce(Args& root) {
  Args& args = root.command("produce", "Send records from standard input or files to a topic");
  Options& o = args.keep<Options>();
  args.examples({"echo hello | evlog produce greetings",
                 "evlog produce orders -K: < orders.txt                  # key:value on each line",
                 "evlog consume orders --json -e | evlog produce copy --json",
                 "evlog produce events --json -z zstd events.jsonl",
                 "evlog produce orders --csv orders.csv --create=6       # a row is a JSON object",
                 "evlog produce load --rate 500 --repeat 10000 < one-record.txt",
                 "printf 'k1\\tv1\\n' | evlog produce pairs -f '%k\\t%s\\n' -H source=test"})
      .about("Each line is one record, unless --json, -f or -D says otherwise. With --json, or %t in -f, records may name their own\n"
             "topic: leave TOPIC out, or write - before FILE. A TOPIC that is given wins.")
      .positional("TOPIC", o.topic, "Where the records go; made by the server if it does not exist and auto.create.topics.enable is on", false)
      .positionals("FILE", o.files, "Read these instead of standard input; - is standard input", false)
      .flag("--json", o.json, "Each line is a record as evlog consume --json prints it")
      .flag("--csv", o.csv, "The first row names the columns: key, value, partition, ts, header.NAME; without a value, the others make it as JSON")
      .flag("--whole-file", o.whole_file, "Each FILE is one record")
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
      .number("-n,--count", o.records_max, "N", "Stop after N records", 0, INT64_MAX)
      .text("--rate", o.rate, "N", "Records per second, as 500 or 2k")
      .number("--repeat", o.repeat, "N", "Send each record N times", 1, INT64_MAX)
      .optional_text("--create", o.create, "PARTS", "default", "Create TOPIC first if it does not exist, with so many partitions")
      .flag("-T,--tee", o.tee, "Print the values that were sent, as tee does")
      .text("--report", o.report, "FORMAT", "Print each delivered record in this format, as '%t %p %o\\n', or json")
      .choice("-z,--compression", o.codec, {"none", "gzip", "snappy", "lz4", "zstd"}, "Codec. Default: none")
      .choice("--acks", o.acks, {"all", "1", "0"}, "Whom to wait for. Default: all, and no duplicates")
      .choice("--partitioner", o.partitioner, {"murmur2_random", "murmur2", "consistent", "consistent_random", "random", "fnv1a"}, "How keys choose a partition. Default: murmur2_random, as Java's clients");
  add_client_options(args, o.client);
  args.run([&o] { return produce(o); });
}

}  // namespace evlog::cmd
