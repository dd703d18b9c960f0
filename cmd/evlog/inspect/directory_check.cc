#include "evlog/inspect/directory_check.h"

#include <algorithm>

#include "base/text.h"
#include "config/topic_config.h"
#include "evlog/inspect/file_kind.h"
#include "evlog/mapped_file.h"
#include "quorum/metadata_batch.h"

namespace evlog::cmd {
namespace {

namespace fs = std::filesystem;

std::optional<log::OffsetCheckpoint> read_checkpoint(const fs::path& path) {
  const auto file = MappedFile::open(path.string());
  if (!file) return std::nullopt;
  auto parsed = log::parse_offset_checkpoint(as_text(file->bytes()));
  if (!parsed) return std::nullopt;
  return std::move(*parsed);
}

std::optional<Offset> find(const std::optional<log::OffsetCheckpoint>& checkpoint, const PartitionName& name) {
  if (!checkpoint) return std::nullopt;
  const auto found = checkpoint->find({name.topic, PartitionIndex(name.partition)});
  return found == checkpoint->end() ? std::nullopt : std::optional(found->second);
}

}  // namespace

cluster::ImagePtr read_image(const fs::path& directory) {
  std::vector<fs::path> logs, snapshots;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (kind_of(entry.path()) == FileKind::segment) logs.push_back(entry.path());
    if (kind_of(entry.path()) == FileKind::metadata_snapshot && check_small_file(entry.path())) snapshots.push_back(entry.path());
  }
  if (logs.empty() && snapshots.empty()) return nullptr;
  std::ranges::sort(logs);
  std::ranges::sort(snapshots);
  const cluster::Image empty;
  quorum::Replay replay(empty);
  // The image holds no views into these bytes once it is finished; until then they stay.
  std::vector<MappedFile> files;
  if (!snapshots.empty()) {
    if (auto file = MappedFile::open(snapshots.back().string())) {
      (void)replay.apply_checkpoint(file->bytes(), Offset(parse_int(snapshots.back().filename().string().substr(0, 20)).value_or(0)));
      files.push_back(std::move(*file));
    }
  }
  for (const fs::path& path : logs) {
    auto file = MappedFile::open(path.string());
    if (!file) continue;
    SegmentWalk walk(file->bytes(), Offset(parse_int(path.stem().string()).value_or(0)));
    while (const auto piece = walk.next())
      if (piece->batch && piece->batch->base_offset() > replay.last_offset()) (void)replay.apply(*piece->batch);
    files.push_back(std::move(*file));
  }
  return std::move(replay).finish();
}

DirectoryFacts::DirectoryFacts(const fs::path& directory)
    : log_starts_(read_checkpoint(directory / log::log_start_file)), recovery_points_(read_checkpoint(directory / log::recovery_point_file)),
      cleaned_(read_checkpoint(directory / log::cleaner_file)), image_(read_image(directory / "__cluster_metadata-0")) {}

PartitionFacts DirectoryFacts::of(const fs::path& directory) const {
  const PartitionName name = partition_of(directory);
  PartitionFacts out{.compacted = {}, .log_start = find(log_starts_, name), .durable_end = find(recovery_points_, name)};
  if (name.topic == "__cluster_metadata") return out.compacted = false, out;
  if (find(cleaned_, name)) return out.compacted = true, out;
  if (!image_ || !image_->topic(name.topic)) return out;
  const auto& configs = image_->configs({.type = 2, .name = name.topic});
  const auto policy = configs.find("cleanup.policy");
  out.compacted = policy != configs.end() && policy->second.find("compact") != std::string::npos;
  return out;
}

std::vector<fs::path> partition_directories(const fs::path& directory) {
  std::vector<fs::path> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error))
    if (entry.is_directory(error) && log::parse_partition_directory(entry.path().filename().string())) out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

std::vector<fs::path> directory_files(const fs::path& directory) {
  std::vector<fs::path> out;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error))
    if (!entry.is_directory(error) && kind_of(entry.path()) != FileKind::other) out.push_back(entry.path());
  std::ranges::sort(out);
  return out;
}

}  // namespace evlog::cmd
