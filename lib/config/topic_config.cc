#include "config/topic_config.h"

#include <algorithm>

#include "config/synonyms.h"

namespace evlog::config {
namespace {

// One topic's values: its own override, or what the broker's layers give, or the row's default.
class Values {
 public:
  Values(const Config& broker, const ConfigMap& overrides) : broker_(broker), overrides_(overrides) {}

  ConfigValue value(std::string_view name) const {
    const ConfigKey* key = find_topic_key(name);
    EVLOG_ASSERT(key != nullptr);
    if (const auto at = overrides_.find(name); at != overrides_.end()) {
      if (auto own = parse_value(*key, at->second)) return *std::move(own);
    }
    const auto inherited = inherited_topic_value(broker_, name);
    return inherited ? parse_value(*key, *inherited).value_or(ConfigValue()) : ConfigValue();
  }
  template <class T>
  T get(std::string_view name) const {
    const ConfigValue v = value(name);
    const T* found = std::get_if<T>(&v);
    return found ? *found : fallback<T>(name);
  }
  int64_t i64(std::string_view name) const { return get<int64_t>(name); }
  int32_t i32(std::string_view name) const { return static_cast<int32_t>(i64(name)); }
  bool flag(std::string_view name) const { return get<bool>(name); }
  std::string text(std::string_view name) const { return get<std::string>(name); }
  std::vector<std::string> list(std::string_view name) const { return get<std::vector<std::string>>(name); }

 private:
  // The broker's key allows what the topic's does not (log.roll.ms may be 0): the topic key's default, as nothing better is known.
  template <class T>
  static T fallback(std::string_view name) {
    const ConfigKey* key = find_topic_key(name);
    const auto value = parse_value(*key, key->default_value().value_or(""));
    return value && std::holds_alternative<T>(*value) ? std::get<T>(*value) : T();
  }

  const Config& broker_;
  const ConfigMap& overrides_;
};

TopicCompression compression(std::string_view name) {
  constexpr std::pair<std::string_view, TopicCompression> names[] = {
      {"producer", TopicCompression::producer}, {"uncompressed", TopicCompression::uncompressed}, {"gzip", TopicCompression::gzip},
      {"snappy", TopicCompression::snappy}, {"lz4", TopicCompression::lz4}, {"zstd", TopicCompression::zstd}};
  const auto at = std::ranges::find(names, name, &std::pair<std::string_view, TopicCompression>::first);
  return at == std::end(names) ? TopicCompression::producer : at->second;
}

void read_segments(const Values& v, TopicConfig& c) {
  c.segment_bytes = v.i32("segment.bytes");
  const ConfigValue unbounded = v.value("internal.segment.bytes");
  if (const auto* bytes = std::get_if<int64_t>(&unbounded)) c.segment_bytes = static_cast<int32_t>(*bytes);
  c.segment_ms = v.i64("segment.ms");
  c.segment_jitter_ms = v.i64("segment.jitter.ms");
  c.segment_index_bytes = v.i32("segment.index.bytes");
  c.index_interval_bytes = v.i32("index.interval.bytes");
  c.file_delete_delay_ms = v.i64("file.delete.delay.ms");
  c.preallocate = v.flag("preallocate");
}

void read_retention(const Values& v, TopicConfig& c) {
  c.retention_ms = v.i64("retention.ms");
  c.retention_bytes = v.i64("retention.bytes");
  c.local_retention_ms = v.i64("local.retention.ms");
  c.local_retention_bytes = v.i64("local.retention.bytes");
  const auto policies = v.list("cleanup.policy");
  c.cleanup_delete = std::ranges::find(policies, "delete") != policies.end();
  c.cleanup_compact = std::ranges::find(policies, "compact") != policies.end();
  c.delete_retention_ms = v.i64("delete.retention.ms");
  c.min_compaction_lag_ms = v.i64("min.compaction.lag.ms");
  c.max_compaction_lag_ms = v.i64("max.compaction.lag.ms");
  c.min_cleanable_dirty_ratio = v.get<double>("min.cleanable.dirty.ratio");
  c.remote_storage_enable = v.flag("remote.storage.enable");
}

void read_records(const Values& v, TopicConfig& c) {
  c.max_message_bytes = v.i32("max.message.bytes");
  const bool append_time = v.text("message.timestamp.type") == "LogAppendTime";
  c.message_timestamp_type = append_time ? TimestampType::log_append_time : TimestampType::create_time;
  c.message_timestamp_before_max_ms = v.i64("message.timestamp.before.max.ms");
  c.message_timestamp_after_max_ms = v.i64("message.timestamp.after.max.ms");
  c.compression_type = compression(v.text("compression.type"));
  c.compression_gzip_level = v.i32("compression.gzip.level");
  c.compression_lz4_level = v.i32("compression.lz4.level");
  c.compression_zstd_level = v.i32("compression.zstd.level");
}

void read_replication(const Values& v, TopicConfig& c) {
  c.min_insync_replicas = v.i32("min.insync.replicas");
  c.unclean_leader_election_enable = v.flag("unclean.leader.election.enable");
  c.flush_messages = v.i64("flush.messages");
  c.flush_ms = v.i64("flush.ms");
  c.leader_throttled_replicas = v.list("leader.replication.throttled.replicas");
  c.follower_throttled_replicas = v.list("follower.replication.throttled.replicas");
  c.durability = v.text("evlog.durability") == "memory" ? Durability::memory : Durability::disk;
  c.validate_compressed = v.text("evlog.record.validation") == "full";
  c.unsynced_bytes_max = v.i64("evlog.unsynced.bytes.max");
}

}  // namespace

TopicConfig resolve_topic_config(const Config& broker, const ConfigMap& overrides) {
  const Values values(broker, overrides);
  TopicConfig config;
  read_segments(values, config);
  read_retention(values, config);
  read_records(values, config);
  read_replication(values, config);
  return config;
}

Result<void> validate_topic_config(std::string_view name, std::string_view value) {
  const ConfigKey* key = find_topic_key(name);
  if (key == nullptr) return fail(ErrorCode::INVALID_CONFIG, "{}", unknown_key("topic", name, topic_keys()));
  if (auto r = parse_value(*key, value); !r) return fail(r.error());
  return {};
}

Result<void> validate_topic_configs(const Config& broker, const ConfigMap& overrides) {
  for (const auto& [name, value] : overrides) {
    if (find_topic_key(name) == nullptr) return fail(ErrorCode::INVALID_CONFIG, "{}", unknown_key("topic", name, topic_keys()));
  }
  for (const auto& [name, value] : overrides) {
    if (auto r = validate_topic_config(name, value); !r) return r;
  }
  const TopicConfig c = resolve_topic_config(broker, overrides);
  if (c.min_compaction_lag_ms > c.max_compaction_lag_ms) {
    return fail(ErrorCode::INVALID_CONFIG, "conflict topic config setting min.compaction.lag.ms ({}) > max.compaction.lag.ms ({})",
                c.min_compaction_lag_ms, c.max_compaction_lag_ms);
  }
  if (c.remote_storage_enable) {
    return fail(ErrorCode::INVALID_CONFIG,
                "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.");
  }
  return {};
}

}  // namespace evlog::config
