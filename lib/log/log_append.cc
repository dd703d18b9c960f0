// Log: judging and queueing batches. Nothing here waits.
#include <algorithm>
#include <cerrno>

#include "base/mutant.h"
#include "log/disk_space.h"
#include "log/log.h"
#include "log/producer_snapshot.h"

namespace evlog::log {

using record::BatchView;

Result<AppendInfo> Log::append(MutableBytes bytes, LeaderEpoch epoch, AppendOptions options, Keepalive keepalive) {
  if (offline_) return fail(*offline_);
  BatchView batch(bytes);
  const bool has_producer_state = options.origin != AppendOrigin::raft_leader && batch.has_producer_id();
  AppendInfo info{.log_append_time_ms = batch.timestamp_type() == record::TimestampType::log_append_time ? batch.max_timestamp() : -1,
                  .log_start_offset = log_start_};
  if (has_producer_state && options.origin == AppendOrigin::client) {
    if (const ProducerBatch* copy = producers_.find_duplicate(batch); copy && !mutant(32)) {
      info.first_offset = copy->first_offset();
      info.last_offset = copy->last_offset;
      info.log_append_time_ms = copy->timestamp_ms;  // the first copy's, whatever the topic's kind of time: Kafka answers so
      info.duplicate = true;
      return info;
    }
  }
  if (options.origin == AppendOrigin::client && options_.space && options_.space->low()) {
    return fail(Error{ErrorCode::NOT_ENOUGH_REPLICAS,  // retriable, and says that nothing was kept
                      fmt::format("{}: the disk is nearly full: {} bytes are free, {} are kept in reserve", name(), options_.space->free_bytes(), options_.space->reserve_bytes()),
                      ENOSPC});
  }
  if (auto good = check(batch, options, epoch); !good) return fail(std::move(good.error()), "{}", name());

  if (options.origin != AppendOrigin::replication) {
    record::set_base_offset(bytes, end_);
    record::set_partition_leader_epoch(bytes, epoch);
  }
  info.first_offset = batch.base_offset();
  info.last_offset = batch.last_offset();
  Queued queued{bytes, std::move(keepalive), info.last_offset, batch.max_timestamp(), std::nullopt, std::nullopt, std::nullopt};
  if (must_roll(batch)) {
    queued.roll = format_producer_snapshot(producers_);
    begin_tail(info.first_offset);
  }
  grow_tail(batch);
  if (has_producer_state) {
    if (auto change = producers_.update(batch)) {
      queued.undo = std::move(change->undo);
      queued.aborted = change->aborted;
    }
  }
  if (batch.partition_leader_epoch() >= LeaderEpoch(0)) epochs_.assign(batch.partition_leader_epoch(), info.first_offset);
  queued_bytes_ += bytes.size();
  if (options_.backlog) options_.backlog->bytes += bytes.size();
  queue_.push_back(std::move(queued));
  end_ = info.last_offset + 1;
  return info;
}

Result<void> Log::check(const BatchView& batch, const AppendOptions& options, LeaderEpoch epoch) const {
  const AppendOrigin origin = options.origin;
  if (batch.size_bytes() > static_cast<uint64_t>(config_.segment_bytes)) {
    return fail(ErrorCode::RECORD_LIST_TOO_LARGE, "a batch of {} bytes is larger than a segment may be ({})", batch.size_bytes(), config_.segment_bytes);
  }
  if (batch.last_offset_delta() < 0) return fail(ErrorCode::INVALID_RECORD, "last offset delta {}", batch.last_offset_delta());
  if (origin == AppendOrigin::client && batch.is_control()) return fail(ErrorCode::INVALID_RECORD, "clients may not write control batches");
  if (origin == AppendOrigin::replication) {
    if (batch.base_offset() < end_) {
      return fail(ErrorCode::OFFSET_OUT_OF_RANGE, "replicated batch at {}, the log ends at {}", batch.base_offset().value(), end_.value());
    }
  } else if (epoch < epochs_.latest()) {
    return fail(ErrorCode::FENCED_LEADER_EPOCH, "leader epoch {}, the log is at {}", epoch.value(), epochs_.latest().value());
  }
  if (!batch.has_producer_id()) return {};
  return producers_.check(batch, options);
}

uint64_t Log::unsynced_bytes_max() const {
  return static_cast<uint64_t>(std::max<int64_t>(config_.unsynced_bytes_max, config_.max_message_bytes));
}

bool Log::has_room(size_t bytes) const {
  if (pending_bytes() == 0) return true;
  const bool server_has = !options_.backlog || options_.backlog->bytes + bytes <= options_.backlog->bytes_max;
  return server_has && pending_bytes() + bytes <= unsynced_bytes_max();
}

// Kafka's conditions: size, time since the first record, a full index, offsets that no longer fit 31 bits.
bool Log::must_roll(const BatchView& batch) const {
  if (tail_.size_bytes == 0) return batch.last_offset() - tail_.base_offset > INT32_MAX;
  if (tail_.size_bytes + batch.size_bytes() > static_cast<uint64_t>(config_.segment_bytes)) return true;
  if (batch.last_offset() - tail_.base_offset > INT32_MAX) return true;
  if (tail_.index_entries + 1 >= static_cast<uint32_t>(config_.segment_index_bytes) / TimeIndex::entry_size) return true;
  const int64_t age_ms = tail_.first_timestamp_ms < 0 ? (loop_.wall() - tail_.created).count()
                                                      : std::max(batch.max_timestamp(), tail_.first_timestamp_ms) - tail_.first_timestamp_ms;
  return age_ms > config_.segment_ms - tail_.jitter_ms;
}

void Log::grow_tail(const BatchView& batch) {
  if (tail_.size_bytes == 0) tail_.first_timestamp_ms = batch.max_timestamp();
  if (tail_.unindexed_bytes > static_cast<uint64_t>(config_.index_interval_bytes)) {
    ++tail_.index_entries;
    tail_.unindexed_bytes = 0;
  }
  tail_.size_bytes += batch.size_bytes();
  tail_.unindexed_bytes += batch.size_bytes();
}

void Log::begin_tail(Offset base) {
  const int64_t jitter_max = std::min(config_.segment_jitter_ms, config_.segment_ms);
  tail_ = {.base_offset = base,
           .created = loop_.wall(),
           .jitter_ms = jitter_max > 0 ? static_cast<int64_t>(loop_.random().below(static_cast<uint64_t>(jitter_max))) : 0};
}

// Back to what is on disk. The jitter stays: the segment is the same, or one that was just begun.
void Log::reset_tail() {
  const int64_t jitter_ms = tail_.jitter_ms;
  tail_ = {.base_offset = active().base_offset(),
           .size_bytes = active().size_bytes(),
           .index_entries = active().index_entries(),
           .first_timestamp_ms = active().first_timestamp_known().value_or(-1),
           .created = active().created(),
           .jitter_ms = jitter_ms};
}

}  // namespace evlog::log
