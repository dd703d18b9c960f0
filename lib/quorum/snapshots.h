// Snapshots: the snapshot files of the metadata log's directory, `%020d-%010d.checkpoint` (end offset, epoch), as Kafka names and
// writes them. A snapshot stands for the whole log below its end offset. Owned by the quorum, used on its loop.
// After a crash a file of that name is whole: it was written under another name, synced and renamed. One that is damaged all the
// same is found by its checksums and left out; it is never a reason to delete anything.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "io/loop.h"
#include "io/task.h"
#include "quorum/metadata_batch.h"
#include "quorum/snapshot_encoder.h"

namespace evlog::quorum {

struct SnapshotId {
  Offset end;                     // the first offset that is not in it
  LeaderEpoch epoch;              // of the last record in it
  auto operator<=>(const SnapshotId&) const = default;
};
std::string snapshot_name(const SnapshotId& id);
std::optional<SnapshotId> parse_snapshot_name(std::string_view name);

// Begins with a SnapshotHeader, ends with a SnapshotFooter, and every batch between is sound; else the error names the byte where it
// is not. Gives the timestamp that the header tells.
Result<int64_t> check_snapshot(Bytes content);

struct Retention {
  int64_t bytes_max = 104'857'600;  // of log and snapshots together; -1: any
  int64_t ms_max = 604'800'000;     // since the newest record of a snapshot; -1: ever
};

class Snapshots {
 public:
  using Log = std::function<void(char level, std::string_view module, std::string_view text)>;
  Snapshots(io::Loop& loop, std::string directory, Log log) : loop_(loop), directory_(std::move(directory)), log_(std::move(log)) {}

  // Finds what is there, and removes what was never finished. Once, first.
  io::task<Result<void>> find();
  // The newest that is sound, where the log goes on from it (it begins at `log_start`); an empty replay where the log has everything.
  // KAFKA_STORAGE_ERROR with what to do when neither is left. A damaged one is set aside under `.damaged`.
  io::task<Result<Replay>> load(Offset log_start);
  // Writes one of `image` and makes it durable.
  io::task<Result<void>> write(cluster::ImagePtr image, ControlFacts facts, SnapshotTimes times);
  // Removes the oldest where they and the log are more, or older, than `retention` allows and the next one, which then stands for
  // what was before, is sound. False when there is nothing to remove.
  io::task<Result<bool>> prune_oldest(Retention retention, uint64_t log_bytes);

  std::optional<SnapshotId> newest() const { return found_.empty() ? std::nullopt : std::optional(found_.back().id); }
  // Below this offset the log is of no use: the oldest snapshot stands for it. 0 when there is none.
  Offset oldest_end() const { return found_.empty() ? Offset{0} : found_.front().id.end; }
  bool any_damaged() const { return any_damaged_; }

 private:
  struct Found { SnapshotId id; uint64_t size_bytes; std::optional<int64_t> last_contained_ms; };
  std::string path(const SnapshotId& id) const { return directory_ + "/" + snapshot_name(id); }
  io::task<Result<uint64_t>> write_file(std::string path, cluster::ImagePtr image, ControlFacts facts, SnapshotTimes times);
  io::task<Result<Replay>> load_one(const Found& one);
  io::task<Result<int64_t>> check(const SnapshotId& id);
  io::task<Result<bool>> is_surplus(Retention retention, uint64_t log_bytes);
  io::task<> set_aside_damaged(std::vector<SnapshotId> damaged);

  io::Loop& loop_;
  const std::string directory_;
  const Log log_;
  std::vector<Found> found_;      // oldest first
  bool any_damaged_ = false;
};

}  // namespace evlog::quorum
