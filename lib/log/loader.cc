#include "log/loader.h"

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/mutant.h"
#include "io/disk_util.h"
#include "log/checkpoint_text.h"
#include "log/file_names.h"

namespace evlog::log {

namespace { constexpr size_t scan_window_bytes = 1_MiB; }

io::task<Result<void>> Loader::run() {
  if (auto done = co_await list(); !done) co_return done;
  if (auto done = co_await load_epochs(); !done) co_return done;
  if (log_.options_.state && !fresh_) {
    const std::string why = contradiction();
    if (why.empty()) state_ = log_.options_.state;
    else log_.recovery_.notes.push_back(fmt::format("{}: {}; scanned without the checkpoint", log_.name(), why));
  }
  if (auto done = co_await find_end(); !done || log_.offline()) co_return done;
  if (check_end(); log_.offline()) co_return Result<void>{};
  if (auto done = co_await settle_start(); !done) co_return done;
  if (auto done = co_await load_producers(); !done) co_return done;
  for (Segment* segment : with_markers_) {
    if (auto done = co_await segment->rebuild_aborted(); !done) co_return done;
  }
  if (auto first = co_await log_.active().first_timestamp(); !first) co_return fail(std::move(first.error()));
  if (mutant(27)) log_.producers_.clear();
  if (mutant(5) && !log_.options_.clean && end_ > log_.log_start_) end_ = end_ - 1;
  log_.end_ = log_.written_end_ = log_.durable_end_ = end_;
  log_.begin_tail(log_.active().base_offset());
  log_.reset_tail();
  log_.mark(end_, log_.active().size_bytes());
  log_.begin_pieces();
  co_return Result<void>{};
}

io::task<Result<void>> Loader::list() {
  io::Disk& disk = log_.loop_.disk();
  auto entries = co_await disk.list(log_.path_);
  if (!entries && entries.error().os_error == ENOENT) {
    if (auto made = co_await disk.make_dirs(log_.path_); !made) co_return fail(std::move(made.error()));
    entries = co_await disk.list(log_.path_);
  }
  if (!entries) co_return fail(std::move(entries.error()), "{}", log_.path_);
  if (auto done = co_await sweep(*entries); !done) co_return done;

  std::map<std::string, const io::DirEntry*, std::less<>> by_name;
  for (const auto& entry : *entries) by_name[entry.name] = &entry;
  const auto size_of = [&](Offset base, std::string_view suffix) -> std::optional<uint64_t> {
    const auto found = by_name.find(segment_file_name(base, suffix));
    if (found == by_name.end()) return std::nullopt;
    return found->second->size_bytes;
  };
  for (const auto& entry : *entries) {
    if (const auto offset = parse_segment_file_name(entry.name, suffix_snapshot)) log_.snapshots_.insert(*offset);
    const auto base = parse_segment_file_name(entry.name, suffix_log);
    if (!base || entry.is_directory) continue;
    auto segment = log_.make_segment(*base);
    if (!size_of(*base, suffix_txn_index)) segment->assume_none_aborted();
    segment->attach(entry.size_bytes, size_of(*base, suffix_index), size_of(*base, suffix_time_index), log_.loop_.wall(), entry.modified_ms);
    log_.segments_.push_back(std::move(segment));
  }
  std::ranges::sort(log_.segments_, {}, [](const auto& segment) { return segment->base_offset(); });
  if (!log_.segments_.empty()) co_return Result<void>{};
  fresh_ = true;
  end_ = log_.options_.log_start_offset;
  co_return co_await log_.begin_segment(end_);
}

// Finishes deletions; removes temporary files and indexes without a log.
io::task<Result<void>> Loader::sweep(const std::vector<io::DirEntry>& entries) {
  std::set<std::string, std::less<>> names;
  for (const auto& entry : entries) names.insert(entry.name);
  for (const auto& entry : entries) {
    const std::string_view name = entry.name;
    bool remove = name.ends_with(suffix_deleted) || name.ends_with(suffix_cleaned) || name.ends_with(".tmp");
    // Metadata snapshots (.checkpoint.deleted) belong to the quorum.
    if (name.ends_with(".checkpoint.deleted")) remove = false;
    for (const auto suffix : {suffix_index, suffix_time_index, suffix_txn_index}) {
      const auto base = parse_segment_file_name(name, suffix);
      remove |= base && !names.contains(segment_file_name(*base, suffix_log));
    }
    if (name.ends_with(suffix_swap)) {
      co_return fail(ErrorCode::KAFKA_STORAGE_ERROR,
                     "{}/{}: Kafka was stopped in the middle of a compaction; start and stop Kafka once to finish it", log_.path_, name);
    }
    if (!remove || entry.is_directory) continue;
    if (auto done = co_await log_.loop_.disk().remove(log_.path_ + "/" + entry.name); !done) co_return fail(std::move(done.error()), "{}", entry.name);
  }
  co_return Result<void>{};
}

// A checkpoint that cannot be read is made again from the batches, which carry their epochs.
io::task<Result<void>> Loader::load_epochs() {
  const std::string path = log_.path_ + "/" + std::string(epoch_file_name);
  auto text = co_await io::read_file(log_.loop_.disk(), path, checkpoint_bytes_max);
  if (!text) {
    if (text.error().os_error == ENOENT) co_return co_await rebuild_epochs();
    co_return fail(std::move(text.error()));
  }
  auto parsed = EpochCache::parse(as_text(*text));
  if (parsed) {
    log_.epochs_ = std::move(*parsed);
    co_return Result<void>{};
  }
  log_.recovery_.notes.push_back(fmt::format("{}: {}; rebuilt from the log", path, parsed.error().message));
  co_return co_await rebuild_epochs();
}

io::task<Result<void>> Loader::rebuild_epochs() {
  for (const auto& segment : log_.segments_) {
    if (segment->size_bytes() == 0) continue;
    auto file = co_await segment->file();
    if (!file) co_return fail(std::move(file.error()));
    BatchWalker walker(*file, 0, segment->size_bytes(), BatchWalker::Need::headers, 64_KiB);
    for (Step step = walker.step(); step == Step::batch || step == Step::more; step = walker.step()) {
      if (step == Step::more) {
        if (auto done = co_await walker.fill(); !done) co_return done;
        continue;
      }
      const auto batch = walker.batch();
      if (batch.partition_leader_epoch() >= LeaderEpoch(0)) log_.epochs_.assign(batch.partition_leader_epoch(), batch.base_offset());
    }
  }
  co_return Result<void>{};
}

io::task<Result<void>> Loader::find_end() {
  if (fresh_) co_return Result<void>{};
  bool trusted = false;
  if (log_.options_.clean) {
    if (auto done = co_await trust_end(trusted); !done) co_return done;
  }
  if (trusted) co_return Result<void>{};
  if (!state_) co_return co_await scan();
  if (auto done = co_await scan_behind_state(); !done || !misled_) co_return done;
  state_ = nullptr;
  log_.recovery_.notes.push_back(fmt::format("{}: the checkpoint's last segment was written anew since; scanned without the checkpoint", log_.name()));
  co_return co_await scan();
}

// The state's history must be a part of the log's: the epoch it ends in goes on, or ended no earlier, and its last segment is there.
std::string Loader::contradiction() const {
  const LogState& state = *log_.options_.state;
  const SegmentState& last = state.segments.back();
  const auto found = std::ranges::find(log_.segments_, last.base_offset, [](const auto& segment) { return segment->base_offset(); });
  if (found == log_.segments_.end()) return fmt::format("segment {} of the checkpoint is gone", last.base_offset.value());
  if ((*found)->size_bytes() < last.size_bytes) return fmt::format("{} has {} bytes, and {} when the checkpoint was written", (*found)->log_path(), (*found)->size_bytes(), last.size_bytes);
  if (state.epochs.empty() || log_.epochs_.latest() == epoch_none) return {};
  const LeaderEpoch known = state.epochs.back().epoch;
  const EpochEnd end = log_.epochs_.end_offset_for(known, Offset(INT64_MAX));
  if (log_.epochs_.latest() < known) return {};  // its file was behind: epochs are taken from the state
  return end.epoch == known && end.end_offset >= state.end ? "" : fmt::format("leader epoch {} ended at {}, below {}", known.value(), end.end_offset.value(), state.end.value());
}

// The segment in which the state ends from there on, and those behind it.
io::task<Result<void>> Loader::scan_behind_state() {
  const LogState& state = *state_;
  for (const auto& entry : state.epochs) log_.epochs_.assign(entry.epoch, entry.start_offset);
  log_.producers_ = state.producers;  // and what is scanned goes on from there
  size_t number = 0;
  while (log_.segments_[number]->base_offset() != state.segments.back().base_offset) ++number;
  Segment& first = *log_.segments_[number];
  const uint64_t position = state.segments.back().size_bytes;
  const bool changed = first.size_bytes() != position || number + 1 < log_.segments_.size();
  if (!state.closed || first.size_bytes() != position) first.distrust_indexes();
  end_ = state.end;
  if (auto done = co_await scan_segment(number, position); !done || log_.offline() || misled_) co_return done;
  for (++number; number < log_.segments_.size(); ++number) {
    if (auto done = co_await scan_segment(number); !done || log_.offline()) co_return done;
  }
  if (!changed) co_return Result<void>{};
  auto synced = co_await log_.loop_.disk().sync_dir(log_.path_);
  if (!synced) co_return fail(std::move(synced.error()), "{}", log_.path_);
  co_return Result<void>{};
}

// After a clean stop only the headers behind the last index entry are read.
io::task<Result<void>> Loader::trust_end(bool& trusted) {
  Segment& last = log_.active();
  if (auto done = co_await last.load(); !done) co_return done;
  if (last.indexes_were_rebuilt()) ++log_.recovery_.indexes_rebuilt;
  const auto from = co_await last.position_below(Offset(INT64_MAX));
  if (!from) co_return fail(from.error());
  auto file = co_await last.file();
  if (!file) co_return fail(std::move(file.error()));
  end_ = last.base_offset();
  BatchWalker walker(*file, *from, last.size_bytes(), BatchWalker::Need::headers);
  for (;;) {
    switch (walker.step()) {
      case Step::more:
        if (auto done = co_await walker.fill(); !done) co_return done;
        continue;
      case Step::batch:
        if (!check_batch(walker, Offset(INT64_MAX)).empty()) co_return Result<void>{};
        end_ = walker.batch().next_offset();
        continue;
      case Step::end:
        trusted = true;
        co_return Result<void>{};
      case Step::bad:
        log_.recovery_.notes.push_back(fmt::format("{} at position {}: {}, after a clean stop; walked again", last.log_path(), walker.position(), walker.reason()));
        co_return Result<void>{};
    }
  }
}

// Only the last segment can hold un-synced bytes of ours; Kafka leaves more of them, from the recovery point on.
io::task<Result<void>> Loader::scan() {
  size_t first = log_.segments_.size() - 1;
  while (first > 0 && log_.segments_[first]->base_offset() > log_.options_.recovery_point) --first;
  end_ = log_.segments_[first]->base_offset();  // what was trusted in vain is walked again
  for (size_t number = first; number < log_.segments_.size(); ++number) {
    if (auto done = co_await scan_segment(number); !done || log_.offline()) co_return done;
  }
  auto synced = co_await log_.loop_.disk().sync_dir(log_.path_);
  if (!synced) co_return fail(std::move(synced.error()), "{}", log_.path_);
  co_return Result<void>{};
}

// A clean stop leaves everything up to the recovery point in the file.
void Loader::check_end() {
  const Offset durable = log_.options_.recovery_point;
  if (!log_.options_.clean || fresh_ || end_ >= durable || durable <= log_.options_.log_start_offset) return;
  log_.go_offline(Error{ErrorCode::KAFKA_STORAGE_ERROR,
                        fmt::format("{} ends at offset {}, and {} was on disk when the server was stopped: {} offsets are missing. To mend: restore the file from a replica or a "
                                    "backup; or stop the server and run evlog repair {}, which shows first what would be lost",
                                    log_.active().log_path(), end_.value(), durable.value(), durable - end_, log_.path_)},
                  false);
}

std::string Loader::check_batch(const BatchWalker& walker, Offset end_max) const {
  const auto batch = walker.batch();
  if (batch.last_offset_delta() < 0) return "negative last offset delta";
  if (batch.base_offset() < end_) return fmt::format("offset {} where at least {} must follow", batch.base_offset().value(), end_.value());
  if (batch.last_offset() < batch.base_offset() || batch.last_offset() >= end_max) return fmt::format("last offset {} is out of place", batch.last_offset().value());
  return {};
}

// `from`: everything before it is known to be good; its indexes are then made when they are needed.
io::task<Result<void>> Loader::scan_segment(size_t number, uint64_t from) {
  Segment& segment = *log_.segments_[number];
  auto file = co_await segment.file();
  if (!file) co_return fail(std::move(file.error()));
  const uint64_t size = segment.size_bytes();
  const bool whole = from == 0;
  if (whole) {
    if (auto done = co_await segment.begin_rebuild(size); !done) co_return done;
    ++log_.recovery_.indexes_rebuilt;
    end_ = std::max(end_, segment.base_offset());
  }
  log_.recovery_.scanned_bytes += size - from;
  const bool is_last = number + 1 == log_.segments_.size();
  const Offset end_max = is_last ? Offset(INT64_MAX) : log_.segments_[number + 1]->base_offset();
  BatchWalker walker(*file, from, size, BatchWalker::Need::whole_batches, scan_window_bytes);
  for (;;) {
    const Step step = walker.step();
    if (step == Step::more) {
      if (auto done = co_await walker.fill(); !done) co_return done;
      continue;
    }
    if (step == Step::end) break;
    std::string reason = walker.reason();
    if (step == Step::batch) {
      reason = check_batch(walker, end_max);
      if (reason.empty()) {
        if (auto good = walker.batch().check_crc(); !good && !mutant(21)) reason = good.error().message;  // planted fault 21: a checksum is not looked at
      }
    }
    if (!reason.empty()) {
      // Only the last segment is never compacted.
      misled_ = !whole && !is_last && walker.position() == from;
      if (misled_) co_return Result<void>{};
      if (auto done = co_await judge(number, walker.position(), std::move(reason)); !done || log_.offline()) co_return done;
      break;
    }
    const auto batch = walker.batch();
    // What lies before `from` is not known here: that segment's markers are read when its indexes are made.
    if (whole && batch.is_control() && batch.has_producer_id() && (with_markers_.empty() || with_markers_.back() != &segment)) with_markers_.push_back(&segment);
    if (whole) segment.note_batch(walker.position(), walker.size_bytes(), batch.last_offset(), batch.max_timestamp());
    if (state_) log_.producers_.update(batch);
    if (batch.partition_leader_epoch() >= LeaderEpoch(0)) log_.epochs_.assign(batch.partition_leader_epoch(), batch.base_offset());
    end_ = batch.next_offset();
  }
  segment.trust_from(from);
  if (whole) {
    if (auto done = co_await segment.end_rebuild(); !done) co_return done;
  } else if (size == from) {
    co_return Result<void>{};
  }
  // What was found good may never have been synced: it is now, before anybody reads it.
  co_return co_await segment.sync();
}

io::task<Result<void>> Loader::judge(size_t number, uint64_t position, std::string reason) {
  Segment& segment = *log_.segments_[number];
  const uint64_t behind = segment.size_bytes() - position;
  const bool is_last = number + 1 == log_.segments_.size();
  const uint64_t torn_max = log_.options_.clean ? 0 : log_.unsynced_bytes_max();  // a clean stop leaves nothing un-synced
  bool torn = is_last && behind <= torn_max;
  if (torn && log_.options_.synced_one_by_one) {
    const auto next = co_await segment.resync(position, end_);
    if (!next) co_return fail(next.error());
    torn = !*next;
  }
  if (is_last && !torn) {
    const auto zeros = co_await zeros_from(segment, position);
    if (!zeros) co_return fail(zeros.error());
    torn = *zeros;
  }
  if (torn) {
    log_.recovery_.cut_bytes = behind;
    log_.recovery_.cut_at = end_;
    log_.recovery_.notes.push_back(fmt::format("torn tail cut at offset {}: {} bytes behind position {} of {} ({})", end_.value(), behind, position, segment.log_path(), reason));
    if (mutant(23)) co_return Result<void>{};
    segment.shrink_to(position);
    co_return co_await segment.cut();
  }
  log_.go_offline(
      Error{ErrorCode::KAFKA_STORAGE_ERROR,
            fmt::format("{} is corrupt at position {} (offset {}): {}. That is {} bytes before its end, more than a crash can tear ({}), so nothing was "
                        "dropped. To mend: restore the file from a replica or a backup; or stop the server and run evlog repair {}, which shows first "
                        "what would be lost",
                        segment.log_path(), position, end_.value(), reason, behind, torn_max, log_.path_)},
      false);
  co_return Result<void>{};
}

io::task<Result<bool>> Loader::zeros_from(Segment& segment, uint64_t position) {
  auto file = co_await segment.file();
  if (!file) co_return fail(std::move(file.error()));
  Buffer window(scan_window_bytes);
  while (position < segment.size_bytes()) {
    const size_t size = static_cast<size_t>(std::min<uint64_t>(window.capacity(), segment.size_bytes() - position));
    const auto got = co_await (*file)->read(position, window.mutable_bytes().first(size));
    if (!got) co_return fail(got.error());
    const Bytes bytes = window.bytes().first(*got);
    if (bytes.empty() || std::ranges::any_of(bytes, [](uint8_t byte) { return byte != 0; })) co_return bytes.empty();
    position += bytes.size();
  }
  co_return true;
}

// Epochs end and begin where the log does. A log that ends below its own start has lost only what was deleted already.
io::task<Result<void>> Loader::settle_start() {
  log_.log_start_ = std::max(log_.options_.log_start_offset, log_.segments_.front()->base_offset());
  log_.epochs_.truncate_from_end(end_);
  log_.epochs_.truncate_from_start(log_.log_start_);
  if (end_ >= log_.log_start_) co_return Result<void>{};
  log_.recovery_.notes.push_back(fmt::format("the log ends at {}, below its start {}: begun anew there", end_.value(), log_.log_start_.value()));
  while (!log_.segments_.empty()) {
    if (auto done = co_await log_.remove_newest_segment(); !done) co_return done;
  }
  end_ = log_.log_start_;
  log_.epochs_.clear();
  co_return co_await log_.begin_segment(end_);
}

io::task<Result<void>> Loader::load_producers() {
  // Of the snapshots that no segment begins with, only the newest is of use.
  std::vector<Offset> stray;
  for (const Offset offset : log_.snapshots_) {
    const bool begins_segment = std::ranges::any_of(log_.segments_, [&](const auto& segment) { return segment->base_offset() == offset; });
    if (offset > end_ || (!begins_segment && offset != *log_.snapshots_.rbegin())) stray.push_back(offset);
  }
  for (const Offset offset : stray) {
    log_.snapshots_.erase(offset);
    if (auto done = co_await log_.loop_.disk().remove(log_.path_ + "/" + segment_file_name(offset, suffix_snapshot)); !done) co_return fail(std::move(done.error()));
  }
  log_.end_ = log_.written_end_ = end_;
  if (!state_) co_return co_await log_.reload_producers();
  log_.producers_.remove_expired(to_ms(log_.loop_.wall()), log_.options_.producer_id_expiration_ms);
  co_return Result<void>{};
}

}  // namespace evlog::log
