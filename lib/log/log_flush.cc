// Log: from the queue to the disk.
// Happy path: epochs (if a new one began) → one write per segment → sync → durable_end moves. A segment that is left is synced and
// finished before the next one begins.
// Failing: a full disk drops all that is not written and cuts the file back; anything else takes the log offline.
#include <cerrno>

#include "base/mutant.h"
#include "io/disk_util.h"
#include "log/append_meter.h"
#include "log/disk_space.h"
#include "log/file_names.h"
#include "log/log.h"
#include "log/producer_snapshot.h"

namespace evlog::log {

io::task<Result<void>> Log::flush(bool sync) {
  auto guard = co_await mutex_.lock();
  co_return co_await flush_locked(sync);
}

io::task<Result<void>> Log::flush_locked(bool sync) {
  if (offline_) {
    drop_queue();
    co_return fail(*offline_);
  }
  if (!writing_.empty()) {
    // The last flush was destroyed where it stood. What it did not finish, and what was queued behind it, was promised to nobody.
    drop_queue();
    if (auto done = made_ ? co_await active().cut() : Result<void>{}; !done) {
      go_offline(std::move(done.error()));
      co_return fail(*offline_);
    }
  }
  if (!made_ && queue_.empty()) co_return Result<void>{};  // an epoch alone is no reason for a directory
  writing_.swap(queue_);
  writing_bytes_ = std::exchange(queued_bytes_, 0);
  written_count_ = 0;
  keeps_pieces_ = sync && options_.group;  // a sync that comes some day must not hold memory until then
  Result<void> done;
  if (!made_) done = co_await make_directory();
  if (done && epochs_.dirty()) done = co_await write_epochs();
  if (done) done = co_await write_queue();
  if (!done) co_return co_await drop_unwritten(std::move(done.error()));
  writing_.clear();
  if ((sync || unsynced_bytes_ >= unsynced_bytes_max()) && durable_end_ != written_end_) done = co_await sync_locked();
  if (offline_) drop_queue();
  if (offline_ && done) co_return fail(*offline_);
  co_return done;
}

io::task<Result<void>> Log::write_queue() {
  while (written_count_ < writing_.size()) {
    const size_t from = written_count_;
    if (auto& snapshot = writing_[from].roll) {
      const Offset base = writing_[from].last_offset - record::BatchView(writing_[from].bytes).last_offset_delta();
      if (auto done = co_await roll_to(base, std::move(*snapshot)); !done) co_return done;
      snapshot.reset();
    }
    if (unsynced_bytes_ > 0 && unsynced_bytes_ + writing_[from].bytes.size() > unsynced_bytes_max()) {
      if (auto done = co_await sync_locked(); !done) co_return done;
    }
    if (auto done = co_await write_run(from, run_end(from)); !done) co_return done;
  }
  co_return Result<void>{};
}

// As far as one segment and the un-synced bound allow; at least one batch.
size_t Log::run_end(size_t from) const {
  uint64_t bytes = unsynced_bytes_;
  size_t to = from;
  do bytes += writing_[to++].bytes.size();
  while (to < writing_.size() && !writing_[to].roll && bytes + writing_[to].bytes.size() <= unsynced_bytes_max());
  return to;
}

io::task<Result<void>> Log::write_run(size_t from, size_t to) {
  run_.clear();
  uint64_t bytes = 0;
  for (size_t i = from; i < to; ++i) {
    run_.push_back({writing_[i].bytes, writing_[i].last_offset, writing_[i].max_timestamp_ms, writing_[i].aborted ? &*writing_[i].aborted : nullptr});
    bytes += writing_[i].bytes.size();
  }
  if (auto done = co_await active().write(run_); !done) co_return done;
  keep_pieces(from, to);
  written_count_ = to;
  written_end_ = writing_[to - 1].last_offset + 1;
  EVLOG_ASSERT(written_end_ <= end_);
  writing_bytes_ -= bytes;
  forget_backlog(bytes);
  unsynced_bytes_ += bytes;
  if (options_.space) options_.space->note_written(bytes);
  if (options_.meter) options_.meter->add(bytes);
  mark(written_end_, active().size_bytes());
  co_return Result<void>{};
}

// The epoch's entry is durable before any of its batches can be acknowledged.
io::task<Result<void>> Log::write_epochs() {
  epochs_.set_clean();
  auto done = co_await io::write_file_atomically(loop_.disk(), path_ + "/" + std::string(epoch_file_name), epochs_.format());
  if (done) co_return Result<void>{};
  epochs_.set_dirty();
  co_return fail(std::move(done.error()));
}

// A failed sync is final: what the page cache says afterwards proves nothing.
io::task<Result<void>> Log::sync_locked(SyncTo to) {
  const Offset end = written_end_;
  auto done = options_.group ? co_await commit(to) : co_await active().sync();
  if (!done) go_offline(std::move(done.error()));
  if (offline_) co_return fail(*offline_);  // perhaps the directory failed elsewhere
  EVLOG_ASSERT(end >= durable_end_);
  durable_end_ = end;
  unsynced_bytes_ = 0;
  co_return Result<void>{};
}

// The bytes of a run go along until they are durable, unless they are so many that the segment's own file is to be synced anyway.
void Log::keep_pieces(size_t from, size_t to) {
  if (!keeps_pieces_) return forget_pieces();
  if (!pieces_whole_) return;
  for (size_t i = from; i < to; ++i) {
    pieces_bytes_ += writing_[i].bytes.size();
    if (pieces_bytes_ > wal_frame_content_max) return forget_pieces();
    pieces_.push_back({writing_[i].bytes, writing_[i].keepalive});
  }
}

void Log::forget_pieces() {
  pieces_.clear();
  pieces_whole_ = false;
}

// What was handed over is not at hand any more if this is cut short: then the next sync is of the file.
io::task<Result<void>> Log::commit(SyncTo to) {
  const auto file = co_await active().file();
  if (!file) co_return fail(file.error());
  if (to == SyncTo::own_file) forget_pieces();
  EVLOG_ASSERT(!pieces_whole_ || pieces_at_ + pieces_bytes_ == active().size_bytes());
  CommitRequest request{{path_.substr(path_.rfind('/') + 1), options_.topic_id, active().base_offset(), pieces_at_}, *file, std::move(pieces_)};
  forget_pieces();
  auto done = co_await options_.group->commit(std::move(request));
  if (!done) co_return done;
  active().release();
  begin_pieces();
  co_return done;
}

void Log::begin_pieces() {
  pieces_.clear();
  pieces_at_ = active().size_bytes();
  pieces_bytes_ = 0;
  pieces_whole_ = true;
}

io::task<Result<void>> Log::roll_to(Offset base, Buffer snapshot) {
  if (auto done = co_await sync_locked(SyncTo::own_file); !done) co_return done;
  if (auto done = co_await active().finish(); !done) co_return done;
  if (auto done = co_await write_snapshot(base, std::move(snapshot), false); !done) co_return done;
  co_return co_await begin_segment(base);
}

io::task<Result<void>> Log::begin_segment(Offset base) {
  auto segment = make_segment(base);
  auto done = co_await segment->create(loop_.wall());
  if (done && !mutant(28)) {
    if (auto synced = co_await loop_.disk().sync_dir(path_); !synced) done = fail(std::move(synced.error()), "{}", path_);
  }
  if (done) {
    segments_.push_back(std::move(segment));
    begin_pieces();
    mark(base, 0);
    co_return done;
  }
  // An empty segment in the middle of an older one must not be found by the next start.
  for (const auto& path : segment->paths()) {
    files_->forget(path);
    auto removed = co_await loop_.disk().remove(path);
    if (!removed && removed.error().os_error != ENOENT) co_return fail(std::move(removed.error()), "{}", path);
  }
  if (auto synced = co_await loop_.disk().sync_dir(path_); !synced) co_return fail(std::move(synced.error()), "{}", path_);
  co_return done;
}

io::task<Result<void>> Log::write_snapshot(Offset offset, Buffer snapshot, bool sync) {
  const std::string path = path_ + "/" + segment_file_name(offset, suffix_snapshot);
  auto file = co_await loop_.disk().open(path, io::OpenMode::replace);
  if (!file) co_return fail(std::move(file.error()), "{}", path);
  snapshots_.insert(offset);
  const std::array<Bytes, 1> pieces{snapshot.bytes()};
  // Un-synced at a roll: its checksum tells whether it survived, and without it the log is walked instead.
  auto done = co_await (*file)->write(0, pieces);
  if (done && sync) done = co_await (*file)->sync();
  if (!done) co_return fail(std::move(done.error()), "{}", path);
  co_return Result<void>{};
}

io::task<Result<void>> Log::drop_unwritten(Error error) {
  drop_queue();
  if (offline_) co_return fail(*offline_);
  if (!is_shortage(error)) {
    go_offline(std::move(error));
    co_return fail(*offline_);
  }
  if (auto done = made_ ? co_await active().cut() : Result<void>{}; !done) {
    go_offline(std::move(done.error()));
    co_return fail(*offline_);
  }
  error.code = ErrorCode::NOT_ENOUGH_REPLICAS;  // retriable, and says that nothing was kept
  co_return fail(std::move(error), "{}: not written", name());
}

// Offsets and producers go back to what is on disk, newest batch first.
void Log::drop_queue() {
  if (!queue_.empty() || written_count_ < writing_.size()) ++revision_;
  for (auto it = queue_.rbegin(); it != queue_.rend(); ++it) {
    if (it->undo) producers_.undo(std::move(*it->undo));
  }
  for (size_t i = writing_.size(); i > written_count_; --i) {
    if (auto& undo = writing_[i - 1].undo) producers_.undo(std::move(*undo));
  }
  queue_.clear();
  writing_.clear();
  written_count_ = 0;
  forget_backlog(queued_bytes_ + writing_bytes_);
  queued_bytes_ = writing_bytes_ = 0;
  end_ = written_end_;
  epochs_.truncate_from_end(end_);
  if (!segments_.empty()) reset_tail();
}

void Log::mark(Offset offset, uint64_t position) {
  marks_[marks_next_] = {offset, active().base_offset(), position};
  marks_next_ = (marks_next_ + 1) % marks_.size();
}

io::task<Result<void>> Log::roll() {
  auto guard = co_await mutex_.lock();
  if (auto done = co_await flush_locked(true); !done) co_return done;
  co_return co_await roll_now();
}

// Appends that come while this waits belong to the new segment, so the tail is moved first.
io::task<Result<void>> Log::roll_now() {
  while (!queue_.empty()) {
    if (auto done = co_await flush_locked(true); !done) co_return done;
  }
  if (active().size_bytes() == 0) co_return Result<void>{};
  Buffer snapshot = format_producer_snapshot(producers_);
  const Offset base = end_;
  begin_tail(base);
  auto done = co_await roll_to(base, std::move(snapshot));
  if (!done && !offline_) co_return co_await drop_unwritten(std::move(done.error()));
  co_return done;
}

}  // namespace evlog::log
