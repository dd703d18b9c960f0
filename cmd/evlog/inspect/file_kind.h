// What a file of a data directory is, told by its name: Kafka's files and evlog's own.
#pragma once

#include <filesystem>

namespace evlog::cmd {

enum class FileKind {
  segment, offset_index, time_index, txn_index, producer_snapshot, metadata_snapshot,  // of a partition, named by an offset
  leader_epochs, partition_metadata, quorum_state,                                     // of a partition, one each
  meta_properties, offset_checkpoint, clean_mark, evlog_checkpoint, evlog_wal,         // of the directory
  other,
};
FileKind kind_of(const std::filesystem::path& path);

enum class Place { file, partition, data_directory, nothing };
// A data directory has meta.properties or partition directories; a partition's directory has log files or a partition's name.
Place place_of(const std::filesystem::path& path);

// "orders-3" of …/orders-3/000.log: topic and partition; the whole name and -1 where it is no partition's.
struct PartitionName { std::string topic; int32_t partition = -1; };
PartitionName partition_of(const std::filesystem::path& directory);

}  // namespace evlog::cmd
