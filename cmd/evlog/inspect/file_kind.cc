#include "evlog/inspect/file_kind.h"

#include "log/file_names.h"
#include "log/offset_checkpoint.h"

namespace evlog::cmd {

namespace fs = std::filesystem;

FileKind kind_of(const fs::path& path) {
  const std::string name = path.filename().string(), extension = path.extension().string();
  if (extension == ".log") return FileKind::segment;
  if (extension == ".index") return FileKind::offset_index;
  if (extension == ".timeindex") return FileKind::time_index;
  if (extension == ".txnindex") return FileKind::txn_index;
  if (extension == ".snapshot") return FileKind::producer_snapshot;
  if (extension == ".checkpoint") return FileKind::metadata_snapshot;
  if (name == log::epoch_file_name) return FileKind::leader_epochs;
  if (name == log::partition_metadata_file) return FileKind::partition_metadata;
  if (name == "quorum-state") return FileKind::quorum_state;
  if (name == "meta.properties") return FileKind::meta_properties;
  if (name == log::recovery_point_file || name == log::log_start_file || name == log::high_watermark_file || name == log::cleaner_file) return FileKind::offset_checkpoint;
  if (name == ".kafka_cleanshutdown") return FileKind::clean_mark;
  if (name == "evlog-checkpoint") return FileKind::evlog_checkpoint;
  if (name == "evlog-wal-0" || name == "evlog-wal-1") return FileKind::evlog_wal;
  return FileKind::other;
}

Place place_of(const fs::path& path) {
  std::error_code error;
  if (!fs::exists(path, error)) return Place::nothing;
  if (!fs::is_directory(path, error)) return Place::file;
  if (fs::exists(path / "meta.properties", error)) return Place::data_directory;
  const std::string name = fs::absolute(path).lexically_normal().filename().string();
  bool logs = false, partitions = false;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    logs = logs || kind_of(entry.path()) == FileKind::segment;
    partitions = partitions || (entry.is_directory(error) && log::parse_partition_directory(entry.path().filename().string()));
  }
  if (logs || (log::parse_partition_directory(name) && !partitions)) return Place::partition;
  return partitions ? Place::data_directory : Place::nothing;
}

PartitionName partition_of(const fs::path& directory) {
  fs::path whole = fs::absolute(directory).lexically_normal();
  if (!whole.has_filename()) whole = whole.parent_path();
  const std::string name = whole.filename().string();
  const auto parsed = log::parse_partition_directory(name);
  if (!parsed) return {name, -1};
  return {parsed->topic, parsed->partition.value()};
}

}  // namespace evlog::cmd
