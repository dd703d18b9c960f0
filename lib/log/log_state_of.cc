// Log: beginning without a disk, and being told instead of reading. A log that has nothing yet gets its directory with its first
// batch; one that the checkpoint knows is believed, and its files are opened when they are needed.
#include <algorithm>
#include <cerrno>

#include "io/disk_util.h"
#include "log/checkpoint_text.h"
#include "log/file_names.h"
#include "log/log.h"
#include "log/log_dir.h"

namespace evlog::log {

std::unique_ptr<Log> Log::begin(io::Loop& loop, std::string path, config::TopicConfig config, OpenOptions options) {
  std::unique_ptr<Log> log(new Log(loop, std::move(path), std::move(config), std::move(options)));
  const Offset start = log->options_.log_start_offset;
  auto segment = log->make_segment(start);
  segment->begin_empty(loop.wall());
  log->segments_.push_back(std::move(segment));
  log->made_ = false;
  log->log_start_ = log->end_ = log->written_end_ = log->durable_end_ = start;
  log->begin_tail(start);
  log->begin_pieces();
  log->mark(start, 0);
  return log;
}

std::unique_ptr<Log> Log::resume(io::Loop& loop, std::string path, config::TopicConfig config, OpenOptions options, const LogState& state) {
  std::unique_ptr<Log> log(new Log(loop, std::move(path), std::move(config), std::move(options)));
  for (const auto& one : state.segments) {
    auto segment = log->make_segment(one.base_offset);
    // The last one's indexes were finished by a clean stop only, the others' when they were left.
    segment->attach(one, loop.wall(), state.closed || &one != &state.segments.back());
    log->segments_.push_back(std::move(segment));
  }
  log->epochs_ = EpochCache::of(state.epochs);
  log->snapshots_.insert(state.snapshots.begin(), state.snapshots.end());
  log->producers_ = state.producers;
  log->producers_.remove_expired(to_ms(loop.wall()), log->options_.producer_id_expiration_ms);
  log->log_start_ = std::max(state.log_start, log->options_.log_start_offset);
  log->end_ = log->written_end_ = log->durable_end_ = state.end;
  log->begin_tail(log->active().base_offset());
  log->reset_tail();
  log->tail_.index_entries = state.index_entries;
  log->begin_pieces();
  log->mark(state.end, log->active().size_bytes());
  return log;
}

// Whatever lies under this name is another topic's, of which a deletion was cut short: it is set aside, once. What a second try
// finds is from the first.
io::task<Result<void>> Log::make_directory() {
  const auto partition = parse_partition_directory(name());
  if (options_.directory) {
    EVLOG_ASSERT(partition);
    if (!cleared_) {
      if (auto aside = co_await options_.directory->set_aside(*partition); !aside) co_return aside;
      cleared_ = true;
    }
  }
  if (auto made = co_await loop_.disk().make_dirs(path_); !made) {
    co_return fail(std::move(made.error()), "{}", path_);
  }
  if (auto done = co_await active().create(active().created()); !done) co_return done;
  if (options_.directory) {
    // Renamed into place behind the segment's files: the sync of the directory serves them all.
    if (auto done = co_await options_.directory->write_partition_metadata(*partition, options_.topic_id); !done) co_return done;
  } else if (auto synced = co_await loop_.disk().sync_dir(path_); !synced) {
    co_return fail(std::move(synced.error()), "{}", path_);
  }
  made_ = true;
  co_return Result<void>{};
}

io::task<Result<bool>> Log::lies_as(io::Disk& disk, std::string path, const LogState& state) {
  const auto entries = co_await disk.list(path);
  if (!entries && entries.error().os_error == ENOENT) co_return false;
  if (!entries) co_return fail(entries.error(), "{}", path);
  size_t segments = 0, snapshots = 0;
  for (const auto& entry : *entries) {
    const std::string_view entry_name = entry.name;
    for (const auto suffix : {suffix_deleted, suffix_cleaned, suffix_swap, std::string_view(".tmp")})
      if (entry_name.ends_with(suffix)) co_return false;
    if (const auto offset = parse_segment_file_name(entry_name, suffix_snapshot)) {
      if (std::ranges::find(state.snapshots, *offset) == state.snapshots.end()) co_return false;
      ++snapshots;
    } else if (const auto base = parse_segment_file_name(entry_name, suffix_log)) {
      const auto known = std::ranges::find(state.segments, *base, &SegmentState::base_offset);
      if (known == state.segments.end() || known->size_bytes != entry.size_bytes) co_return false;
      ++segments;
    }
  }
  if (segments != state.segments.size() || snapshots != state.snapshots.size()) co_return false;
  const auto epochs = co_await io::read_file(disk, path + "/" + std::string(epoch_file_name), checkpoint_bytes_max);
  if (!epochs && epochs.error().os_error == ENOENT) co_return state.epochs.empty();
  if (!epochs) co_return fail(epochs.error());
  co_return as_text(*epochs) == EpochCache::of(state.epochs).format();
}

LogState Log::state() const {
  LogState state{.log_start = log_start_, .end = end_, .closed = closed_, .index_entries = tail_.index_entries};
  for (const auto& segment : segments_) state.segments.push_back(segment->state());
  // The segment that the last queued batch will be in, perhaps not begun yet, and how long it is with it.
  if (state.segments.back().base_offset != tail_.base_offset) state.segments.push_back({.base_offset = tail_.base_offset, .largest_offset = tail_.base_offset});
  state.segments.back().size_bytes = tail_.size_bytes;
  state.epochs = epochs_.entries();
  state.snapshots.assign(snapshots_.begin(), snapshots_.end());
  state.producers = producers_;
  return state;
}

}  // namespace evlog::log
