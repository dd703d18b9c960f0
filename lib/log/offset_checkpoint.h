// The files that speak of all partitions of a directory: recovery-point-, log-start-, replication- and cleaner-offset-checkpoint.
// Version 0, one "topic partition offset" per line. And partition.metadata, which names a partition's topic. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/base.h"
#include "base/uuid.h"

namespace evlog::log {

inline constexpr std::string_view recovery_point_file = "recovery-point-offset-checkpoint", log_start_file = "log-start-offset-checkpoint",
                                  high_watermark_file = "replication-offset-checkpoint", cleaner_file = "cleaner-offset-checkpoint",
                                  partition_metadata_file = "partition.metadata";

struct TopicPartition {
  std::string topic;
  PartitionIndex partition;
  auto operator<=>(const TopicPartition&) const = default;
  std::string text() const;             // "orders-3", the directory's name
};
std::optional<TopicPartition> parse_partition_directory(std::string_view name);  // nothing for -delete, -future, -stray and others

using OffsetCheckpoint = std::map<TopicPartition, Offset>;
Result<OffsetCheckpoint> parse_offset_checkpoint(std::string_view text);
std::string format_offset_checkpoint(const OffsetCheckpoint& checkpoint);

struct PartitionMetadata { Uuid topic_id; };
Result<PartitionMetadata> parse_partition_metadata(std::string_view text);
std::string format_partition_metadata(const PartitionMetadata& metadata);

}  // namespace evlog::log
