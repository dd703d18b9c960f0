#include "partition/partition.h"

#include "base/mutant.h"

namespace evlog::partition {

// Happy path: append -> dirty -> flush_loop wakes at the end of the turn -> Log::flush writes and syncs -> on_flushed moves the
// durable end and the high watermark -> waiters.
// Ways to fail: the disk is full (what was queued is refused, the partition goes on); the log goes offline (everybody waiting
// gets KAFKA_STORAGE_ERROR, nothing is acknowledged any more); leadership is lost while waiting; the deadline passes.

Partition::Partition(io::Loop& loop, io::Nursery& nursery, Metrics& metrics, BrokerId local, TopicPartition name, Uuid topic_id,
                     log::LazyLog log)
    : loop_(loop), nursery_(nursery), metrics_(metrics), local_(local), name_(std::move(name)), topic_id_(topic_id),
      config_(std::make_shared<const config::TopicConfig>()), log_(std::move(log)), waiters_(loop), append_turns_(loop) {
  log_.belongs_to(name_, topic_id_, config_);
  ++metrics_.partitions;
}

InUse::InUse(Partition& partition) : partition_(partition) { ++partition_.users_; }

InUse::~InUse() {
  if (--partition_.users_ == 0 && partition_.retired_ != ErrorCode::NONE) partition_.waiters_.durable().notify_all();
}

Partition::~Partition() { --metrics_.partitions; }

void Partition::apply(const cluster::PartitionView& view, std::shared_ptr<const config::TopicConfig> config) {
  config_ = std::move(config);
  log_.set_config();
  leader_id_ = view.leader;
  if (view.leader_epoch < epoch_) return;
  const bool new_epoch = view.leader_epoch > epoch_;
  epoch_ = view.leader_epoch;
  if (view.leader != local_) {
    leader_.reset();
    waiters_.progress();
    return;
  }
  if (new_epoch || !leader_) {
    const Offset known = leader_ ? leader_->high_watermark() : log_.log_start_offset();
    leader_.emplace(local_, epoch_, log_.log_end_offset(), known);
    if (!log_.offline()) log_.begin_epoch(epoch_);
  }
  leader_->apply(view, config_->min_insync_replicas);
  on_flushed();
  // What was written under `memory` is waited for under `disk`.
  if (!log_.offline() && must_sync() && log_.durable_end_offset() < log_.log_end_offset()) start_flush();
}

Result<void> Partition::check_leader(std::optional<LeaderEpoch> client_epoch) const {
  if (retired_ != ErrorCode::NONE) return fail(retired_);
  if (log_.offline()) return fail(ErrorCode::KAFKA_STORAGE_ERROR, "{} is offline: {}", name_.text(), log_->offline_error().message);
  if (client_epoch) {
    if (*client_epoch < epoch_)
      return fail(ErrorCode::FENCED_LEADER_EPOCH, "leader epoch {} of {} is older than {}", client_epoch->value(), name_.text(), epoch_.value());
    if (*client_epoch > epoch_)
      return fail(ErrorCode::UNKNOWN_LEADER_EPOCH, "leader epoch {} of {} is newer than {}", client_epoch->value(), name_.text(), epoch_.value());
  }
  if (!leads()) return fail(ErrorCode::NOT_LEADER_OR_FOLLOWER, "broker {} leads {}", leader_id_.value(), name_.text());
  return {};
}

Result<Partition::Appended> Partition::append(MutableBytes batch, Acks acks, log::AppendOptions options, std::shared_ptr<const void> keep) {
  if (auto leading = check_leader(std::nullopt); !leading) return fail(leading.error());
  if (acks == Acks::all && !leader_->enough_replicas())
    return fail(ErrorCode::NOT_ENOUGH_REPLICAS, "The size of the current ISR {} is insufficient to satisfy the min.isr requirement of {} for partition {}",
                leader_->isr_size(), leader_->min_insync(), name_.text());
  if (!log_->has_room(batch.size()))
    return fail(ErrorCode::REQUEST_TIMED_OUT, "{} has {} bytes that are not yet durable; the disk does not keep up", name_.text(), config_->unsynced_bytes_max);
  const auto info = log_->append(batch, epoch_, options, std::move(keep));
  if (!info) return fail(info.error());
  if (!info->duplicate) start_flush();
  if (mutant(3)) leader_->durable(local_, log_.log_end_offset());
  return Appended{info->first_offset, info->last_offset, info->log_append_time_ms, info->log_start_offset, info->duplicate, failures_};
}

void Partition::start_flush() {
  dirty_ = true;
  if (flushing_) return;
  flushing_ = true;
  nursery_.spawn(flush_loop());
}

// Runs while there is something to write; an idle partition holds no coroutine.
io::task<> Partition::flush_loop() {
  struct Running {  // false again also when this coroutine is destroyed at a stop
    bool& flag;
    ~Running() { flag = false; }
  } running{flushing_};
  co_await loop_.turn();  // all appends of this turn go with one write
  if (mutant(20)) co_await loop_.sleep(milliseconds(20));
  while (dirty_) {
    dirty_ = false;
    const bool sync = must_sync();
    flush_due_ = false;
    const auto done = co_await log_->flush(sync);
    if (!done) note_failure(done.error());
    on_flushed();
  }
  flush_in_time();
  flushing_ = false;
  waiters_.progress();
}

bool Partition::must_sync() const {
  return config_->durability == config::Durability::disk || flush_due_ || log_.log_end_offset() - log_.durable_end_offset() >= config_->flush_messages;
}

// What is only in memory is on disk flush.ms later. A timer runs only while there is such a thing.
void Partition::flush_in_time() {
  constexpr int64_t never_ms = int64_t{1} << 40;
  if (config_->flush_ms >= never_ms || flush_timer_ || log_.offline() || log_.durable_end_offset() == log_.written_end_offset()) return;
  flush_timer_ = true;
  nursery_.spawn(flush_later());
}

io::task<> Partition::flush_later() {
  struct Waiting {  // false again also when this coroutine is destroyed at a stop
    bool& flag;
    ~Waiting() { flag = false; }
  } waiting{flush_timer_};
  const InUse in_use(*this);
  co_await loop_.turn();  // the flush that noticed it ends first
  const MonoTime due = loop_.mono() + milliseconds(config_->flush_ms);
  while (retired_ == ErrorCode::NONE && !log_.offline() && loop_.mono() < due) (void)co_await waiters_.durable().wait_until(due);
  if (retired_ != ErrorCode::NONE || log_.offline() || log_.durable_end_offset() == log_.written_end_offset()) co_return;
  flush_due_ = true;
  start_flush();
}

void Partition::note_failure(Error error) {
  constexpr size_t remembered_max = 1024;
  write_error_ = std::move(error);
  ++failures_;
  failed_from_.push_back(log_.written_end_offset());
  if (failed_from_.size() > remembered_max) failed_from_.erase(failed_from_.begin());
}

// The offsets of dropped records are given out again, so "the end is past it" alone does not say that a batch is safe.
bool Partition::was_dropped(const Appended& appended) const {
  const uint64_t since = failures_ - appended.failures_before;
  if (since > failed_from_.size()) return true;  // too long ago to tell: the client must ask again
  for (uint64_t i = 0; i < since; ++i)
    if (failed_from_[failed_from_.size() - 1 - i] <= appended.last) return true;
  return false;
}

void Partition::on_flushed() {
  if (leader_) {
    const Offset end = config_->durability == config::Durability::memory ? log_.written_end_offset() : log_.durable_end_offset();
    leader_->durable(local_, mutant(24) ? end + 1 : end);
    if (log_.awake()) log_->last_stable_offset(leader_->high_watermark());  // transactions that ended are forgotten here
  }
  waiters_.progress();
}

Offset Partition::high_watermark() const { return leader_ ? leader_->high_watermark() : log_.log_start_offset(); }

io::task<Result<void>> Partition::wait_durable(Appended appended, Acks acks, std::optional<MonoTime> deadline) {
  if (mutant(2) || mutant(20)) co_return Result<void>{};
  const InUse in_use(*this);
  const LeaderEpoch epoch = epoch_;
  for (;;) {
    if (retired_ != ErrorCode::NONE) co_return fail(retired_);
    if (was_dropped(appended)) co_return fail(write_error_);
    if (log_.offline()) co_return fail(log_->offline_error());
    const Offset own = config_->durability == config::Durability::memory ? log_.written_end_offset() : log_.durable_end_offset();
    const Offset reached = acks == Acks::all ? high_watermark() : own;
    if (reached > appended.last) {
      if (high_watermark() <= appended.last) on_flushed();  // in the middle of a flush: who is answered may read it
      co_return Result<void>{};
    }
    if (!leads() || epoch_ != epoch) co_return fail(ErrorCode::NOT_LEADER_OR_FOLLOWER, "leadership of {} was lost while waiting", name_.text());
    if (!co_await waiters_.durable().wait_until(deadline))
      co_return fail(ErrorCode::REQUEST_TIMED_OUT, "{} was not durable up to {} in time", name_.text(), appended.last.value());
  }
}

void Partition::retire(ErrorCode reason) {
  retired_ = reason;
  leader_.reset();
  waiters_.progress();
}

void Partition::take_offline(const Error& error) {
  log_->take_offline(error);
  waiters_.progress();
}

io::task<> Partition::unused() {
  while (users_ > 0 || flushing_) co_await waiters_.durable().wait();
}

io::task<Result<void>> Partition::flush_all() {
  const InUse in_use(*this);  // a deletion may come meanwhile
  while (flushing_) co_await waiters_.durable().wait();
  if (log_.offline()) co_return fail(log_->offline_error());
  if (!log_.awake()) co_return Result<void>{};
  co_return co_await log_->flush(true);
}

Result<Offset> Partition::delete_records(std::optional<Offset> before) {
  if (auto leading = check_leader(std::nullopt); !leading) return fail(leading.error());
  if (!config_->cleanup_delete) return fail(ErrorCode::POLICY_VIOLATION, "records of {} are compacted, not deleted", name_.text());
  const Offset start = before.value_or(high_watermark());
  if (start < Offset{0}) return fail(ErrorCode::OFFSET_OUT_OF_RANGE, "{} has no offset {}", name_.text(), start.value());
  if (auto moved = log_->advance_log_start(start, high_watermark()); !moved) return fail(moved.error());
  return log_.log_start_offset();
}

io::task<Result<void>> Partition::retain(bool by_time, bool disk_low) {
  if (log_.offline() || retired_ != ErrorCode::NONE) co_return Result<void>{};
  if (!log_.awake() && !log_.may_retain(*config_, loop_.wall())) co_return Result<void>{};
  const InUse in_use(*this);
  const auto deleted = co_await log_->retain({.now = loop_.wall(), .high_watermark = high_watermark(), .by_time = by_time, .disk_low = disk_low});
  if (!deleted) co_return fail(deleted.error());
  metrics_.segments_deleted += *deleted;
  co_return Result<void>{};
}

}  // namespace evlog::partition
