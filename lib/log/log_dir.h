// A LogDir is one directory of log.dirs: its lock, meta.properties, checkpoint files and partition directories. Owned by the
// broker, used on its loop. Two processes never share one: `.lock` is a POSIX record lock, which Kafka takes too.
// After a crash the checkpoint files are whole, old or new; a clean stop is told by `.kafka_cleanshutdown`, which is gone
// (durably) before anything is written again.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/base.h"
#include "base/uuid.h"
#include "io/io.h"
#include "log/dir_checkpoint.h"
#include "log/disk_space.h"
#include "log/group_commit.h"
#include "log/meta_properties.h"
#include "log/mutex.h"
#include "log/offset_checkpoint.h"

namespace evlog::log {

struct LogDirOptions {
  std::optional<std::string> cluster_id;  // what the caller insists on; a different one on disk is refused by name
  std::string new_cluster_id;             // given to a directory that has none
  int32_t node_id = 1;
  GroupCommitOptions commit = {};
  int64_t disk_reserve_bytes = -1;        // see DiskSpace
  Metrics* metrics = nullptr;             // counted when there are any
};

class LogDir {
 public:
  // Creates the directory when missing, takes the lock, reads or writes meta.properties, reads the checkpoints, finishes
  // deletions that were begun, and notes whether the last stop was clean. Errors say which process holds the lock (EAGAIN in
  // os_error), which cluster or node the directory belongs to (INCONSISTENT_CLUSTER_ID), and how to go on.
  static io::task<Result<std::unique_ptr<LogDir>>> open(io::Loop& loop, std::string path, LogDirOptions options);
  ~LogDir();

  const std::string& path() const { return path_; }
  const MetaProperties& meta() const { return meta_; }
  bool was_new() const { return was_new_; }          // formatted just now
  bool was_clean() const { return was_clean_; }      // the last stop was clean (also true for a new directory)
  bool offline() const { return offline_; }
  void set_offline() { offline_ = true; }            // after a failed write or sync of one of its logs
  GroupCommit& group() { return *group_; }           // what makes its logs durable
  DiskSpace& space() { return *space_; }

  // evlog-checkpoint as it lay here at the start, when it is of the run that had this broker epoch, the last one; else null. A
  // newer version of it refuses the start (UNSUPPORTED_VERSION); a damaged one counts as none, and a note says so.
  const DirCheckpoint* checkpoint(int64_t last_broker_epoch) const;
  // The checkpoint was written by the clean stop that came last: it names all there is, exactly.
  bool stopped_with_checkpoint(int64_t last_broker_epoch) const;
  void forget_checkpoint() { checkpoint_.reset(); }  // once every partition is open
  bool has_deleted() const { return !deleted_.empty(); }
  io::task<Result<void>> write_dir_checkpoint(Buffer content);
  // Before this start registers itself as `next_broker_epoch`: the checkpoint goes on being ours then, however soon a crash comes.
  io::task<Result<void>> claim_checkpoint(int64_t last_broker_epoch, int64_t next_broker_epoch);

  // The partitions found, with their topic ids where partition.metadata tells; `__cluster_metadata-0` is not among them.
  struct Found { TopicPartition partition; std::optional<Uuid> topic_id; };
  io::task<Result<std::vector<Found>>> partitions();
  std::string partition_path(const TopicPartition& partition) const;
  // Writes partition.metadata (the directory must exist), durably with all that was made in the directory before.
  io::task<Result<void>> write_partition_metadata(TopicPartition partition, Uuid topic_id);

  Offset recovery_point(const TopicPartition& partition) const;    // 0 when not known
  Offset log_start_offset(const TopicPartition& partition) const;
  Offset high_watermark(const TopicPartition& partition) const;
  struct Ends { Offset recovery_point, log_start_offset, high_watermark; };
  using AllEnds = std::map<TopicPartition, Ends>;
  // Asked for the ends of all partitions of the directory when it is this writer's turn: what an earlier one wrote is never undone.
  using Collect = std::function<AllEnds()>;
  // Replaces the three checkpoint files, each by an atomic rename.
  io::task<Result<void>> write_checkpoints(Collect collect);
  // Only where the logs begin: after a deletion of records that is to be answered.
  io::task<Result<void>> write_log_starts(Collect collect);
  // Waits until no checkpoint file is being written: one that is cut short might be overtaken by its own remains.
  io::task<> quiet();

  const std::vector<std::string>& notes() const { return notes_; }  // what was found odd at the start, for the server's log

  // Renames the partition's directory to Kafka's `<topic>-<n>.<uuid>-delete`; its files go when remove_deleted is called after
  // `delay`, or at the next start. The Log must have been destroyed.
  io::task<Result<void>> delete_partition(TopicPartition partition, Duration delay);
  io::task<Result<void>> remove_deleted(MonoTime now);
  std::optional<MonoTime> next_removal() const;

  // Renames what lies under a partition's name to Kafka's `<topic>-<n>.<uuid>-stray`, so that a new partition of that name begins
  // empty; nothing happens when nothing lies there. It is kept for whoever wants it.
  io::task<Result<void>> set_aside(TopicPartition partition);

  // The last act of a clean stop, after every log was closed and the checkpoints were written.
  io::task<Result<void>> mark_clean(int64_t broker_epoch);

 private:
  std::string name_aside(const TopicPartition& partition, std::string_view suffix);
  io::task<Result<void>> identify(LogDirOptions options);
  io::task<Result<void>> take_clean_mark();
  io::task<Result<void>> redo(Metrics* metrics);
  io::task<Result<void>> read_checkpoint(std::string_view file, OffsetCheckpoint& into);
  io::task<Result<void>> replace_checkpoint(std::string_view file, OffsetCheckpoint next, OffsetCheckpoint& current);
  io::task<Result<void>> replace_log_starts(const AllEnds& ends);
  Offset offset_in(const OffsetCheckpoint& checkpoint, const TopicPartition& partition) const;
  io::task<Result<void>> write_file(std::string_view file, std::string content);
  io::task<Result<void>> read_dir_checkpoint();
  io::task<Result<void>> finish_deletions();
  LogDir(io::Loop& loop, std::string path) : loop_(loop), path_(std::move(path)), writing_(loop) {}
  io::Loop& loop_;
  std::string path_;
  Mutex writing_;  // the checkpoint files
  MetaProperties meta_;
  std::unique_ptr<io::FileLock> lock_;
  OffsetCheckpoint recovery_points_, log_starts_, high_watermarks_;  // as the files say
  std::set<TopicPartition> deleted_since_checkpoint_;                  // still in the files, and no longer true
  struct Deleted { std::string path; MonoTime due; };
  std::vector<Deleted> deleted_;
  std::vector<std::string> notes_;
  std::optional<DirCheckpoint> checkpoint_;
  int64_t marked_epoch_ = -1;  // the broker epoch in the mark of a clean stop
  bool was_new_ = false, was_clean_ = false, offline_ = false;
  std::unique_ptr<DiskSpace> space_;
  std::unique_ptr<GroupCommit> group_;  // last: what it runs uses the others
};

}  // namespace evlog::log
