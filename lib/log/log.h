// log: one partition on disk, in Kafka's files.
//
// A Log is a row of segments (segment.h), the leader-epoch-checkpoint (epoch_cache.h), the producers' last batches
// (producer_state.h) and the ends of it all. A LogDir (log_dir.h) holds many logs and the files that speak of all of them.
//
// Happy path of a batch: append() judges it against the producer state, assigns its offset in place and queues it; flush() writes
// all that is queued with one write, then syncs; durable_end_offset() moves. Whatever is appended while a flush runs joins the
// next one (group commit). read() resolves an offset to a piece of a file, so that bytes go from file to socket.
// Transactions: producer_state.h knows which are open, `.txnindex` (txn_index.h) which were aborted; last_stable_offset() follows.
//
// What can fail: a full disk (the queue is dropped, offsets and producer state go back, the log lives on: is_disk_full());
// EIO or a failed sync (the log is offline for good, offline()); a rotten file at start (the log opens offline and says how to
// mend it). A torn tail, no longer than the un-synced bound, is cut at start and reported.
//
// After a crash everything below durable_end_offset() is intact; what was written and not synced may be there, in part.
// Used on its loop only. Mutating coroutines exclude each other inside; append() and the offsets never wait.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/base.h"
#include "config/config.h"
#include "io/io.h"
#include "log/epoch_cache.h"
#include "log/group_commit.h"
#include "log/log_state.h"
#include "log/mutex.h"
#include "log/producer_state.h"
#include "log/segment.h"
#include "log/types.h"

namespace evlog::log {

class Log {
 public:
  // Opens or creates the partition directory `path`. Errors are of the device; a corrupt log opens with offline() set.
  static io::task<Result<std::unique_ptr<Log>>> open(io::Loop& loop, std::string path, config::TopicConfig config, OpenOptions options);
  // One that has nothing on disk: its directory and files are made with the first batch that is written.
  static std::unique_ptr<Log> begin(io::Loop& loop, std::string path, config::TopicConfig config, OpenOptions options);
  // One that lies on disk as `state` says, which is believed: files are opened when they are needed. One that is missing or shorter
  // then takes the log offline.
  static std::unique_ptr<Log> resume(io::Loop& loop, std::string path, config::TopicConfig config, OpenOptions options, const LogState& state);
  ~Log();

  // Queues one whole batch, verified by record::verify_produced, writing its offset and the epoch into it. Nothing is on disk
  // until flush(). The bytes stay where they are until then; `keepalive` owns them.
  // OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, INVALID_RECORD (a client's control batch), RECORD_LIST_TOO_LARGE,
  // KAFKA_STORAGE_ERROR when offline, OFFSET_OUT_OF_RANGE (replication: below the end).
  Result<AppendInfo> append(MutableBytes batch, LeaderEpoch epoch, AppendOptions options, Keepalive keepalive);
  // True when `bytes` more keep within unsynced_bytes_max and the server's backlog; else wait for a flush to end before append(), which does not refuse.
  bool has_room(size_t bytes) const;

  // Writes everything queued, rolling segments where Kafka would, then syncs when asked (or when the un-synced bound is reached).
  // On an error all that was queued is gone: is_shortage(error) (a full disk; NOT_ENOUGH_REPLICAS, to be tried again) or offline(). Every append above written_end_offset() failed.
  io::task<Result<void>> flush(bool sync);
  bool dirty() const;                     // something is queued, or written and not synced
  // As it stands now, what is queued included.
  LogState state() const;
  // Moves when something appended was dropped or truncated: a state taken before is no longer one of this log.
  uint64_t revision() const { return revision_; }
  // Whether the directory `path` holds what `state` says and nothing else: then there is nothing behind it, and nothing to finish.
  static io::task<Result<bool>> lies_as(io::Disk& disk, std::string path, const LogState& state);
  bool made() const { return made_; }     // there is something on disk

  Offset log_start_offset() const { return log_start_; }
  Offset log_end_offset() const { return end_; }             // next to be assigned
  Offset written_end_offset() const { return written_end_; }  // readable
  Offset durable_end_offset() const { return durable_end_; }  // survives a power cut
  // Where the newest segment begins: who reads below it reads what will not grow.
  Offset last_segment_offset() const { return segments_.back()->base_offset(); }
  LeaderEpoch latest_epoch() const { return epochs_.latest(); }
  bool offline() const { return offline_.has_value(); }
  const Error& offline_error() const { return *offline_; }
  void take_offline(Error error) { go_offline(std::move(error), false); }  // its directory failed: nothing is acknowledged any more
  const std::string& name() const { return options_.name; }
  const std::string& path() const { return path_; }
  const config::TopicConfig& config() const { return config_; }
  void set_config(config::TopicConfig config) { config_ = std::move(config); }  // from the next append on
  void set_producer_id_expiration(int64_t ms) { options_.producer_id_expiration_ms = ms; }
  const RecoveryReport& recovery() const { return recovery_; }
  const ProducerState& producers() const { return producers_; }
  // Below it every transaction has ended, with its marker below the high watermark too: as far as read_committed sees.
  Offset last_stable_offset(Offset high_watermark);

