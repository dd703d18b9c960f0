// Log: transactions: the producers' state at an offset, what was aborted, and how far everything is decided.
// Happy path of a read_committed fetch: last_stable_offset() bounds the read → aborted_in() of the slice, from the segments' indexes.
// While aborted_in() waits the log may be truncated (NOT_LEADER_OR_FOLLOWER: only followers are) or segments deleted (OFFSET_OUT_OF_RANGE).
#include <algorithm>
#include <cerrno>

#include "base/mutant.h"
#include "io/disk_util.h"
#include "log/file_names.h"
#include "log/log.h"
#include "log/producer_snapshot.h"

namespace evlog::log {

Offset Log::last_stable_offset(Offset high_watermark) {
  const auto unstable = producers_.first_unstable(high_watermark);
  if (mutant(15)) return high_watermark;
  if (!unstable) return high_watermark;
  return std::min(std::max(*unstable, log_start_), high_watermark);
}

std::shared_ptr<Segment> Log::make_segment(Offset base) {
  auto segment = std::make_shared<Segment>(*files_, path_, base, static_cast<uint32_t>(config_.index_interval_bytes));
  segment->set_marker_reader([this](Segment& asking) { return read_markers(asking); });
  return segment;
}

// As Kafka bounds it: by the next entry of the offset index behind the slice, else the end of the segment.
io::task<Result<std::vector<AbortedTransaction>>> Log::aborted_in(Offset from, const ReadSlice& slice) {
  const auto segment = segment_for(slice.first_batch_offset);
  if (slice.size_bytes == 0 || !segment) co_return std::vector<AbortedTransaction>{};
  auto upper = co_await segment->offset_behind(slice.position + slice.size_bytes);
  if (!upper) co_return std::unexpected(read_error(std::move(upper.error()), from));
  if (*upper == offset_none) {
    const auto next = segment_after(segment->base_offset());
    upper = next ? next->base_offset() : end_;
  }
  co_return co_await aborted_between(from, *upper);
}

io::task<Result<std::vector<AbortedTransaction>>> Log::aborted_between(Offset from, Offset upper) {
  std::vector<AbortedTransaction> aborted;
  const uint64_t truncations = truncations_;
  for (auto segment = segment_for(from); segment; segment = segment_after(segment->base_offset())) {
    const auto complete = co_await segment->collect_aborted(from, upper, aborted);
    if (truncations != truncations_) co_return fail(ErrorCode::NOT_LEADER_OR_FOLLOWER, "{} was truncated meanwhile", name());  // a follower's
    if (!complete) co_return std::unexpected(read_error(complete.error(), from));
    if (*complete) break;
  }
  // A segment that was deleted meanwhile has no file that could tell.
  if (from < log_start_) co_return std::unexpected(read_error(Error{}, from));
  co_return aborted;
}

io::task<Result<std::vector<AbortedTransaction>>> Log::read_markers(Segment& segment) {
  auto state = co_await producers_at(segment.base_offset());
  if (!state) co_return fail(std::move(state.error()));
  auto file = co_await segment.file();
  if (!file) co_return fail(std::move(file.error()));
  std::vector<AbortedTransaction> aborted;
  BatchWalker walker(*file, 0, segment.size_bytes(), BatchWalker::Need::headers, 64_KiB);
  for (auto step = walker.step(); step == BatchWalker::Step::batch || step == BatchWalker::Step::more; step = walker.step()) {
    if (step == BatchWalker::Step::more) {
      if (auto done = co_await walker.fill(); !done) co_return fail(std::move(done.error()));
    } else if (const auto change = state->update(walker.batch()); change && change->aborted) {
      aborted.push_back(*change->aborted);
    }
  }
  co_return aborted;
}

io::task<Result<void>> Log::reload_producers() {
  producers_.clear();
  auto state = co_await producers_at(written_end_);
  if (!state) co_return fail(std::move(state.error()));
  producers_ = std::move(*state);
  producers_.remove_expired(to_ms(loop_.wall()), options_.producer_id_expiration_ms);
  co_return Result<void>{};
}

// From the newest snapshot that can be read, and the batches behind it. What lies below the start of the log is no longer known.
io::task<Result<ProducerState>> Log::producers_at(Offset offset) {
  ProducerState state;
  Offset from = log_start_;
  const std::set<Offset> snapshots = snapshots_;  // it may change while this waits
  for (auto it = snapshots.rbegin(); it != snapshots.rend(); ++it) {
    if (*it > offset) continue;
    if (*it <= log_start_) break;
    const std::string path = path_ + "/" + segment_file_name(*it, suffix_snapshot);
    auto file = co_await io::read_file(loop_.disk(), path, producer_snapshot_bytes_max);
    if (!file && file.error().os_error != ENOENT) co_return fail(std::move(file.error()));
    auto read = file ? parse_producer_snapshot(*file) : Result<ProducerState>(fail(file.error()));
    if (read) {
      state = std::move(*read);
      from = *it;
      break;
    }
    recovery_.notes.push_back(fmt::format("{}: {}; the log is read instead", path, read.error().message));
  }
  if (auto done = co_await replay_producers(state, from, offset); !done) co_return fail(std::move(done.error()));
  co_return state;
}

io::task<Result<void>> Log::replay_producers(ProducerState& state, Offset from, Offset to) {
  for (auto segment = segment_for(from); segment && segment->base_offset() < to; segment = segment_after(segment->base_offset())) {
    const auto place = co_await segment->find(from);
    if (!place) co_return fail(place.error());
    if (!*place) continue;
    auto file = co_await segment->file();
    if (!file) co_return fail(std::move(file.error()));
    BatchWalker walker(*file, (*place)->position, segment->size_bytes(), BatchWalker::Need::headers, 64_KiB);
    for (auto step = walker.step(); step == BatchWalker::Step::batch || step == BatchWalker::Step::more; step = walker.step()) {
      if (step == BatchWalker::Step::more) {
        if (auto done = co_await walker.fill(); !done) co_return done;
      } else if (walker.batch().base_offset() >= from && walker.batch().base_offset() < to) {
        state.update(walker.batch());
      }
    }
  }
  co_return Result<void>{};
}

}  // namespace evlog::log
