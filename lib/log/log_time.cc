// Log: records by their timestamps. Headers are walked on the loop; a batch that is compressed is opened on the pool.
#include <memory>

#include "log/log.h"
#include "record/record_iterator.h"

namespace evlog::log {

namespace {

// What the pool works on and leaves behind; shared because the coroutine that waits may be gone before it is done.
struct Search {
  Buffer batch;
  int64_t timestamp_ms;
  bool largest;  // the first record with the largest timestamp; else the first at or after timestamp_ms
  Offset from;
  TimestampHit hit;
  Result<void> status;

  void run() {
    const record::BatchView view(batch);
    record::RecordIterator records(view);
    while (const auto record = records.next()) {
      if (record->offset < from || record->timestamp < (largest ? hit.timestamp_ms : timestamp_ms)) continue;
      // The largest: the first of several, so an equal one counts only where there was none.
      if (largest && hit.offset != offset_none && record->timestamp == hit.timestamp_ms) continue;
      hit = {record->offset, record->timestamp, view.partition_leader_epoch()};
      if (hit.timestamp_ms >= timestamp_ms) return;
    }
    status = records.status();
  }
};

}  // namespace

io::task<Result<Buffer>> Log::read_batch(Segment& segment, uint64_t position, uint32_t size_bytes) {
  auto file = co_await segment.file();
  if (!file) co_return fail(std::move(file.error()));
  Buffer batch(size_bytes);
  const auto got = co_await (*file)->read(position, batch.mutable_bytes());
  if (!got) co_return fail(got.error());
  const auto parsed = record::parse_batch(batch.bytes().first(*got));
  if (!parsed) co_return fail(parsed.error());
  co_return batch;
}

io::task<Result<TimestampHit>> Log::find_record(Segment& segment, uint64_t position, uint32_t size_bytes, RecordWanted wanted) {
  auto batch = co_await read_batch(segment, position, size_bytes);
  if (!batch) co_return fail(std::move(batch.error()));
  const bool compressed = record::BatchView(*batch).is_compressed();
  auto search = std::make_shared<Search>(Search{std::move(*batch), wanted.timestamp_ms, wanted.largest, wanted.from, {}, {}});
  if (compressed) co_await loop_.offload([search] { search->run(); });
  else search->run();
  // What a producer compressed wrongly is its own: such a batch has no records to be found, and the log stays online.
  if (!search->status) co_return TimestampHit{};
  co_return search->hit;
}

io::task<Result<TimestampHit>> Log::search_segment(std::shared_ptr<Segment> segment, uint64_t position, RecordWanted wanted) {
  auto file = co_await segment->file();
  if (!file) co_return fail(std::move(file.error()));
  BatchWalker walker(*file, position, segment->size_bytes(), BatchWalker::Need::headers);
  for (;;) {
    const auto step = walker.step();
    if (step == BatchWalker::Step::more) {
      if (auto done = co_await walker.fill(); !done) co_return fail(std::move(done.error()));
      continue;
    }
    if (step == BatchWalker::Step::end) co_return TimestampHit{};
    if (step == BatchWalker::Step::bad) {
      co_return fail(ErrorCode::CORRUPT_MESSAGE, "{} at position {}: {}", segment->log_path(), walker.position(), walker.reason());
    }
    const auto batch = walker.batch();
    if (batch.max_timestamp() < wanted.timestamp_ms || batch.last_offset() < wanted.from) continue;
    auto hit = co_await find_record(*segment, walker.position(), walker.size_bytes(), wanted);
    if (!hit || hit->offset != offset_none) co_return hit;
  }
}

// A segment may be deleted while it is searched: the search begins again, at the later start.
io::task<Result<TimestampHit>> Log::offset_for_timestamp(int64_t timestamp_ms, Offset upper) {
  for (;;) {
    auto hit = co_await search_timestamp(timestamp_ms, upper);
    if (hit || hit.error().code != ErrorCode::OFFSET_OUT_OF_RANGE) co_return hit;
  }
}

io::task<Result<TimestampHit>> Log::max_timestamp(Offset upper) {
  for (;;) {
    auto hit = co_await search_max_timestamp(upper);
    if (hit || hit.error().code != ErrorCode::OFFSET_OUT_OF_RANGE) co_return hit;
  }
}

io::task<Result<TimestampHit>> Log::search_timestamp(int64_t timestamp_ms, Offset upper) {
  if (offline_) co_return fail(*offline_);
  const uint64_t truncations = truncations_;
  const Offset from = log_start_;
  for (auto segment = segment_for(from); segment; segment = segment_after(segment->base_offset())) {
    if (auto done = co_await segment->load(); !done) co_return std::unexpected(read_error(std::move(done.error()), from));
    if (segment->largest_timestamp_ms() < timestamp_ms) continue;
    const auto entry = co_await segment->time_at_or_before(timestamp_ms);
    if (truncations != truncations_) co_return TimestampHit{};
    if (!entry) co_return std::unexpected(read_error(entry.error(), from));
    const auto position = co_await segment->position_below(std::max(entry->offset, from));
    if (truncations != truncations_) co_return TimestampHit{};
    if (!position) co_return std::unexpected(read_error(position.error(), from));
    const auto hit = co_await search_segment(segment, *position, {timestamp_ms, false, from});
    if (truncations != truncations_) co_return TimestampHit{};
    if (!hit) co_return std::unexpected(read_error(hit.error(), from));
    co_return hit->offset < upper ? *hit : TimestampHit{};
  }
  co_return TimestampHit{};
}

io::task<Result<TimestampHit>> Log::search_max_timestamp(Offset upper) {
  if (offline_) co_return fail(*offline_);
  const uint64_t truncations = truncations_;
  const Offset from = log_start_;
  std::shared_ptr<Segment> best;
  for (auto segment = segment_for(from); segment; segment = segment_after(segment->base_offset())) {
    if (auto done = co_await segment->load(); !done) co_return std::unexpected(read_error(std::move(done.error()), from));
    if (segment->size_bytes() > 0 && (!best || segment->largest_timestamp_ms() > best->largest_timestamp_ms())) best = segment;
  }
  if (!best) co_return TimestampHit{};
  const auto position = co_await best->position_below(best->offset_of_largest_timestamp());
  if (truncations != truncations_) co_return TimestampHit{};
  if (!position) co_return std::unexpected(read_error(position.error(), from));
  // Kafka tells the record also when it lies below the log start, as long as its segment is there. Records without time are all -1, and
  // the first of them it is.
  const auto hit = co_await search_segment(best, *position, {best->largest_timestamp_ms(), true, best->base_offset()});
  if (truncations != truncations_) co_return TimestampHit{};
  if (!hit) co_return std::unexpected(read_error(hit.error(), from));
  co_return hit->offset < upper ? *hit : TimestampHit{};
}

}  // namespace evlog::log
