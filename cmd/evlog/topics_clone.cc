// evlog topics clone: a second topic like the first, with its partitions and settings, and with --data its records too:
// same partition, key, value, headers and time, in the same order. Offsets begin anew.
#include <algorithm>

#include "client/consumer.h"
#include "client/producer.h"
#include "evlog/consume.h"
#include "evlog/signals.h"
#include "evlog/terminal.h"
#include "evlog/topics.h"

namespace evlog::cmd {
namespace {

using client::ConfigOrigin;
using client::PartitionKey;
using client::TopicDescription;

Expected<client::NewTopic> like(TopicSession& s, const TopicDescription& from, const TopicOptions& o) {
  client::NewTopic out{.name = o.to, .partitions = static_cast<int32_t>(from.partitions.size()), .replicas = static_cast<int16_t>(replicas_of(from)), .configs = {}, .assignments = {}};
  const auto configs = s.session->ask<std::vector<client::ConfigEntry>>([&] { return s.admin().topic_configs(from.name); });
  if (!configs) return failure(configs.error());
  for (const auto& entry : *configs)
    if (entry.origin() == ConfigOrigin::topic && entry.value) out.configs.emplace_back(entry.name, *entry.value);
  for (const std::string& config : o.configs) {
    auto pair = parse_key_value(config, "-c");
    if (!pair) return failure(pair.error());
    std::erase_if(out.configs, [&](const auto& c) { return c.first == pair->first; });
    out.configs.push_back(std::move(*pair));
  }
  return out;
}

// Reads up to the ends as they were at the beginning and writes each record to the same partition of the other topic.
class Copy {
 public:
  Copy(const TopicOptions& o, client::Settings settings) : o_(o), settings_(std::move(settings)), progress_(!o.client.quiet) {}

  Outcome run(const std::map<PartitionKey, Marks>& marks) {
    for (const auto& [key, m] : marks) {
      if (m.records() == 0) continue;
      ranges_.push_back({o_.from, key.partition, m.start, m.end});
      ends_.add(o_.from, key.partition, m.end);
      expected_ += m.records();
    }
    if (ranges_.empty()) return exit_code::ok;
    if (!settings_.find("message.max.bytes")) settings_.set("message.max.bytes", "100000000");  // whatever the topic took once
    auto consumer = client::Consumer::open(settings_);
    if (!consumer) return failure(explain(consumer.error()));
    auto producer = client::Producer::open(settings_);
    if (!producer) return failure(explain(producer.error()));
    (*producer)->on_delivery = [this](const client::Delivery& d) {
      if (d.error) error_ = d.error;
      else ++delivered_;
    };
    if (const auto error = (*consumer)->start(ranges_)) return failure(cmd::explain(error, (*consumer)->events(), settings_));
    return pump(**consumer, **producer);
  }
  int64_t delivered() const { return delivered_; }

 private:
  client::ClientError copy(const rd_kafka_message_t& message, client::Producer& producer) {
    record_.clear();
    client::view_message(message, record_);
    record_.topic = o_.to;
    return producer.produce(record_, nullptr, [] { return interrupted() != 0; });
  }

  Outcome pump(client::Consumer& consumer, client::Producer& producer) {
    while (!ends_.all_reached() && !interrupted() && !error_) {
      for (const rd_kafka_message_t* message : consumer.poll(100)) {
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) ends_.reached(*message, message->offset);
        else if (message->err) error_ = client::client_error(message->err);
        else if (!ends_.past(*message, message->offset)) {
          if (auto error = copy(*message, producer)) error_ = error;
          ends_.reached(*message, message->offset + 1);
        }
      }
      if (consumer.events().fatal) error_ = consumer.events().fatal;
      producer.poll(0);
      if (progress_.due()) progress_.show(fmt::format("copied {} of {} records", human_count(static_cast<uint64_t>(delivered_)), human_count(static_cast<uint64_t>(expected_))));
    }
    while (producer.queued() > 0 && !error_ && interrupted() != exit_code::terminated) producer.flush(200);
    progress_.clear();
    if (error_) return failure(cmd::explain(error_, producer.events(), settings_));
    if (interrupted()) return failure(interrupted(), fmt::format("evlog topics delete {}", o_.to), "stopped after {} of {} records: topic '{}' is incomplete", delivered_, expected_, o_.to);
    return exit_code::ok;
  }

