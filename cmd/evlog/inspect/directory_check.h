// A whole data directory: the files that speak of all partitions, and what they tell of each.
#pragma once

#include <map>

#include "cluster/image.h"
#include "evlog/inspect/partition_check.h"
#include "log/offset_checkpoint.h"

namespace evlog::cmd {

// Everything is optional: a damaged file tells nothing, and the rest goes on without it.
class DirectoryFacts {
 public:
  explicit DirectoryFacts(const std::filesystem::path& directory);
  PartitionFacts of(const std::filesystem::path& partition_directory) const;
  const cluster::Image* image() const { return image_.get(); }  // of the metadata log, as far as it can be read

 private:
  std::optional<log::OffsetCheckpoint> log_starts_, recovery_points_, cleaned_;
  cluster::ImagePtr image_;
};

std::vector<std::filesystem::path> partition_directories(const std::filesystem::path& directory);  // sorted
std::vector<std::filesystem::path> directory_files(const std::filesystem::path& directory);        // of kinds that are known, sorted
// The metadata log in this directory as it stands: its newest sound snapshot and every sound batch behind it. Nothing: there is none.
cluster::ImagePtr read_image(const std::filesystem::path& metadata_directory);

}  // namespace evlog::cmd
