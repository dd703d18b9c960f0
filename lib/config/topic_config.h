// TopicConfig: one topic's settings, parsed, as the log and the leader use them. Built from the topic's own overrides over the
// broker's layers through the synonym table, so that a topic without overrides follows the broker, as in Kafka.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/store.h"

namespace evlog::config {

enum class Durability : uint8_t { disk, memory };
enum class TimestampType : uint8_t { create_time, log_append_time };
enum class TopicCompression : uint8_t { producer, uncompressed, gzip, snappy, lz4, zstd };  // producer: keep what came

struct TopicConfig {
  // Sizes in bytes, times in milliseconds, -1 = without limit where Kafka says so.
  int32_t segment_bytes = 1 << 30;
  int64_t segment_ms = 604'800'000;
  int64_t segment_jitter_ms = 0;
  int32_t segment_index_bytes = 10'485'760;
  int32_t index_interval_bytes = 4096;
  int64_t retention_ms = 604'800'000;  // -1: for ever
  int64_t retention_bytes = -1;        // -1: without limit
  int64_t local_retention_ms = -2;     // -2: as retention_ms
  int64_t local_retention_bytes = -2;  // -2: as retention_bytes
  int64_t file_delete_delay_ms = 60'000;
  int32_t max_message_bytes = 1'048'588;  // of one batch, its 12 bytes of offset and length included
  TimestampType message_timestamp_type = TimestampType::create_time;
  int64_t message_timestamp_before_max_ms = INT64_MAX;
  int64_t message_timestamp_after_max_ms = 3'600'000;
  bool cleanup_delete = true;
  bool cleanup_compact = false;
  TopicCompression compression_type = TopicCompression::producer;
  int32_t compression_gzip_level = -1;
  int32_t compression_lz4_level = 9;
  int32_t compression_zstd_level = 3;
  int32_t min_insync_replicas = 1;
  int64_t flush_messages = INT64_MAX;
  int64_t flush_ms = INT64_MAX;
  bool preallocate = false;
  bool unclean_leader_election_enable = false;
  int64_t delete_retention_ms = 86'400'000;
  int64_t min_compaction_lag_ms = 0;
  int64_t max_compaction_lag_ms = INT64_MAX;
  double min_cleanable_dirty_ratio = 0.5;
  bool remote_storage_enable = false;
  std::vector<std::string> leader_throttled_replicas;    // "partition:broker", or "*"
  std::vector<std::string> follower_throttled_replicas;
  Durability durability = Durability::disk;
  bool validate_compressed = false;       // evlog.record.validation=full
  int64_t unsynced_bytes_max = 64 << 20;  // appended but not yet synced, per partition; more waits

  bool operator==(const TopicConfig&) const = default;
};

// Never fails: an override that does not parse (it was refused when it was given) counts as not set.
TopicConfig resolve_topic_config(const Config& broker, const ConfigMap& overrides);

// One value, as CreateTopics and IncrementalAlterConfigs are asked for it. INVALID_CONFIG with Kafka's text:
// "Unknown topic config name: x", "Invalid value x for configuration y: …", "Null value not supported for topic configs: x".
Result<void> validate_topic_config(std::string_view name, std::string_view value);
// A topic's overrides together: each one, then the rules between them (compaction lags, remote storage).
Result<void> validate_topic_configs(const Config& broker, const ConfigMap& overrides);

}  // namespace evlog::config