  const TopicOptions& o_;
  client::Settings settings_;
  Progress progress_;
  std::vector<client::PartitionRange> ranges_;
  Ends ends_;
  client::Record record_;
  client::ClientError error_;
  int64_t expected_ = 0, delivered_ = 0;
};

Outcome copy_data(TopicSession& s, const TopicOptions& o, const TopicDescription& from) {
  const auto settings = make_settings(o.client);
  if (!settings) return failure(settings.error());
  const auto marks = topic_marks(s, {from});
  if (!marks) return failure(marks.error());
  watch_signals();
  Copy copy(o, *settings);
  const int64_t begun = mono_ms();
  if (auto copied = copy.run(*marks); !copied) return copied;
  if (!o.client.quiet && !for_scripts(o.client)) fmt::print(stderr, "copied {} in {} ms\n", count_of(copy.delivered(), "record"), mono_ms() - begun);
  return exit_code::ok;
}

Outcome clone(TopicOptions& o) {
  auto s = open_topics(o.client);
  if (!s) return failure(s.error());
  const auto from = find_topic(s->cluster, o.from);
  if (!from) return failure(from.error());
  if (s->cluster.find(o.to)) return failure(exit_code::failed, "choose another name, or delete it first", "topic '{}' exists already", o.to);
  const auto wanted = like(*s, **from, o);
  if (!wanted) return failure(wanted.error());
  const auto results = s->session->ask<std::vector<client::TopicResult>>([&] { return s->admin().create_topics({*wanted}, o.dry_run, s->session->timeout_ms()); });
  if (!results) return failure(results.error());
  for (client::TopicResult result : *results) {
    result.replicas = wanted->replicas;
    if (result.error != ErrorCode::NONE) return failure(explain_topic(result, &s->cluster));
  }
  if (!o.dry_run) wait_until(*s, [&](const client::ClusterInfo& cluster) { return cluster.partition({o.to, wanted->partitions - 1}) != nullptr; });
  if (for_scripts(o.client)) Listing(o.client, {{"NAME", "name"}, {"FROM", "from"}, {"CREATED", "created"}, {"PARTITIONS", "partitions"}}).row({Cell::text(o.to), Cell::text(o.from), Cell::flag(!o.dry_run), Cell::number(wanted->partitions)});
  else if (!o.client.quiet) fmt::print(stderr, "{} {} with {} and {}\n", o.dry_run ? "would create" : "created", o.to, count_of(wanted->partitions, "partition"), count_of(static_cast<int64_t>(wanted->configs.size()), "setting"));
  return o.data && !o.dry_run ? copy_data(*s, o, **from) : Outcome(exit_code::ok);
}

}  // namespace

void add_topics_clone(Args& topics, TopicOptions& o) {
  Args& cloned = topics.command("clone", "Copy a topic, with its records or without", {"copy", "cp"});
  cloned.examples({"evlog topics clone orders orders-test", "evlog topics clone orders orders-copy --data", "evlog topics clone orders orders-short -c retention.ms=60000 --dry-run"})
      .positional("FROM", o.from, "The topic that exists")
      .positional("TO", o.to, "The new one's name")
      .flag("--data", o.data, "Also copy what records there are now; they keep partition, key, headers and time, and get new offsets")
      .list("-c,--config", o.configs, "KEY=VALUE", "A setting that differs; may be repeated")
      .flag("--dry-run", o.dry_run, "Let the server check it, and create nothing");
  add_format_options(cloned, o.client);
  add_client_options(cloned, o.client);
  cloned.run([&o] { return clone(o); });
}

}  // namespace evlog::cmd
