// Log: deleting from the front. Files are renamed to `.deleted` at once and removed when file.delete.delay.ms is over (readers may
// still be in them), or at the next start.
#include <cerrno>

#include "log/file_names.h"
#include "log/log.h"

namespace evlog::log {

Result<void> Log::advance_log_start(Offset to, Offset high_watermark) {
  if (offline_) return fail(*offline_);
  if (to > high_watermark || to > end_) {
    return fail(ErrorCode::OFFSET_OUT_OF_RANGE, "{}: the log cannot begin at {}, beyond the high watermark {}", name(), to.value(), high_watermark.value());
  }
  if (to <= log_start_) return {};
  log_start_ = to;
  epochs_.truncate_from_start(to);
  return {};
}

io::task<Result<uint32_t>> Log::retain(RetainOptions options) {
  auto guard = co_await mutex_.lock();
  if (offline_) co_return fail(*offline_);
  if (auto done = co_await remove_due(options.disk_low); !done) co_return fail(std::move(done.error()));
  producers_.remove_expired(to_ms(options.now), options_.producer_id_expiration_ms);
  const auto count = co_await count_deletable(options);
  if (!count) co_return fail(count.error());
  if (*count == 0) co_return 0u;
  Result<void> done;
  // A log is never without a segment: when all of it goes, an empty one follows.
  if (*count == segments_.size()) done = co_await roll_now();
  if (done && *count < segments_.size()) done = co_await delete_oldest(*count);
  if (done && options.disk_low) done = co_await remove_due(true);
  if (!done) co_return fail(std::move(done.error()));
  co_return static_cast<uint32_t>(*count);
}

// Segments from the oldest on that lie wholly below the log start, or are too old, or too many.
io::task<Result<size_t>> Log::count_deletable(const RetainOptions& options) {
  int64_t surplus = config_.cleanup_delete && config_.retention_bytes >= 0 ? static_cast<int64_t>(size_bytes()) - config_.retention_bytes : -1;
  const bool by_time = options.by_time && config_.cleanup_delete && config_.retention_ms >= 0;
  size_t count = 0;
  for (; count < segments_.size(); ++count) {
    const auto segment = segments_[count];
    const bool is_last = count + 1 == segments_.size();
    const Offset end = is_last ? end_ : segments_[count + 1]->base_offset();
    if (end > options.high_watermark || (is_last && segment->size_bytes() == 0)) break;
    if (by_time) {
      if (auto done = co_await segment->load(); !done) co_return fail(std::move(done.error()));
    }
    const int64_t size = static_cast<int64_t>(segment->size_bytes());
    const bool below_start = end <= log_start_ && !is_last;
    const bool too_old = by_time && to_ms(options.now) - segment->retention_timestamp_ms() > config_.retention_ms;
    const bool too_much = surplus >= size;
    if (!below_start && !too_old && !too_much) break;
    surplus -= size;
  }
  co_return count;
}

// The log begins later before anything is renamed, so that no reader is sent there; oldest first, each durably.
io::task<Result<void>> Log::delete_oldest(size_t count) {
  for (; count > 0; --count) {
    const auto segment = segments_.front();
    segments_.erase(segments_.begin());
    log_start_ = std::max(log_start_, segments_.front()->base_offset());
    epochs_.truncate_from_start(log_start_);
    auto paths = segment->paths();
    if (snapshots_.erase(segment->base_offset())) paths.push_back(path_ + "/" + segment_file_name(segment->base_offset(), suffix_snapshot));
    Result<void> done;
    for (auto& path : paths) {
      if (done) done = co_await set_aside(std::move(path));
    }
    if (done) {
      if (auto synced = co_await loop_.disk().sync_dir(path_); !synced) done = fail(std::move(synced.error()), "{}", path_);
    }
    if (!done) {
      go_offline(std::move(done.error()));
      co_return fail(*offline_);
    }
  }
  if (epochs_.dirty()) co_return co_await write_epochs();
  co_return Result<void>{};
}

io::task<Result<void>> Log::set_aside(std::string path) {
  const std::string aside = path + std::string(suffix_deleted);
  auto renamed = co_await loop_.disk().rename(path, aside);
  files_->forget(path);
  if (!renamed && renamed.error().os_error != ENOENT) co_return fail(std::move(renamed.error()), "{}", path);
  if (renamed) removals_.push_back({aside, loop_.mono() + milliseconds(config_.file_delete_delay_ms)});
  co_return Result<void>{};
}

io::task<Result<void>> Log::remove_due(bool all) {
  while (!removals_.empty() && (all || removals_.front().due <= loop_.mono())) {
    auto removed = co_await loop_.disk().remove(removals_.front().path);
    if (!removed && removed.error().os_error != ENOENT) co_return fail(std::move(removed.error()), "{}", removals_.front().path);
    removals_.erase(removals_.begin());
  }
  co_return Result<void>{};
}

}  // namespace evlog::log
