// partition: the replicas of one partition kept equal, and produce and fetch answered from them.
//
//   partition.h       Partition: the local replica and, while this broker leads, its Leader
//   leader.h          Leader: epoch, ISR, durable ends of the replicas, the high watermark
//   high_watermark.h  HighWatermark: never back, never past what min.insync.replicas allows
//   waiters.h         Waiters: who waits for a high watermark or for new records
//
// Flow of a produce: append() takes its place in the log's queue (no waiting) -> the partition's flush coroutine writes all
// queued batches with one write at the end of the loop turn and syncs -> the durable end moves -> the high watermark moves
// -> producers waiting for it are answered and fetches waiting for data wake. Visible means durable (P2): fetch never reads
// past the high watermark, which never passes a durable end unless the topic says evlog.durability=memory.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.h"
#include "base/result.h"
#include "base/strong.h"
#include "base/time.h"
#include "base/uuid.h"
#include "cluster/image.h"
#include "config/topic_config.h"
#include "io/loop.h"
#include "io/task.h"
#include "log/lazy_log.h"
#include "log/log_dir.h"
#include "partition/append_turns.h"
#include "partition/leader.h"
#include "partition/waiters.h"

namespace evlog::partition {

using log::TopicPartition;

// What a produce waits for.
enum class Acks : int16_t { none = 0, leader = 1, all = -1 };

class Partition;

// Held across a wait by whoever goes on using the partition (or its log) after it: a deleted partition is destroyed only when
// nobody uses it any more.
class InUse {
 public:
  explicit InUse(Partition& partition);
  InUse(const InUse&) = delete;
  InUse& operator=(const InUse&) = delete;
  ~InUse();

 private:
  Partition& partition_;
};

class Partition {
 public:
  // The log is open, or sleeps until something needs it. `nursery` runs the flushes and outlives the partition's use.
  Partition(io::Loop& loop, io::Nursery& nursery, Metrics& metrics, BrokerId local, TopicPartition name, Uuid topic_id,
            log::LazyLog log);
  ~Partition();

  const TopicPartition& name() const { return name_; }
  const Uuid& topic_id() const { return topic_id_; }
  log::Log& log() { return *log_; }  // wakes it
  const log::Log& log() const { return *log_; }
  const log::LazyLog& lazy_log() const { return log_; }  // what can be told without waking it

  // Takes the role the image gives this broker. A leader epoch below the present one is ignored.
  // The configuration is shared by all partitions of a topic.
  void apply(const cluster::PartitionView& view, std::shared_ptr<const config::TopicConfig> config);
  void apply(const cluster::PartitionView& view, const config::TopicConfig& config) { apply(view, std::make_shared<const config::TopicConfig>(config)); }
  bool leads() const { return leader_.has_value(); }
  LeaderEpoch leader_epoch() const { return epoch_; }

  // NOT_LEADER_OR_FOLLOWER when another broker leads; FENCED_LEADER_EPOCH / UNKNOWN_LEADER_EPOCH when the client's epoch is
  // older / newer than ours. nullopt = the client did not say. KAFKA_STORAGE_ERROR when the log is offline.
  Result<void> check_leader(std::optional<LeaderEpoch> client_epoch) const;

  struct Appended {
    Offset first, last;
    int64_t log_append_time_ms = -1;
    Offset log_start;
    bool duplicate = false;
    uint64_t failures_before = 0;  // tells a later failed write whether this batch was part of it
  };
  // Verified bytes of one batch, rewritten in place; `keep` keeps them alive until they are written. NOT_ENOUGH_REPLICAS is
  // answered before anything is changed when acks=all and the ISR is smaller than min.insync.replicas.
  Result<Appended> append(MutableBytes batch, Acks acks, log::AppendOptions options, std::shared_ptr<const void> keep);
  // Durable as `acks` asks: REQUEST_TIMED_OUT at the deadline, the storage error when the write or the sync failed,
  // NOT_LEADER_OR_FOLLOWER when leadership was lost meanwhile.
  io::task<Result<void>> wait_durable(Appended appended, Acks acks, std::optional<MonoTime> deadline);

  Offset log_start_offset() const { return log_.log_start_offset(); }
  // Records below `before` are gone for readers at once; none = all that consumers can see. Gives the log start, which is not yet
  // durable. NOT_LEADER_OR_FOLLOWER, KAFKA_STORAGE_ERROR; POLICY_VIOLATION where records are only compacted; OFFSET_OUT_OF_RANGE.
  Result<Offset> delete_records(std::optional<Offset> before);
  Offset high_watermark() const;
  // As far as read_committed sees: below it every transaction has ended.
  Offset last_stable_offset() const { return log_->last_stable_offset(high_watermark()); }
  Offset log_end_offset() const { return log_.log_end_offset(); }

  Waiters& waiters() { return waiters_; }
  AppendTurns& append_turns() { return append_turns_; }
  const config::TopicConfig& config() const { return *config_; }

  // Stops taking appends, answers everybody who waits with NOT_LEADER_OR_FOLLOWER (or UNKNOWN_TOPIC_OR_PARTITION when deleted).
  void retire(ErrorCode reason);
  ErrorCode retired() const { return retired_; }
  // The directory of its log failed: nothing is acknowledged from now on, also of what is under way.
  void take_offline(const Error& error);
  io::task<> unused();  // after retire(): until nobody holds it and no flush runs
  // Everything queued is written and synced; for a clean stop.
  io::task<Result<void>> flush_all();
  bool flushing() const { return flushing_; }  // a flush is under way in the nursery
  // Retention by time and size, and rolling by age. by_time is false while the wall clock is not to be trusted.
  io::task<Result<void>> retain(bool by_time, bool disk_low = false);

 private:
  friend class InUse;
  void start_flush();
  io::task<> flush_loop();
  bool must_sync() const;  // evlog.durability=disk, or flush.messages or flush.ms say so
  void flush_in_time();
  io::task<> flush_later();
  void note_failure(Error error);
  bool was_dropped(const Appended& appended) const;
  void on_flushed();

  io::Loop& loop_;
  io::Nursery& nursery_;
  Metrics& metrics_;
  BrokerId local_;
  TopicPartition name_;
  Uuid topic_id_;
  std::shared_ptr<const config::TopicConfig> config_;
  log::LazyLog log_;
  LeaderEpoch epoch_{-1};
  BrokerId leader_id_{-1};
  std::optional<Leader> leader_;
  Waiters waiters_;
  AppendTurns append_turns_;
  size_t users_ = 0;
  bool flushing_ = false;
  bool dirty_ = false;
  bool flush_timer_ = false;          // flush_later() waits
  bool flush_due_ = false;            // flush.ms are over
  ErrorCode retired_ = ErrorCode::NONE;
  Error write_error_;                 // of the last failed flush
  uint64_t failures_ = 0;             // flushes that failed so far
  std::vector<Offset> failed_from_;   // of the latest of them: where the dropped records began
};

}  // namespace evlog::partition