  // Whole batches from the one that holds `from` (or the next one, where compaction left a gap) that end at or before `upper`.
  // OFFSET_OUT_OF_RANGE below the log start or above the log end. Empty at the end. `at_least_one_batch`: KIP-74.
  struct ReadRequest { Offset from; Offset upper; uint32_t bytes_max; bool at_least_one_batch = true; };
  io::task<Result<ReadSlice>> read(ReadRequest request);
  // The same as bytes, for the coordinators that load a topic and for followers in one process. Whole batches only.
  io::task<Result<Buffer>> read_bytes(ReadRequest request);

  // The aborted transactions with records in what was read from `from` on (and perhaps some near it), in the order of their markers.
  io::task<Result<std::vector<AbortedTransaction>>> aborted_in(Offset from, const ReadSlice& slice);
  io::task<Result<std::vector<AbortedTransaction>>> aborted_between(Offset from, Offset upper);

  // The first record at or after `timestamp_ms` below `upper`; no hit is an offset of -1, not an error.
  io::task<Result<TimestampHit>> offset_for_timestamp(int64_t timestamp_ms, Offset upper);
  // The first record with the largest timestamp (ListOffsets -3).
  io::task<Result<TimestampHit>> max_timestamp(Offset upper);
  // Where `epoch` ended (OffsetsForLeaderEpoch, KIP-279).
  EpochEnd end_offset_for_epoch(LeaderEpoch epoch) const { return epochs_.end_offset_for(epoch, end_); }
  LeaderEpoch epoch_at(Offset offset) const { return epochs_.epoch_at(offset); }  // none when not known
  // A leader notes its epoch at its first offset even before a record comes; durable with the next flush.
  void begin_epoch(LeaderEpoch epoch) { epochs_.assign(epoch, end_); }

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
  friend class Loader;
  // A batch that has its offset and is not written.
  struct Queued {
    Bytes bytes;
    Keepalive keepalive;
    Offset last_offset;
    int64_t max_timestamp_ms;
    std::optional<ProducerState::Undo> undo;
    std::optional<AbortedTransaction> aborted;
    std::optional<Buffer> roll;  // a new segment begins with this batch; the producer snapshot for it
  };
  // The active segment as it will be once the queue is written: what append() decides rolling by.
  struct Tail {
    Offset base_offset;
    uint64_t size_bytes = 0;
    uint64_t unindexed_bytes = 0;
    uint32_t index_entries = 0;
    int64_t first_timestamp_ms = -1;  // of the first batch; -1 when there is none
    WallTime created{};
    int64_t jitter_ms = 0;
  };
  // Where a flush ended: consumers at the tail and the high watermark ask for exactly these offsets.
  struct Mark { Offset offset; Offset segment_base; uint64_t position; };
  struct Removal { std::string path; MonoTime due; };

  Log(io::Loop& loop, std::string path, config::TopicConfig config, OpenOptions options);
  Segment& active() { return *segments_.back(); }

  // log_append.cc
  Result<void> check(const record::BatchView& batch, const AppendOptions& options, LeaderEpoch epoch) const;
  bool must_roll(const record::BatchView& batch) const;
  void grow_tail(const record::BatchView& batch);
  void begin_tail(Offset base);
  void reset_tail();
  uint64_t pending_bytes() const { return queued_bytes_ + writing_bytes_ + unsynced_bytes_; }
  uint64_t unsynced_bytes_max() const;
  void forget_backlog(uint64_t bytes) { if (options_.backlog) options_.backlog->bytes -= bytes; }

