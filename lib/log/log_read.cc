// Log: resolving offsets to pieces of files.
// Happy path: the segment that holds the offset → its index, or a mark of the last flushes → a few headers → a slice.
// While a read waits, segments may be deleted (its segment is kept alive, the answer is then OFFSET_OUT_OF_RANGE) or the end may be
// truncated (`truncations_` moved: the answer is empty and the caller asks again).
#include <algorithm>

#include "log/log.h"

namespace evlog::log {

std::shared_ptr<Segment> Log::segment_for(Offset offset) const {
  const auto above = std::ranges::upper_bound(segments_, offset, {}, [](const auto& segment) { return segment->base_offset(); });
  if (segments_.empty()) return nullptr;
  return above == segments_.begin() ? segments_.front() : *std::prev(above);
}

std::shared_ptr<Segment> Log::segment_after(Offset base) const {
  const auto above = std::ranges::upper_bound(segments_, base, {}, [](const auto& segment) { return segment->base_offset(); });
  return above == segments_.end() ? nullptr : *above;
}

std::optional<uint64_t> Log::marked(const Segment& segment, Offset offset) const {
  for (const auto& mark : marks_) {
    if (mark.offset == offset && mark.segment_base == segment.base_offset()) return mark.position;
  }
  return std::nullopt;
}

io::task<Result<std::optional<BatchPlace>>> Log::find(Segment& segment, Offset offset) { return segment.find(offset, marked(segment, offset)); }

// Where the batches that end at or before `upper` end.
io::task<Result<uint64_t>> Log::end_position(Segment& segment, Offset upper) {
  const auto next = segment_after(segment.base_offset());
  const bool is_last = !next && !segments_.empty() && segments_.back().get() == &segment;
  if ((is_last && upper == written_end_) || (next && next->base_offset() <= upper)) co_return segment.size_bytes();
  if (const auto position = marked(segment, upper)) co_return *position;
  const uint64_t size = segment.size_bytes();
  const auto place = co_await segment.find(upper);
  if (!place) co_return fail(place.error());
  co_return *place ? (*place)->position : size;
}

io::task<Result<ReadSlice>> Log::read(ReadRequest request) {
  if (offline_) co_return fail(*offline_);
  const Offset from = request.from;
  if (from < log_start_ || from > end_) {
    co_return fail(ErrorCode::OFFSET_OUT_OF_RANGE, "offset {} of {}, which has {} to {}", from.value(), name(), log_start_.value(), end_.value());
  }
  const Offset upper = std::min(request.upper, written_end_);
  const uint64_t truncations = truncations_;
  if (from >= upper) co_return ReadSlice{};
  for (auto segment = segment_for(from); segment; segment = segment_after(segment->base_offset())) {
    if (segment->size_bytes() == 0) continue;
    const auto place = co_await find(*segment, from);
    if (truncations != truncations_) co_return ReadSlice{};
    tell_damage(*segment);
    if (!place) co_return std::unexpected(read_error(place.error(), from));
    if (!*place) continue;  // compaction emptied the rest of this segment
    const BatchPlace first = **place;
    if (first.last_offset >= upper) co_return ReadSlice{};
    const auto end = co_await end_position(*segment, upper);
    if (truncations != truncations_) co_return ReadSlice{};
    if (!end) co_return std::unexpected(read_error(end.error(), from));
    auto file = co_await segment->file();
    if (!file) co_return std::unexpected(read_error(std::move(file.error()), from));
    if (*end < first.position + first.size_bytes) {
      co_return std::unexpected(read_error({ErrorCode::CORRUPT_MESSAGE, fmt::format("{}: offsets do not rise", segment->log_path())}, from));
    }
    uint64_t size = std::min<uint64_t>(*end - first.position, request.bytes_max);
    const auto sound = co_await segment->check(first.position, first.position + std::max<uint64_t>(size, first.size_bytes));
    if (truncations != truncations_) co_return ReadSlice{};
    tell_damage(*segment);
    if (!sound) co_return std::unexpected(read_error(sound.error(), from));
    size = std::min(size, *sound - first.position);
    const bool too_large = size < first.size_bytes;
    if (too_large && !request.at_least_one_batch) co_return ReadSlice{.file = nullptr, .first_batch_offset = first.base_offset, .first_batch_too_large = true};
    co_return ReadSlice{.file = std::move(*file),
                        .position = first.position,
                        .size_bytes = too_large ? first.size_bytes : static_cast<uint32_t>(size),
                        .first_batch_offset = first.base_offset,
                        .first_batch_too_large = too_large};
  }
  co_return ReadSlice{};
}

void Log::tell_damage(Segment& segment) {
  for (const auto& note : segment.take_notes())
    if (options_.on_damage) options_.on_damage(note);
}

// What is rotten cannot be read, and all the rest can; a device error takes the log and its directory offline.
Error Log::read_error(Error error, Offset from) {
  if (from < log_start_) {
    return {ErrorCode::OFFSET_OUT_OF_RANGE, fmt::format("offset {} of {} was deleted meanwhile; it begins at {}", from.value(), name(), log_start_.value())};
  }
  if (is_shortage(error) || error.code == ErrorCode::CORRUPT_MESSAGE) return error;
  const bool device_failed = error.os_error != 0;
  go_offline(std::move(error), device_failed);
  return *offline_;
}

io::task<Result<Buffer>> Log::read_bytes(ReadRequest request) {
  const auto slice = co_await read(request);
  if (!slice) co_return fail(slice.error());
  if (!slice->file) co_return Buffer();
  Buffer bytes(slice->size_bytes);
  auto got = slice->file->try_read(slice->position, bytes.mutable_bytes());
  if (got && *got == io::would_block) got = co_await slice->file->read(slice->position, bytes.mutable_bytes());
  if (!got) co_return std::unexpected(read_error(std::move(got.error()), request.from));
  bytes.resize(*got);
  record::BatchIterator batches(bytes);
  while (batches.next()) {}
  bytes.resize(batches.position());
  co_return bytes;
}

}  // namespace evlog::log
