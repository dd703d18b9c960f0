// Log: giving up the end (a follower that diverged) or everything (a follower that fell behind the leader's start).
// Segments go newest first, each durably gone before the next: after a crash the log is a prefix of what it was.
#include <cerrno>

#include "log/file_names.h"
#include "log/log.h"

namespace evlog::log {

io::task<Result<void>> Log::truncate_to(Offset offset) {
  auto guard = co_await mutex_.lock();
  if (offline_) co_return fail(*offline_);
  if (!queue_.empty()) co_return fail(ErrorCode::UNKNOWN_SERVER_ERROR, "{}: truncated while {} batches are queued", name(), queue_.size());
  if (offset >= end_) co_return Result<void>{};
  if (auto done = co_await forget_frames(); !done) co_return done;
  if (offset < segments_.front()->base_offset()) co_return co_await restart_at(offset);
  ++truncations_;
  ++revision_;
  marks_.fill({offset_none, offset_none, 0});
  end_ = written_end_ = offset;
  durable_end_ = std::min(durable_end_, offset);
  log_start_ = std::min(log_start_, offset);
  epochs_.truncate_from_end(offset);
  Result<void> done;
  while (done && active().base_offset() >= offset && segments_.size() > 1) done = co_await remove_newest_segment();
  if (done) done = co_await active().truncate_to(offset);
  if (done) done = co_await remove_snapshots_above(offset);
  if (done && epochs_.dirty()) done = co_await write_epochs();
  if (done) done = co_await reload_producers();
  if (!done) {
    go_offline(std::move(done.error()));
    co_return fail(*offline_);
  }
  durable_end_ = written_end_;  // cutting synced what is left
  unsynced_bytes_ = 0;
  begin_pieces();
  reset_tail();
  co_return Result<void>{};
}

io::task<Result<void>> Log::truncate_fully_and_start_at(Offset offset) {
  auto guard = co_await mutex_.lock();
  if (offline_) co_return fail(*offline_);
  if (!queue_.empty()) co_return fail(ErrorCode::UNKNOWN_SERVER_ERROR, "{}: truncated while {} batches are queued", name(), queue_.size());
  if (auto done = co_await forget_frames(); !done) co_return done;
  co_return co_await restart_at(offset);
}

// Nothing that is given up may come back out of the write-ahead files. What is kept is durable in its own file then.
io::task<Result<void>> Log::forget_frames() {
  if (!options_.group) co_return Result<void>{};
  if (auto done = co_await options_.group->forget(path_.substr(path_.rfind('/') + 1)); !done) {
    go_offline(std::move(done.error()));
    co_return fail(*offline_);
  }
  if (offline_) co_return fail(*offline_);
  if (!queue_.empty()) co_return fail(ErrorCode::UNKNOWN_SERVER_ERROR, "{}: truncated while {} batches are queued", name(), queue_.size());
  co_return Result<void>{};
}

io::task<Result<void>> Log::restart_at(Offset offset) {
  ++truncations_;
  ++revision_;
  marks_.fill({offset_none, offset_none, 0});
  Result<void> done;
  if (!made_) done = co_await make_directory();
  while (done && !segments_.empty()) done = co_await remove_newest_segment();
  end_ = written_end_ = durable_end_ = log_start_ = offset;
  unsynced_bytes_ = 0;
  epochs_.clear();
  producers_.clear();
  if (done) done = co_await begin_segment(offset);
  if (done) done = co_await remove_snapshots_above(Offset(-1));
  if (done && epochs_.dirty()) done = co_await write_epochs();
  if (!done) {
    go_offline(std::move(done.error()));
    co_return fail(*offline_);
  }
  begin_tail(offset);
  co_return Result<void>{};
}

io::task<Result<void>> Log::remove_newest_segment() {
  const auto segment = segments_.back();
  segments_.pop_back();
  for (const auto& path : segment->paths()) {
    files_->forget(path);
    auto removed = co_await loop_.disk().remove(path);
    if (!removed && removed.error().os_error != ENOENT) co_return fail(std::move(removed.error()), "{}", path);
  }
  auto synced = co_await loop_.disk().sync_dir(path_);
  if (!synced) co_return fail(std::move(synced.error()), "{}", path_);
  co_return Result<void>{};
}

// A snapshot of a history that is no longer ours must never be found again, so the directory is synced.
io::task<Result<void>> Log::remove_snapshots_above(Offset offset) {
  for (auto it = snapshots_.upper_bound(offset); it != snapshots_.end(); it = snapshots_.erase(it)) {
    auto removed = co_await loop_.disk().remove(path_ + "/" + segment_file_name(*it, suffix_snapshot));
    if (!removed && removed.error().os_error != ENOENT) co_return fail(std::move(removed.error()), "{}", path_);
  }
  auto synced = co_await loop_.disk().sync_dir(path_);
  if (!synced) co_return fail(std::move(synced.error()), "{}", path_);
  co_return Result<void>{};
}

}  // namespace evlog::log
