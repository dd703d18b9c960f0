#include "config/synonyms.h"

#include <algorithm>
#include <array>

namespace evlog::config {
namespace {

constexpr int64_t minute_ms = 60'000;
constexpr int64_t hour_ms = 3'600'000;

struct TopicSynonyms {
  std::string_view topic_key;
  std::array<Synonym, 3> broker_keys;  // unused places have an empty name
};

// Sorted by topic key. Topic keys that are not here have no counterpart among the broker's.
constexpr TopicSynonyms topic_table[] = {
    {"cleanup.policy", {{{"log.cleanup.policy"}}}},
    {"compression.gzip.level", {{{"compression.gzip.level"}}}},
    {"compression.lz4.level", {{{"compression.lz4.level"}}}},
    {"compression.type", {{{"compression.type"}}}},
    {"compression.zstd.level", {{{"compression.zstd.level"}}}},
    {"delete.retention.ms", {{{"log.cleaner.delete.retention.ms"}}}},
    {"evlog.durability", {{{"evlog.durability"}}}},
    {"evlog.record.validation", {{{"evlog.record.validation"}}}},
    {"evlog.unsynced.bytes.max", {{{"evlog.unsynced.bytes.max"}}}},
    {"file.delete.delay.ms", {{{"log.segment.delete.delay.ms"}}}},
    {"flush.messages", {{{"log.flush.interval.messages"}}}},
    {"flush.ms", {{{"log.flush.interval.ms"}, {"log.flush.scheduler.interval.ms"}}}},
    {"index.interval.bytes", {{{"log.index.interval.bytes"}}}},
    {"local.retention.bytes", {{{"log.local.retention.bytes"}}}},
    {"local.retention.ms", {{{"log.local.retention.ms"}}}},
    {"max.compaction.lag.ms", {{{"log.cleaner.max.compaction.lag.ms"}}}},
    {"max.message.bytes", {{{"message.max.bytes"}}}},
    {"message.timestamp.after.max.ms", {{{"log.message.timestamp.after.max.ms"}}}},
    {"message.timestamp.before.max.ms", {{{"log.message.timestamp.before.max.ms"}}}},
    {"message.timestamp.type", {{{"log.message.timestamp.type"}}}},
    {"min.cleanable.dirty.ratio", {{{"log.cleaner.min.cleanable.ratio"}}}},
    {"min.compaction.lag.ms", {{{"log.cleaner.min.compaction.lag.ms"}}}},
    {"min.insync.replicas", {{{"min.insync.replicas"}}}},
    {"preallocate", {{{"log.preallocate"}}}},
    {"retention.bytes", {{{"log.retention.bytes"}}}},
    {"retention.ms", {{{"log.retention.ms"}, {"log.retention.minutes", minute_ms}, {"log.retention.hours", hour_ms}}}},
    {"segment.bytes", {{{"log.segment.bytes"}}}},
    {"segment.index.bytes", {{{"log.index.size.max.bytes"}}}},
    {"segment.jitter.ms", {{{"log.roll.jitter.ms"}, {"log.roll.jitter.hours", hour_ms}}}},
    {"segment.ms", {{{"log.roll.ms"}, {"log.roll.hours", hour_ms}}}},
    {"unclean.leader.election.enable", {{{"unclean.leader.election.enable"}}}},
};
static_assert(std::ranges::is_sorted(topic_table, {}, &TopicSynonyms::topic_key));

constexpr std::string_view roll[] = {"log.roll.ms", "log.roll.hours"};
constexpr std::string_view jitter[] = {"log.roll.jitter.ms", "log.roll.jitter.hours"};
constexpr std::string_view flush[] = {"log.flush.interval.ms", "log.flush.scheduler.interval.ms"};
constexpr std::string_view retention[] = {"log.retention.ms", "log.retention.minutes", "log.retention.hours"};

bool among(std::span<const std::string_view> names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

// A negative retention time means for ever, which is -1 in every unit.
std::optional<std::string> converted(const Config& broker, const Synonym& synonym) {
  if (synonym.factor == 1 && !among(retention, synonym.broker_key)) return broker.text(synonym.broker_key);
  const auto n = broker.integer_or_null(synonym.broker_key);
  if (!n) return std::nullopt;
  return std::to_string(*n < 0 ? -1 : *n * synonym.factor);
}

}  // namespace

std::span<const Synonym> topic_synonyms(std::string_view topic_key) {
  const auto at = std::ranges::lower_bound(topic_table, topic_key, {}, &TopicSynonyms::topic_key);
  if (at == std::end(topic_table) || at->topic_key != topic_key) return {};
  const auto used = std::ranges::count_if(at->broker_keys, [](const Synonym& s) { return !s.broker_key.empty(); });
  return {at->broker_keys.data(), static_cast<size_t>(used)};
}

std::span<const std::string_view> broker_synonyms(std::string_view broker_key) {
  if (among(roll, broker_key)) return roll;
  if (among(jitter, broker_key)) return jitter;
  if (broker_key == flush[0]) return flush;  // the scheduler's interval is only the default of the other
  if (among(retention, broker_key)) return retention;
  const ConfigKey* key = find_broker_key(broker_key);
  if (key == nullptr) return {};
  return {&key->name, 1};
}

std::optional<std::string> inherited_topic_value(const Config& broker, std::string_view topic_key) {
  for (const Synonym& synonym : topic_synonyms(topic_key)) {
    if (auto text = converted(broker, synonym)) return text;
  }
  const ConfigKey* key = find_topic_key(topic_key);
  if (key == nullptr || !key->default_value()) return std::nullopt;
  return std::string(*key->default_value());
}

}  // namespace evlog::config
