#include <doctest/doctest.h>

#include "config/config.h"

using namespace evlog::config;

namespace {

Config with(std::initializer_list<std::pair<std::string_view, std::string_view>> settings) {
  Config config;
  for (const auto& [name, value] : settings) config.set(name, value, {Layer::file, "f:1"});
  return config;
}

const ConfigEntry& entry(const std::vector<ConfigEntry>& entries, std::string_view name) {
  for (const auto& e : entries) {
    if (e.name == name) return e;
  }
  FAIL("no entry " << name);
  return entries.front();
}

}  // namespace

TEST_CASE("a topic without settings on a broker without settings is what the struct's own defaults say") {
  CHECK(resolve_topic_config(Config(), {}) == TopicConfig());
}

TEST_CASE("hours and minutes of the broker become the topic's milliseconds, the finer unit first") {
  CHECK(resolve_topic_config(with({{"log.retention.hours", "2"}}), {}).retention_ms == 7'200'000);
  CHECK(resolve_topic_config(with({{"log.retention.hours", "2"}, {"log.retention.minutes", "3"}}), {}).retention_ms == 180'000);
  CHECK(resolve_topic_config(with({{"log.retention.minutes", "3"}, {"log.retention.ms", "4"}}), {}).retention_ms == 4);
  CHECK(resolve_topic_config(with({{"log.retention.hours", "-1"}}), {}).retention_ms == -1);
  CHECK(resolve_topic_config(with({{"log.retention.ms", "-7"}}), {}).retention_ms == -1);
  CHECK(resolve_topic_config(with({{"log.roll.hours", "1"}}), {}).segment_ms == 3'600'000);
  CHECK(resolve_topic_config(with({{"log.roll.jitter.hours", "1"}}), {}).segment_jitter_ms == 3'600'000);
  CHECK(resolve_topic_config(with({{"log.flush.scheduler.interval.ms", "9"}}), {}).flush_ms == 9);
  CHECK(resolve_topic_config(with({{"log.flush.scheduler.interval.ms", "9"}, {"log.flush.interval.ms", "8"}}), {}).flush_ms == 8);
}

TEST_CASE("a topic's own setting wins over every layer of the broker, and a broken one loses to them") {
  Config broker = with({{"message.max.bytes", "1000"}, {"evlog.durability", "memory"}});
  broker.set_dynamic(Layer::dynamic_default, {{"message.max.bytes", "2000"}});
  CHECK(resolve_topic_config(broker, {}).max_message_bytes == 2000);
  broker.set_dynamic(Layer::dynamic_broker, {{"message.max.bytes", "3000"}});
  CHECK(resolve_topic_config(broker, {}).max_message_bytes == 3000);
  CHECK(resolve_topic_config(broker, {{"max.message.bytes", "4000"}}).max_message_bytes == 4000);
  CHECK(resolve_topic_config(broker, {{"max.message.bytes", "broken"}}).max_message_bytes == 3000);
  CHECK(resolve_topic_config(broker, {}).durability == Durability::memory);
  CHECK(resolve_topic_config(broker, {{"evlog.durability", "disk"}}).durability == Durability::disk);
  CHECK(!resolve_topic_config(broker, {}).validate_compressed);
  CHECK(resolve_topic_config(broker, {{"evlog.record.validation", "full"}}).validate_compressed);
}

TEST_CASE("every parsed field follows its key") {
  const TopicConfig c = resolve_topic_config(Config(), {{"cleanup.policy", "compact"}, {"message.timestamp.type", "LogAppendTime"},
      {"compression.type", "zstd"}, {"internal.segment.bytes", "100"}, {"preallocate", "true"}, {"min.cleanable.dirty.ratio", "0.25"},
      {"leader.replication.throttled.replicas", "0:1,1:2"}, {"evlog.unsynced.bytes.max", "2097152"}});
  CHECK(c.cleanup_compact);
  CHECK(!c.cleanup_delete);
  CHECK(c.message_timestamp_type == TimestampType::log_append_time);
  CHECK(c.compression_type == TopicCompression::zstd);
  CHECK(c.segment_bytes == 100);
  CHECK(c.preallocate);
  CHECK(c.min_cleanable_dirty_ratio == 0.25);
  CHECK(c.leader_throttled_replicas == std::vector<std::string>{"0:1", "1:2"});
  CHECK(c.unsynced_bytes_max == 2'097'152);
}

TEST_CASE("DescribeConfigs says where a topic's value comes from") {
  Config broker = with({{"log.retention.hours", "2"}, {"log.segment.bytes", "2097152"}});
  auto entries = describe_topic(broker, {{"cleanup.policy", " compact , delete "}});
  CHECK(entry(entries, "cleanup.policy").value == "compact,delete");
  CHECK(entry(entries, "cleanup.policy").source == ConfigSource::topic);
  REQUIRE(entry(entries, "cleanup.policy").synonyms.size() == 2);
  CHECK(entry(entries, "cleanup.policy").synonyms[1].name == "log.cleanup.policy");
  CHECK(entry(entries, "segment.bytes").source == ConfigSource::static_broker);
  CHECK(entry(entries, "segment.bytes").synonyms.size() == 2);
  // As Kafka: a value that comes from another unit has no synonyms, and counts as a default.
  CHECK(entry(entries, "retention.ms").value == "7200000");
  CHECK(entry(entries, "retention.ms").source == ConfigSource::default_config);
  CHECK(entry(entries, "retention.ms").synonyms.empty());
}

TEST_CASE("the command line wins over dynamic settings, and both are shown") {
  Config broker;
  broker.set("min.insync.replicas", "3", {Layer::command_line, "--set"});
  broker.set_dynamic(Layer::dynamic_default, {{"min.insync.replicas", "2"}});
  CHECK(broker.integer("min.insync.replicas") == 3);
  const auto described = describe_broker(broker);
  const auto& e = entry(described, "min.insync.replicas");
  CHECK(e.value == "3");
  CHECK(e.source == ConfigSource::static_broker);
  CHECK(e.synonyms.size() == 3);
  CHECK(describe_broker_defaults(broker).size() == 1);
}

TEST_CASE("a secret and a key nobody knows are named but never shown") {
  Config broker;
  broker.set("ssl.key.password", "canary", {Layer::file, "f:1"});
  broker.set("plugin.token", "canary", {Layer::file, "f:2"});
  const auto entries = describe_broker(broker);
  for (const std::string_view name : {"ssl.key.password", "plugin.token"}) {
    CHECK(entry(entries, name).sensitive);
    CHECK(!entry(entries, name).value);
    REQUIRE(!entry(entries, name).synonyms.empty());
    CHECK(!entry(entries, name).synonyms[0].value);
  }
}

TEST_CASE("a negative value of a broker's key that a topic's would refuse still gives a usable log") {
  CHECK(resolve_topic_config(with({{"log.retention.bytes", "-5"}}), {}).retention_bytes == -5);
}
