// kafka-console-consumer: shows records as they come.
#include <algorithm>
#include <csignal>
#include <unistd.h>

#include "base/text.h"
#include "client/consumer.h"
#include "client/position.h"
#include "evlog/client_options.h"
#include "evlog/input.h"
#include "evlog/kafka/client_settings.h"
#include "evlog/kafka/message_formatter.h"
#include "evlog/kafka/tool.h"
#include "evlog/signals.h"
#include "evlog/terminal.h"

namespace evlog::cmd::kafka {
namespace {

constexpr Option options[] = {
    {"bootstrap-server", Takes::value, "HOST:PORT,…", "Where the cluster is. Required."},
    {"topic", Takes::value, "TOPIC", "The topic; this or --include is required."},
    {"include", Takes::value, "REGEX", "All topics with such a name."},
    {"from-beginning", Takes::nothing, "", "From the first record, where the group has no offset yet; else only new records are shown."},
    {"partition", Takes::value, "N", "Only this partition; without a group."},
    {"offset", Takes::value, "OFFSET", "With --partition, where to begin: an offset, earliest or latest. Default: latest."},
    {"group", Takes::value, "GROUP", "The group to join; its offsets are committed."},
    {"max-messages", Takes::value, "N", "End after N records."},
    {"timeout-ms", Takes::value, "MS", "End when no record came for so long."},
    {"formatter-property", Takes::value, "NAME=VALUE", "What is shown: print.timestamp, print.partition, print.offset, print.epoch, print.headers, print.key (true or false), print.value=false, key.separator (tab), line.separator, headers.separator (,), null.literal, key.deserializer, value.deserializer, headers.deserializer."},
    {"formatter-config", Takes::value, "FILE", "A file of such properties."},
    {"property", Takes::value, "NAME=VALUE", "The old name of --formatter-property."},
    {"formatter", Takes::value, "CLASS", "Default-, Logging-, NoOp-, Offsets- or GroupMetadataMessageFormatter of org.apache.kafka.tools.consumer. Default: the first."},
    {"key-deserializer", Takes::value, "CLASS", "String-, Short-, Integer- or LongDeserializer of org.apache.kafka.common.serialization."},
    {"value-deserializer", Takes::value, "CLASS", "Likewise."},
    {"isolation-level", Takes::value, "LEVEL", "read_committed or read_uncommitted, which is the default."},
    {"skip-message-on-error", Takes::nothing, "", "Pass over a record that cannot be shown, instead of ending."},
    {"enable-systest-events", Takes::nothing, "", "Print shutdown_complete after a signal ended the tool."},
    {"command-property", Takes::value, "NAME=VALUE", "A property of the client."},
    {"command-config", Takes::value, "FILE", "A file of client properties."},
    {"consumer-property", Takes::value, "NAME=VALUE", "The old name of --command-property."},
    {"consumer.config", Takes::value, "FILE", "The old name of --command-config."},
};

constexpr std::string_view examples[] = {
    "kafka-console-consumer --bootstrap-server localhost:9092 --topic greetings --from-beginning",
    "kafka-console-consumer --bootstrap-server localhost:9092 --topic orders --group billing --formatter-property print.key=true",
    "kafka-console-consumer --bootstrap-server localhost:9092 --topic orders --partition 0 --offset 100 --max-messages 10",
};

struct Plan {
  client::Settings settings;
  std::string topic, include, group;   // group: empty without
  std::optional<int32_t> partition;
  int64_t offset = RD_KAFKA_OFFSET_END;
  bool from_beginning = false;
  int64_t messages_max = -1, timeout_ms = -1;
  bool skip_faults = false;
};

class Run {
 public:
  Run(const Plan& plan, const MessageFormatter& formatter) : plan_(plan), formatter_(formatter) {}
  Or<int> run();

 private:
  Or<void> open();
  Or<void> open_group(const std::string& group, bool commits);
  int64_t first_offset(rd_kafka_t& rk, int32_t partition) const;
  bool open_partitions();
  void assigned(rd_kafka_topic_partition_list_t& partitions);
  Or<bool> take(std::span<rd_kafka_message_t* const> messages);  // false: enough
  bool over() const;
  bool flush();

