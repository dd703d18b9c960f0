#include "log/segment.h"

#include <algorithm>
#include <cerrno>

#include "base/mutant.h"
#include "log/file_names.h"

namespace evlog::log {

Segment::Segment(FilePool& files, std::string directory, Offset base, uint32_t index_interval_bytes)
    : files_(files),
      base_(base),
      stem_(directory + "/" + segment_file_name(base, "")),
      log_path_(stem_ + std::string(suffix_log)),
      index_interval_bytes_(index_interval_bytes),
      offsets_(files, stem_ + std::string(suffix_index), base),
      times_(files, stem_ + std::string(suffix_time_index), base),
      aborted_(files, stem_ + std::string(suffix_txn_index), base),
      largest_{-1, base},
      loading_(files.disk().loop()) {}

io::task<Result<void>> Segment::create(WallTime now) {
  auto made = co_await files_.open(log_path_, io::OpenMode::replace);
  if (!made) co_return fail(std::move(made.error()));
  if (auto done = co_await offsets_.file().create(); !done) co_return done;
  if (auto done = co_await times_.create(); !done) co_return done;
  if (auto done = co_await aborted_.clear(); !done) co_return done;
  created_ = now;
  modified_ms_ = to_ms(now);
  trusted_from_ = 0;
  loaded_ = true;
  co_return Result<void>{};
}

void Segment::attach(uint64_t log_size, std::optional<uint64_t> index_size, std::optional<uint64_t> time_index_size, WallTime now,
                     int64_t modified_ms) {
  size_ = trusted_from_ = log_size;
  index_size_ = index_size;
  time_index_size_ = time_index_size;
  created_ = now;
  modified_ms_ = modified_ms;
}

void Segment::attach(const SegmentState& state, WallTime now, bool indexes_finished) {
  size_ = trusted_from_ = state.size_bytes;
  created_ = now;
  modified_ms_ = state.modified_ms;
  if (state.first_timestamp_ms >= 0) first_timestamp_ = state.first_timestamp_ms;
  if (indexes_finished) largest_ = {state.largest_timestamp_ms, state.largest_offset};
  distrusted_ = !indexes_finished;
  told_ = unchecked_ = true;
}

void Segment::begin_empty(WallTime now) {
  created_ = now;
  modified_ms_ = to_ms(now);
  loaded_ = true;
  aborted_.assume_missing();
}

SegmentState Segment::state() const {
  return {.base_offset = base_,
          .size_bytes = size_,
          .first_timestamp_ms = first_timestamp_.value_or(-1),
          .largest_timestamp_ms = largest_.timestamp_ms,
          .largest_offset = largest_.offset,
          .modified_ms = modified_ms_};
}

io::task<Result<void>> Segment::load() {
  if (loaded_) co_return Result<void>{};
  auto guard = co_await loading_.lock();
  if (loaded_) co_return Result<void>{};  // another reader did it meanwhile
  auto done = distrusted_ ? co_await rebuild() : co_await open_indexes();
  // Rebuilding is right for rubbish, not for a device that cannot be read.
  if (!done && !distrusted_ && (done.error().os_error == 0 || done.error().os_error == ENOENT)) done = co_await rebuild();
  if (!done) co_return done;
  if (times_.last().timestamp_ms > largest_.timestamp_ms) largest_ = times_.last();
  distrusted_ = false;
  loaded_ = true;
  co_return Result<void>{};
}

io::task<Result<void>> Segment::open_indexes() {
  const auto index_size = co_await size_of(offsets_.file(), index_size_);
  if (!index_size) co_return fail(index_size.error());
  if (auto done = co_await offsets_.file().open(*index_size); !done) co_return done;
  if (auto done = co_await offsets_.check(size_); !done) co_return done;
  const auto time_index_size = co_await size_of(times_.file(), time_index_size_);
  if (!time_index_size) co_return fail(time_index_size.error());
  if (auto done = co_await times_.file().open(*time_index_size); !done) co_return done;
  if (auto done = co_await times_.check(); !done) co_return done;
  if (times_.last().timestamp_ms < 0) co_return Result<void>{};
  // The largest timestamp decides over retention, and which segments a search by time looks at.
  const auto sound = co_await agrees(times_.last());
  if (!sound) co_return fail(sound.error());
  if (!*sound) co_return fail(ErrorCode::CORRUPT_MESSAGE, "{}: the last entry does not agree with the log", times_.file().path());
  co_return Result<void>{};
}

// A log that was listed knows which indexes it has; one that was told of by a checkpoint looks when it needs them.
io::task<Result<uint64_t>> Segment::size_of(const IndexFile& index, std::optional<uint64_t> listed) {
  if (listed) co_return *listed;
  if (!told_) co_return fail(ErrorCode::CORRUPT_MESSAGE, "{}: an index is missing", stem_);
  const auto file = co_await files_.open(index.path(), io::OpenMode::write);
  if (!file) co_return fail(file.error());
  co_return (*file)->size();
}

// From the headers alone: the bytes themselves were judged when they were written.
io::task<Result<void>> Segment::rebuild() {
  auto opened = co_await file();
  if (!opened) co_return fail(std::move(opened.error()));
  const uint64_t end = size_;
  if (auto done = co_await begin_rebuild(end); !done) co_return done;
  bool has_markers = false;
  BatchWalker walker(*opened, 0, end, BatchWalker::Need::headers, 64_KiB);
  for (;;) {
    const auto step = walker.step();
    if (step == BatchWalker::Step::more) {
      if (auto done = co_await walker.fill(); !done) co_return done;
      continue;
    }
    if (step != BatchWalker::Step::batch) break;  // what is bad is told to whoever reads it
    const auto batch = walker.batch();
    has_markers |= batch.is_control() && batch.has_producer_id();
    note_batch(walker.position(), walker.size_bytes(), batch.last_offset(), batch.max_timestamp());
  }
  // First what only the missing indexes tell to be missing too.
  if (has_markers) {
    if (auto done = co_await rebuild_aborted(); !done) co_return done;
  }
  rebuilt_ = true;
  co_return co_await end_rebuild();
}

io::task<Result<void>> Segment::begin_rebuild(uint64_t size) {
  size_ = size;
  unindexed_bytes_ = 0;
  largest_ = {-1, base_};
  first_timestamp_.reset();
  if (auto done = co_await offsets_.file().create(); !done) co_return done;
  if (auto done = co_await times_.create(); !done) co_return done;
  co_return co_await aborted_.clear();
}

void Segment::note_batch(uint64_t position, uint32_t size_bytes, Offset last_offset, int64_t max_timestamp_ms) {
  if (!first_timestamp_) first_timestamp_ = max_timestamp_ms;
  if (max_timestamp_ms > largest_.timestamp_ms) largest_ = {max_timestamp_ms, last_offset};
  if (unindexed_bytes_ > index_interval_bytes_) {
    offsets_.append(last_offset, static_cast<uint32_t>(position));
    times_.maybe_append(largest_);
    unindexed_bytes_ = 0;
  }
  unindexed_bytes_ += size_bytes;
}

io::task<Result<void>> Segment::end_rebuild() {
  times_.maybe_append(largest_);
  if (auto done = co_await offsets_.file().write_tail(); !done) co_return done;
  auto done = co_await times_.file().write_tail();
  loaded_ = done.has_value();
  co_return done;
}

// What a checkpoint told is compared with the file when it is first needed: another size is another file.
io::task<Result<SharedFile>> Segment::file() {
  auto opened = co_await files_.open(log_path_, io::OpenMode::write);
  if (!opened && opened.error().os_error == ENOENT)
    co_return fail(ErrorCode::KAFKA_STORAGE_ERROR, "{} is missing. To mend: restore it from a replica or a backup, and start again", log_path_);
  if (opened && unchecked_ && (*opened)->size() != size_) {
    co_return fail(ErrorCode::KAFKA_STORAGE_ERROR, "{} has {} bytes where the checkpoint of the last clean stop has {}: it was changed while evlog was stopped. "
                   "To see what is wrong with it and have it mended: evlog repair {}", log_path_, (*opened)->size(), size_, log_path_.substr(0, log_path_.rfind('/')));
  }
  if (opened) unchecked_ = false;
  co_return opened;
}

io::task<Result<void>> Segment::write(std::span<const WrittenBatch> batches) {
  if (auto done = co_await load(); !done) co_return done;
  auto opened = co_await file();
  if (!opened) co_return fail(std::move(opened.error()));
  dirty_file_ = *opened;
  const bool aborts = std::ranges::any_of(batches, [](const auto& batch) { return batch.aborted != nullptr; });
  if (aborts) {
    if (auto done = co_await load_aborted(); !done) co_return done;
  }
  trusted_from_ = std::min(trusted_from_, size_);
  pieces_.clear();
  for (const auto& batch : batches) pieces_.push_back(batch.bytes);
  if (auto done = co_await dirty_file_->write(size_, pieces_); !done) co_return fail(std::move(done.error()), "{}", log_path_);
  for (const auto& batch : batches) {
    note_batch(size_, static_cast<uint32_t>(batch.bytes.size()), batch.last_offset, batch.max_timestamp_ms);
    size_ += batch.bytes.size();
    if (batch.aborted && !mutant(16)) aborted_.append(*batch.aborted);
  }
  // A full disk costs index entries only: without them lookups walk further.
  if (offsets_.file().tail_full()) {
    if (auto done = co_await offsets_.file().write_tail(); !done && !is_disk_full(done.error())) co_return done;
  }
  if (times_.file().tail_full()) {
    if (auto done = co_await times_.file().write_tail(); !done && !is_disk_full(done.error())) co_return done;
  }
  if (aborted_.tail_full()) {
    if (auto done = co_await aborted_.write_tail(); !done && !is_disk_full(done.error())) co_return done;
  }
  co_return Result<void>{};
}

io::task<Result<void>> Segment::sync() {
  auto opened = co_await file();
  if (!opened) co_return fail(std::move(opened.error()));
  if (mutant(1)) co_return Result<void>{};
  auto done = co_await (*opened)->sync();
  if (!done) co_return fail(std::move(done.error()), "{}", log_path_);
  dirty_file_.reset();
  co_return Result<void>{};
}

io::task<Result<void>> Segment::cut() {
  auto opened = co_await file();
  if (!opened) co_return fail(std::move(opened.error()));
  auto done = co_await (*opened)->truncate(size_);
  if (!done) co_return fail(std::move(done.error()), "{}", log_path_);
  co_return co_await sync();
}

io::task<Result<void>> Segment::finish() {
  if (auto done = co_await load(); !done) co_return done;
  times_.maybe_append(largest_);
  if (auto done = co_await offsets_.file().finish(); !done) co_return done;
  if (auto done = co_await aborted_.finish(); !done) co_return done;
  co_return co_await times_.file().finish();
}

io::task<Result<std::optional<BatchPlace>>> Segment::find(Offset offset, std::optional<uint64_t> hint) {
  if (!hint) {
    if (auto done = co_await load(); !done) co_return fail(std::move(done.error()));
    const auto from = co_await position_below(offset);
    if (!from) co_return fail(from.error());
    hint = *from;
  }
  auto opened = co_await file();
  if (!opened) co_return fail(std::move(opened.error()));
  BatchWalker walker(*opened, *hint, size_, BatchWalker::Need::headers, 4_KiB);
  Offset least = base_;
  std::optional<Offset> expected;  // where the batch before ended
  if (*hint == 0) expected = base_;
  uint64_t resync_from = *hint;    // the batch before: its length may be what is wrong
  std::optional<Error> damaged;    // what lies between the batch before and this one
  for (;;) {
    std::string wrong;
    switch (walker.step()) {
      case BatchWalker::Step::more:
        if (auto done = co_await walker.fill(); !done) co_return fail(std::move(done.error()), "{}", log_path_);
        continue;
      case BatchWalker::Step::end:
        co_return std::optional<BatchPlace>{};
      case BatchWalker::Step::bad:
        wrong = walker.reason();
        break;
      case BatchWalker::Step::batch:
        if (walker.batch().base_offset() < least) wrong = fmt::format("offset {} where at least {} must follow", walker.batch().base_offset().value(), least.value());
    }
    if (wrong.empty()) {
      const record::BatchView seen = walker.batch();
      const Offset base = seen.base_offset();
      const auto contradiction = co_await contradicted(seen, walker.next_position(), expected);
      if (!contradiction) co_return fail(contradiction.error());
      if (*contradiction) wrong = fmt::format("offset {} where {} fits", base.value(), expected.value_or(least).value());
    }
    if (!wrong.empty()) {
      // The way goes on behind the damage; who wants what was in it is told so.
      damaged = damage(walker.position(), wrong);
      const auto next = co_await resync(std::min(resync_from, walker.position()), least);
      if (!next) co_return fail(next.error());
      if (!*next) co_return fail(std::move(*damaged));
      walker = BatchWalker(*opened, **next, size_, BatchWalker::Need::headers, 4_KiB);
      resync_from = **next;
      expected.reset();
      continue;
    }
    const auto batch = walker.batch();
    expected = least = batch.next_offset();
    resync_from = walker.position();
    if (batch.last_offset() < offset) {
      damaged.reset();
      continue;
    }
    if (damaged && batch.base_offset() > offset) co_return fail(std::move(*damaged));
    co_return BatchPlace{walker.position(), walker.size_bytes(), batch.base_offset(), batch.last_offset()};
  }
}

io::task<Result<void>> Segment::truncate_to(Offset offset) {
  const auto place = co_await find(offset);
  if (!place) co_return fail(place.error());
  if (!*place) co_return Result<void>{};
  size_ = (*place)->position;
  forget_checked(size_);
  if (size_ == 0) first_timestamp_.reset();
  if (auto done = co_await offsets_.truncate_to(offset); !done) co_return done;
  if (auto done = co_await times_.truncate_to(offset); !done) co_return done;
  if (auto done = co_await load_aborted(); !done) co_return done;
  if (auto done = co_await aborted_.truncate_to(offset); !done) co_return done;
  if (auto done = co_await cut(); !done) co_return done;
  // The largest timestamp may have been in what is gone, and not be in the index: walk from the last entry that is left.
  largest_ = times_.last();
  const auto from = co_await position_below(largest_.offset);
  if (!from) co_return fail(from.error());
  auto opened = co_await file();
  if (!opened) co_return fail(std::move(opened.error()));
  BatchWalker walker(*opened, *from, size_, BatchWalker::Need::headers);
  for (auto step = walker.step(); step == BatchWalker::Step::batch || step == BatchWalker::Step::more; step = walker.step()) {
    if (step == BatchWalker::Step::more) {
      if (auto done = co_await walker.fill(); !done) co_return done;
      continue;
    }
    const auto batch = walker.batch();
    if (batch.max_timestamp() > largest_.timestamp_ms) largest_ = {batch.max_timestamp(), batch.last_offset()};
  }
  unindexed_bytes_ = 0;
  co_return Result<void>{};
}

io::task<Result<int64_t>> Segment::first_timestamp() {
  if (first_timestamp_) co_return *first_timestamp_;
  if (size_ == 0) co_return -1;
  auto opened = co_await file();
  if (!opened) co_return fail(std::move(opened.error()));
  BatchWalker walker(*opened, 0, size_, BatchWalker::Need::headers, record::header_size);
  while (walker.step() == BatchWalker::Step::more) {
    if (auto done = co_await walker.fill(); !done) co_return fail(std::move(done.error()));
  }
  if (walker.next_position() > 0) first_timestamp_ = walker.batch().max_timestamp();
  co_return first_timestamp_.value_or(-1);
}

io::task<Result<Offset>> Segment::offset_behind(uint64_t position) {
  if (auto done = co_await load(); !done) co_return fail(std::move(done.error()));
  co_return co_await offsets_.offset_from(position);
}

// A reader's wrong file is rebuilt; the newest segment's is only ever behind what is in memory.
io::task<Result<void>> Segment::load_aborted() {
  if (auto done = co_await load(); !done) co_return done;
  if (aborted_.loaded()) co_return Result<void>{};
  auto guard = co_await loading_.lock();
  auto done = co_await aborted_.load();
  if (!done && done.error().code == ErrorCode::CORRUPT_MESSAGE) co_return co_await rebuild_aborted();
  co_return done;
}

io::task<Result<void>> Segment::rebuild_aborted() {
  auto aborted = read_markers_ ? co_await read_markers_(*this) : Result<std::vector<AbortedTransaction>>{};
  if (!aborted) co_return fail(std::move(aborted.error()));
  if (auto done = co_await aborted_.clear(); !done) co_return done;
  for (const auto& transaction : *aborted) aborted_.append(transaction);
  // Durable before anybody relies on it: after a power cut a file that is not there says that nothing was aborted.
  if (auto done = co_await aborted_.finish(); !done) co_return done;
  if (auto synced = co_await files_.disk().sync_dir(stem_.substr(0, stem_.rfind('/'))); !synced) co_return fail(std::move(synced.error()), "{}", stem_);
  co_return Result<void>{};
}

io::task<Result<bool>> Segment::collect_aborted(Offset from, Offset upper, std::vector<AbortedTransaction>& into) {
  if (auto done = co_await load_aborted(); !done) co_return fail(std::move(done.error()));
  co_return co_await aborted_.collect(from, upper, into);
}

std::vector<std::string> Segment::paths() const {
  std::vector<std::string> paths;
  for (const auto suffix : {suffix_log, suffix_index, suffix_time_index, suffix_txn_index}) paths.push_back(stem_ + std::string(suffix));
  return paths;
}

}  // namespace evlog::log
