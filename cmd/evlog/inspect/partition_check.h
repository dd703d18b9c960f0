// All files of a partition's directory, held against each other. Needs no server; one may run.
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "evlog/inspect/segment_check.h"

namespace evlog::cmd {

// What the directory around a partition tells of it.
struct PartitionFacts {
  std::optional<bool> compacted;              // nothing: not known; then a gap is no fault
  std::optional<Offset> log_start, durable_end;  // by log-start- and recovery-point-offset-checkpoint
};

// A file that is not sound and is made again when it is not there.
struct BadFile { std::filesystem::path path; Error error; };

struct PartitionReport {
  std::filesystem::path directory;
  std::vector<SegmentReport> segments;  // in order
  std::vector<BadFile> bad_files;       // snapshots, epochs, partition.metadata, quorum-state, metadata snapshots
  std::optional<log::EpochCache> epochs;
  Faults faults;
  uint64_t files = 0;
  uint64_t batches() const;
  uint64_t records() const;
};

PartitionReport check_partition(const std::filesystem::path& directory, const PartitionFacts& facts);

// One file that is neither a segment nor an index; a kind that has no content to check is sound. UNSUPPORTED_VERSION: a newer
// evlog or Kafka wrote it, which is no damage.
Result<void> check_small_file(const std::filesystem::path& path);

// Where evlog repair put what it took out: "NNN.log.damaged-20-39" stands for the offsets 20 to 39.
std::string set_aside_name(const std::string& name, Offset from, Offset to);
std::optional<OffsetGap> parse_set_aside_name(const std::string& name);

}  // namespace evlog::cmd