  const Plan& plan_;
  const MessageFormatter& formatter_;
  std::unique_ptr<client::Reader> reader_;
  Output output_{false};
  int64_t count_ = 0, last_ms_ = mono_ms(), committed_ms_ = mono_ms();
  bool commits_ = false, gone_ = false;
  rd_kafka_resp_err_t warned_ = RD_KAFKA_RESP_ERR_NO_ERROR;
};

constexpr int contact_ms_max = 60'000;
constexpr int64_t commit_interval_ms = 5'000;

// The first offset of a partition that the group has none of is committed too: a consumer that comes back misses nothing.
void Run::assigned(rd_kafka_topic_partition_list_t& partitions) {
  rd_kafka_t& rk = reader_->handle();
  if (rd_kafka_committed(&rk, &partitions, contact_ms_max)) return;
  for (int i = 0; i < partitions.cnt; ++i) {
    rd_kafka_topic_partition_t& p = partitions.elems[i];
    if (p.offset >= 0) continue;
    const auto marks = client::query_watermarks(rk, {p.topic, p.partition}, contact_ms_max);
    if (!marks) continue;
    p.offset = plan_.from_beginning ? marks->start : marks->end;
    if (commits_) reader_->handled(p.topic, p.partition, p.offset);
  }
}

Or<void> Run::open_group(const std::string& group, bool commits) {
  client::Settings settings = plan_.settings;
  settings.properties.emplace_back("auto.offset.reset", plan_.from_beginning ? "earliest" : "latest");
  settings.properties.emplace_back("allow.auto.create.topics", "true");
  const std::string* wish = plan_.settings.find("enable.auto.commit");
  commits_ = commits && !(wish && *wish == "false");
  if (!commits) settings.properties.emplace_back("enable.auto.commit", "false");
  auto consumer = client::GroupConsumer::open(settings, group);
  if (!consumer) return stop(consumer.error().message);
  client::GroupConsumer& opened = **consumer;
  reader_ = std::move(*consumer);
  opened.on_assigned = [this](rd_kafka_topic_partition_list_t& partitions) { assigned(partitions); };
  const std::string topic = plan_.topic.empty() ? "^(" + plan_.include + ")$" : plan_.topic;
  if (const auto error = opened.subscribe(std::span(&topic, 1))) return stop(error.message);
  return {};
}

// As a number: librdkafka takes its time with "the beginning" and "the end".
int64_t Run::first_offset(rd_kafka_t& rk, int32_t partition) const {
  if (plan_.offset >= 0) return plan_.offset;
  const auto marks = client::query_watermarks(rk, {plan_.topic, partition}, contact_ms_max);
  if (!marks) return plan_.offset;
  return plan_.offset == RD_KAFKA_OFFSET_BEGINNING ? marks->start : marks->end;
}

// Nobody else reads with us: the partitions are taken by hand, at once. False: the topic is not there yet.
bool Run::open_partitions() {
  auto consumer = client::Consumer::open(plan_.settings);
  if (!consumer) return false;
  client::Consumer& opened = **consumer;
  std::vector<client::PartitionRange> ranges;
  const auto topics = client::list_topics(opened.handle(), contact_ms_max);
  if (!topics) return false;
  const auto found = std::ranges::find(*topics, plan_.topic, &client::TopicInfo::name);
  if (found == topics->end()) return false;
  for (const int32_t partition : found->partitions)
    if (!plan_.partition || *plan_.partition == partition) ranges.push_back({plan_.topic, partition, first_offset(opened.handle(), partition), -1});
  if (ranges.empty()) fmt::print(stderr, "warning: topic {} has no partition {}\n", plan_.topic, plan_.partition.value_or(-1));
  reader_ = std::move(*consumer);
  if (const auto error = opened.start(ranges)) fmt::print(stderr, "warning: {}\n", error.message);
  return true;
}

Or<void> Run::open() {
  if (plan_.group.empty() && plan_.include.empty() && (open_partitions() || plan_.partition)) return {};
  if (!plan_.group.empty()) return open_group(plan_.group, true);
  return open_group(fmt::format("console-consumer-{}", mono_ns() % 100'000), false);
}

bool Run::over() const {
  if (interrupted() || gone_) return true;
  if (plan_.messages_max >= 0 && count_ >= plan_.messages_max) return true;
  return plan_.timeout_ms >= 0 && mono_ms() - last_ms_ > plan_.timeout_ms;
}

// False: who read our output went away.
bool Run::flush() {
  if (!output_.flush()) {
    fmt::print(stderr, "Unable to write to standard out, closing consumer.\n");
    return !(gone_ = true);
  }
  if (commits_ && mono_ms() - committed_ms_ >= commit_interval_ms) reader_->commit(), committed_ms_ = mono_ms();
  return true;
}

Or<bool> Run::take(std::span<rd_kafka_message_t* const> messages) {
  client::Record record;
  for (const rd_kafka_message_t* message : messages) {
    if (over()) return false;
    if (message->err) {
      if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF && message->err != warned_) fmt::print(stderr, "warning: {}\n", rd_kafka_message_errstr(message));
      warned_ = message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF ? warned_ : message->err;
      continue;
    }
    record.clear();
    client::view_message(*message, record);
    ++count_, last_ms_ = mono_ms();
    if (auto shown = formatter_.append(output_.text(), record); !shown) {
      if (!plan_.skip_faults) return stop(shown.error());
      fmt::print(stderr, "Error processing message, skipping this message: {}\n", shown.error().message);
    }
    if (commits_) reader_->handled(rd_kafka_topic_name(message->rkt), message->partition, message->offset + 1);
    if (output_.full() && !flush()) return false;
  }
  return true;
}

Or<int> Run::run() {
  Or<bool> going = true;
  if (auto opened = open(); !opened) return stop(opened.error());
  while (going && *going && !over()) {
    if (reader_) going = take(reader_->poll(output_.empty() ? 100 : 20));
    else if (!open_partitions()) ::usleep(500'000);  // the topic may still come
    gone_ = gone_ || output_.reader_gone();
    if (gone_ || !flush()) break;
  }
  if (!gone_) flush();
  if (reader_) reader_->close();
  fmt::print(stderr, "Processed a total of {} messages\n", count_);
  if (!going) return stop(going.error());
  return interrupted() ? interrupted() : exit_code::ok;
}

struct Renamed { std::string_view now, old; };
constexpr Renamed renamed[] = {{"command-config", "consumer.config"}, {"command-property", "consumer-property"}};

Or<void> check(const Options& o) {
  if (o.count({"topic", "include"}) != 1) return wrong_usage("Exactly one of the following arguments is required: [topic], [include]");
  if (o.has("partition") && !o.has("topic")) return wrong_usage("The topic is required when partition is specified.");
  if (o.has("partition") && o.has("from-beginning") && o.has("offset")) return wrong_usage("Options from-beginning and offset cannot be specified together.");
  if (!o.has("partition") && o.has("offset")) return wrong_usage("The partition is required when offset is specified.");
  if (auto r = o.require({"bootstrap-server"}); !r) return r;
  for (const auto& [now, old] : renamed) {
    if (o.has(now) && o.has(old)) return wrong_usage(fmt::format("Options --{} and --{} cannot be specified together.", old, now));
    if (o.has(old)) say("Option --{} is deprecated and will be removed in a future version. Use --{} instead.", old, now);
  }
  if (o.has("formatter-property") && o.has("property")) return wrong_usage("Options --property and --formatter-property cannot be specified together.");
  return o.check_single({"topic", "include", "offset", "group", "bootstrap-server", "formatter", "formatter-config", "command-config", "consumer.config", "key-deserializer", "value-deserializer", "isolation-level"});
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

// One group, wherever it is named; the properties keep the rest.
Or<std::string> group_of(const Options& o, Properties& properties) {
  std::string group = o.text("group");
  const auto found = properties.find("group.id");
  if (found == properties.end()) return group;
  if (!group.empty() && group != found->second)
    return wrong_usage(fmt::format("The group ids provided in different places (directly using '--group', via '--consumer-property', or via '--consumer.config') do not match. Detected group ids: '{}', '{}'", group, found->second));
  group = found->second;
  properties.erase(found);
  return group;
}

Or<int64_t> offset_of(const Options& o) {
  std::string text = o.text("offset");
  if (text.empty()) return o.has("from-beginning") ? RD_KAFKA_OFFSET_BEGINNING : RD_KAFKA_OFFSET_END;
  if (const auto number = parse_int(text); number && *number >= 0) return *number;
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (text == "earliest") return RD_KAFKA_OFFSET_BEGINNING;
  if (text == "latest") return RD_KAFKA_OFFSET_END;
  return wrong_usage(fmt::format("The provided offset value '{}' is incorrect. Valid values are 'earliest', 'latest', or a non-negative long.", o.text("offset")));
}

Or<Plan> make_plan(const Options& o) {
  auto properties = merged(either(o, "command-config", "consumer.config"), either(o, "command-property", "consumer-property"));
  if (!properties) return stop(properties.error());
  const auto group = group_of(o, *properties);
  if (!group) return stop(group.error());
  if (!group->empty() && o.has("partition")) return wrong_usage("Options group and partition cannot be specified together.");
  Plan plan{.topic = o.text("topic"), .include = o.text("include"), .group = *group, .from_beginning = o.has("from-beginning"), .skip_faults = o.has("skip-message-on-error")};
  if (const auto reset = properties->find("auto.offset.reset"); reset != properties->end()) {
    if (plan.from_beginning && reset->second != "earliest") return stop(fmt::format("Can't simultaneously specify --from-beginning and 'auto.offset.reset={}', please remove one option", reset->second));
    plan.from_beginning = reset->second == "earliest";
    properties->erase(reset);
  }
  const auto offset = offset_of(o);
  if (!offset) return stop(offset.error());
  plan.offset = *offset;
  const auto wanted = o.number("partition", 0), most = o.number("max-messages"), timeout = o.number("timeout-ms", INT64_MIN, INT64_MAX);
  for (const auto* number : {&wanted, &most, &timeout})
    if (!*number) return stop(number->error());
  if (*wanted) plan.partition = static_cast<int32_t>(**wanted);
  plan.messages_max = most->value_or(-1), plan.timeout_ms = timeout->value_or(-1);
  if (o.has("isolation-level") || !properties->contains("isolation.level")) (*properties)["isolation.level"] = o.text("isolation-level", "read_uncommitted");
  properties->emplace("client.id", "console-consumer");
  auto settings = client_settings(o.text("bootstrap-server"), *properties);
  if (!settings) return stop(settings.error());
  plan.settings = std::move(*settings);
  return plan;
}

Or<MessageFormatter> make_formatter(const Options& o) {
  auto properties = merged(o.all("formatter-config"), {});
  if (!properties) return stop(properties.error());
  for (std::string_view name : {"key", "value"})
    if (const std::string type = o.text(fmt::format("{}-deserializer", name)); !type.empty()) (*properties)[fmt::format("{}.deserializer", name)] = type;
  for (const auto& [name, value] : parse_pairs(either(o, "formatter-property", "property"))) (*properties)[name] = value;
  if (o.has("property")) say("Option --property is deprecated and will be removed in a future version. Use --formatter-property instead.");
  return MessageFormatter::of(o.text("formatter", "org.apache.kafka.tools.consumer.DefaultMessageFormatter"), *properties);
}

Or<int> run(const Options& o) {
  if (auto checked = check(o); !checked) return stop(checked.error());
  watch_signals();
  std::signal(SIGPIPE, SIG_IGN);
  const auto plan = make_plan(o);
  if (!plan) return stop(plan.error());
  const auto formatter = make_formatter(o);
  if (!formatter) return stop(formatter.error());
  std::fflush(stdout);
  if (auto reachable = check_reachable(plan->settings, contact_ms_max); !reachable) return stop(reachable.error().message, "is a broker running there?  --bootstrap-server HOST:PORT");
  const auto done = Run(*plan, *formatter).run();
  if (interrupted() && o.has("enable-systest-events")) say("shutdown_complete");
  return done;
}

}  // namespace

const Tool console_consumer_tool{"kafka-console-consumer", "Show the records of topics", examples, options, run};

}  // namespace evlog::cmd::kafka