  // log_flush.cc; all with the mutex held
  io::task<Result<void>> flush_locked(bool sync);
  io::task<Result<void>> write_queue();
  io::task<Result<void>> write_run(size_t from, size_t to);
  size_t run_end(size_t from) const;
  io::task<Result<void>> write_epochs();
  enum class SyncTo { any, own_file };
  io::task<Result<void>> sync_locked(SyncTo to = SyncTo::any);
  io::task<Result<void>> commit(SyncTo to);
  void keep_pieces(size_t from, size_t to);
  void forget_pieces();
  void begin_pieces();
  io::task<Result<void>> roll_to(Offset base, Buffer snapshot);
  io::task<Result<void>> begin_segment(Offset base);
  io::task<Result<void>> make_directory();  // log_state_of.cc
  io::task<Result<void>> write_snapshot(Offset offset, Buffer snapshot, bool sync);
  io::task<Result<void>> drop_unwritten(Error error);
  io::task<Result<void>> roll_now();
  io::task<Result<void>> undo_roll();
  void drop_queue();
  void go_offline(Error error, bool device_failed = true);
  void mark(Offset offset, uint64_t position);

  // log_transactions.cc
  std::shared_ptr<Segment> make_segment(Offset base);  // one that can read its markers
  io::task<Result<std::vector<AbortedTransaction>>> read_markers(Segment& segment);
  io::task<Result<ProducerState>> producers_at(Offset offset);
  io::task<Result<void>> replay_producers(ProducerState& state, Offset from, Offset to);
  io::task<Result<void>> reload_producers();

  // log_read.cc, log_time.cc
  std::shared_ptr<Segment> segment_for(Offset offset) const;    // the last one that begins at or below it
  std::shared_ptr<Segment> segment_after(Offset base) const;
  std::optional<uint64_t> marked(const Segment& segment, Offset offset) const;
  io::task<Result<std::optional<BatchPlace>>> find(Segment& segment, Offset offset);
  io::task<Result<uint64_t>> end_position(Segment& segment, Offset upper);
  Error read_error(Error error, Offset from);
  void tell_damage(Segment& segment);
  io::task<Result<Buffer>> read_batch(Segment& segment, uint64_t position, uint32_t size_bytes);
  struct RecordWanted { int64_t timestamp_ms; bool largest; Offset from; };
  io::task<Result<TimestampHit>> find_record(Segment& segment, uint64_t position, uint32_t size_bytes, RecordWanted wanted);
  io::task<Result<TimestampHit>> search_timestamp(int64_t timestamp_ms, Offset upper);
  io::task<Result<TimestampHit>> search_max_timestamp(Offset upper);
  io::task<Result<TimestampHit>> search_segment(std::shared_ptr<Segment> segment, uint64_t position, RecordWanted wanted);

  // log_truncate.cc, log_retain.cc; all with the mutex held
  io::task<Result<void>> forget_frames();
  io::task<Result<void>> remove_newest_segment();
  io::task<Result<void>> remove_snapshots_above(Offset offset);
  io::task<Result<void>> restart_at(Offset offset);
  io::task<Result<size_t>> count_deletable(const RetainOptions& options);
  io::task<Result<void>> delete_oldest(size_t count);
  io::task<Result<void>> set_aside(std::string path);
  io::task<Result<void>> remove_due(bool all);

  io::Loop& loop_;
  std::string path_;
  config::TopicConfig config_;
  OpenOptions options_;
  RecoveryReport recovery_;
  std::optional<Error> offline_;
  std::unique_ptr<FilePool> own_files_;
  FilePool* files_;

  // Shared with readers that are in one of them while it is deleted. Rising base offsets; never empty while not offline.
  std::vector<std::shared_ptr<Segment>> segments_;
  EpochCache epochs_;
  ProducerState producers_;
  std::set<Offset> snapshots_;       // the .snapshot files that exist
  std::vector<Removal> removals_;    // .deleted files that wait for their delay
  // log_start <= durable_end <= written_end <= end
  Offset log_start_{0}, end_{0}, written_end_{0}, durable_end_{0};
  Tail tail_;
  std::array<Mark, 8> marks_;
  size_t marks_next_ = 0;
  uint64_t truncations_ = 0;         // a reader that sees it change starts from nothing
  uint64_t revision_ = 0;
  bool made_ = true, cleared_ = false, closed_ = false;

  Mutex mutex_;
  std::vector<Queued> queue_, writing_;
  size_t written_count_ = 0;         // of writing_: those on disk already
  std::vector<WrittenBatch> run_;
  // What is behind the last sync, while all of it is at hand: it may go through the group's write-ahead file.
  std::vector<CommitRequest::Piece> pieces_;
  uint64_t pieces_at_ = 0, pieces_bytes_ = 0;
  bool pieces_whole_ = false, keeps_pieces_ = false;
  uint64_t queued_bytes_ = 0, writing_bytes_ = 0, unsynced_bytes_ = 0;
};

}  // namespace evlog::log
