#include "log/log.h"

#include <cerrno>

#include "log/file_names.h"
#include "log/loader.h"
#include "log/producer_snapshot.h"

namespace evlog::log {

namespace { constexpr size_t own_files_max = 16; }

Log::Log(io::Loop& loop, std::string path, config::TopicConfig config, OpenOptions options)
    : loop_(loop), path_(std::move(path)), config_(std::move(config)), options_(std::move(options)), mutex_(loop) {
  if (!options_.files) own_files_ = std::make_unique<FilePool>(loop.disk(), own_files_max);
  files_ = options_.files ? options_.files : own_files_.get();
  if (options_.name.empty()) options_.name = path_.substr(path_.rfind('/') + 1);
  marks_.fill({offset_none, offset_none, 0});
}

// The files of a deleted partition give their room back only when nobody has them open.
Log::~Log() {
  forget_backlog(queued_bytes_ + writing_bytes_);
  for (const auto& segment : segments_)
    for (const auto& path : segment->paths()) files_->forget(path);
}

io::task<Result<std::unique_ptr<Log>>> Log::open(io::Loop& loop, std::string path, config::TopicConfig config, OpenOptions options) {
  std::unique_ptr<Log> log(new Log(loop, std::move(path), std::move(config), std::move(options)));
  Loader loader(*log);
  if (auto done = co_await loader.run(); !done) co_return fail(std::move(done.error()), "{}", log->name());
  co_return log;
}

uint64_t Log::size_bytes() const {
  uint64_t size = 0;
  for (const auto& segment : segments_) size += segment->size_bytes();
  return size;
}

std::vector<SegmentInfo> Log::segments() const {
  std::vector<SegmentInfo> infos;
  for (const auto& segment : segments_) {
    infos.push_back({segment->base_offset(), segment->size_bytes(), segment->largest_timestamp_ms(), segment == segments_.back()});
  }
  return infos;
}

bool Log::dirty() const { return pending_bytes() > 0 || epochs_.dirty(); }

void Log::go_offline(Error error, bool device_failed) {
  if (offline_) return;
  error.code = ErrorCode::KAFKA_STORAGE_ERROR;
  error.message = fmt::format("{}: {}", name(), error.message);
  offline_ = std::move(error);  // the queue goes with the next flush: one may be writing from it now
  // What is missing or contradicts itself is a matter of this log alone.
  if (device_failed && offline_->os_error != 0 && options_.on_offline) options_.on_offline(*offline_);
}

// The coroutine that rolled may have ended with its server, in the middle: what it began must not be found by the next start.
io::task<Result<void>> Log::undo_roll() {
  if (offline_ || !queue_.empty() || tail_.base_offset == active().base_offset()) co_return Result<void>{};
  for (const auto& path : make_segment(tail_.base_offset)->paths()) {
    files_->forget(path);
    auto removed = co_await loop_.disk().remove(path);
    if (!removed && removed.error().os_error != ENOENT) co_return fail(std::move(removed.error()), "{}", path);
  }
  begin_tail(active().base_offset());
  reset_tail();
  auto synced = co_await loop_.disk().sync_dir(path_);
  if (!synced) co_return fail(std::move(synced.error()), "{}", path_);
  co_return Result<void>{};
}

io::task<Result<void>> Log::close() {
  auto guard = co_await mutex_.lock();
  if (auto done = co_await undo_roll(); !done) co_return done;
  if (auto done = co_await flush_locked(true); !done) co_return done;
  if (!made_) co_return Result<void>{};
  if (!snapshots_.contains(end_)) {
    if (auto done = co_await write_snapshot(end_, format_producer_snapshot(producers_), true); !done) co_return done;
  }
  if (auto done = co_await active().finish(); !done) co_return done;
  // Nobody reads them any more, and the next start may not look at this directory.
  for (const auto& removal : removals_) {
    auto removed = co_await loop_.disk().remove(removal.path);
    if (!removed && removed.error().os_error != ENOENT) co_return fail(std::move(removed.error()), "{}", removal.path);
  }
  removals_.clear();
  auto synced = co_await loop_.disk().sync_dir(path_);
  if (!synced) co_return fail(std::move(synced.error()), "{}", path_);
  closed_ = true;
  co_return Result<void>{};
}

}  // namespace evlog::log
