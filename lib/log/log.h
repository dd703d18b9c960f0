// log: one partition on disk, in Kafka's files.
//
// A Log is a row of segments (segment.h), the leader-epoch-checkpoint (epoch_cache.h), the producers' last batches
// (producer_state.h) and the ends of it all. A LogDir (log_dir.h) holds many logs and the files that speak of all of them.
//
// Happy path of a batch: append() judges it against the producer state, assigns its offset in place and queues it; flush() writes
// all that is queued with one write, then syncs; durable_end_offset() moves. Whatever is appended while a flush runs joins the
// next one (group commit). read() resolves an offset to a piece of a file, so that bytes go from file to socket.
//
// What can fail: a full disk (the queue is dropped, offsets and producer state go back, the log lives on: is_disk_full());
// EIO or a failed sync (the log is offline for good, offline()); a rotten file at start (the log opens offline and says how to
// mend it). A torn tail, no longer than the un-synced bound, is cut at start and reported.
//
// After a crash everything below durable_end_offset() is intact; what was written and not synced may be there, in part.
// Used on its loop only. Mutating coroutines exclude each other inside; append() and the offsets never wait.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/base.h"
#include "config/config.h"
#include "io/io.h"
#include "log/types.h"

namespace evlog::log {

class Log {
 public:
  // Opens or creates the partition directory `path`. Errors are of the device; a corrupt log opens with offline() set.
  static io::task<Result<std::unique_ptr<Log>>> open(io::Loop& loop, std::string path, config::TopicConfig config, OpenOptions options);
  ~Log();

  // Queues one whole batch, verified by record::verify_produced, writing its offset and the epoch into it. Nothing is on disk
  // until flush(). The bytes stay where they are until then; `keepalive` owns them.
  // OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, INVALID_RECORD (a client's control batch), RECORD_LIST_TOO_LARGE,
  // KAFKA_STORAGE_ERROR when offline, OFFSET_OUT_OF_RANGE (replication: below the end).
  Result<AppendInfo> append(MutableBytes batch, LeaderEpoch epoch, AppendOptions options, Keepalive keepalive);
  // True when `bytes` more keep within unsynced_bytes_max; else wait_for_room() before append(), which does not refuse.
  bool has_room(size_t bytes) const;
  io::task<> wait_for_room(size_t bytes);

  // Writes everything queued, rolling segments where Kafka would, then syncs when asked (or when the un-synced bound is reached).
  // On an error all that was queued is gone: is_disk_full(error) or offline(). Every append above written_end_offset() failed.
  io::task<Result<void>> flush(bool sync);
  bool dirty() const;                     // something is queued, or written and not synced

  Offset log_start_offset() const { return log_start_; }
  Offset log_end_offset() const { return end_; }             // next to be assigned
  Offset written_end_offset() const { return written_end_; }  // readable
  Offset durable_end_offset() const { return durable_end_; }  // survives a power cut
  LeaderEpoch latest_epoch() const;
  bool offline() const { return offline_.has_value(); }
  const Error& offline_error() const { return *offline_; }
  const std::string& name() const { return options_.name; }
  const std::string& path() const { return path_; }
  const config::TopicConfig& config() const { return config_; }
  void set_config(config::TopicConfig config) { config_ = std::move(config); }  // from the next append on
  const RecoveryReport& recovery() const { return recovery_; }

  // Whole batches from the one that holds `from` (or the next one, where compaction left a gap) that end at or before `upper`.
  // OFFSET_OUT_OF_RANGE below the log start or above the log end. Empty at the end. `at_least_one_batch`: KIP-74.
  struct ReadRequest { Offset from; Offset upper; uint32_t bytes_max; bool at_least_one_batch = true; };
  io::task<Result<ReadSlice>> read(ReadRequest request);
  // The same as bytes, for the coordinators that load a topic and for followers in one process. Whole batches only.
  io::task<Result<Buffer>> read_bytes(ReadRequest request);

  // The first record at or after `timestamp_ms` below `upper`; no hit is an offset of -1, not an error.
  io::task<Result<TimestampHit>> offset_for_timestamp(int64_t timestamp_ms, Offset upper);
  // The first record with the largest timestamp (ListOffsets -3).
  io::task<Result<TimestampHit>> max_timestamp(Offset upper);
  // Where `epoch` ended (OffsetsForLeaderEpoch, KIP-279).
  EpochEnd end_offset_for_epoch(LeaderEpoch epoch) const;
  LeaderEpoch epoch_at(Offset offset) const;   // none when not known
  // A leader notes its epoch at its first offset even before a record comes; durable with the next flush.
  void begin_epoch(LeaderEpoch epoch);

  // Drops everything at and above `offset` (a follower that diverged); the queue must be empty. No effect above the end.
  io::task<Result<void>> truncate_to(Offset offset);
  io::task<Result<void>> truncate_fully_and_start_at(Offset offset);
  // DeleteRecords and followers: raises the log start; files go with the next retain(). OFFSET_OUT_OF_RANGE above `high_watermark`.
  Result<void> advance_log_start(Offset to, Offset high_watermark);
  // Deletes segments by the topic's rules, removes files whose delay is over, forgets producers that were silent too long.
  io::task<Result<uint32_t>> retain(RetainOptions options);  // gives the number of segments deleted
  io::task<Result<void>> roll();

  uint64_t size_bytes() const;
  std::vector<SegmentInfo> segments() const;
  // The offset below which all is synced: for recovery-point-offset-checkpoint.
  Offset recovery_point() const { return durable_end_; }
  // Flushes, syncs, writes the producer snapshot and the index ends. Afterwards only the destructor may be called.
  io::task<Result<void>> close();

 private:
  std::string path_;
  config::TopicConfig config_;
  OpenOptions options_;
  RecoveryReport recovery_;
  std::optional<Error> offline_;
  Offset log_start_{0}, end_{0}, written_end_{0}, durable_end_{0};
};

}  // namespace evlog::log
