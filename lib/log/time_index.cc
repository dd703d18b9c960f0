#include "log/time_index.h"

namespace evlog::log {

void TimeIndex::maybe_append(Entry entry) {
  if (entry.timestamp_ms <= last_.timestamp_ms || entry.offset < last_.offset) return;
  uint8_t bytes[entry_size];
  store_be<int64_t>(bytes, entry.timestamp_ms);
  store_be<int32_t>(bytes + 8, static_cast<int32_t>(entry.offset - base_));
  file_.append({bytes, entry_size});
  last_ = entry;
}

io::task<Result<TimeIndex::Entry>> TimeIndex::at_or_before(int64_t timestamp_ms) {
  const auto below = co_await file_.count_while([timestamp_ms](const uint8_t* entry) { return load_be<int64_t>(entry) <= timestamp_ms; });
  if (!below) co_return fail(below.error());
  if (*below == 0) co_return Entry{-1, base_};
  uint8_t bytes[entry_size];
  if (auto done = co_await file_.read(*below - 1, {bytes, entry_size}); !done) co_return fail(done.error());
  co_return decode(bytes);
}

io::task<Result<void>> TimeIndex::truncate_to(Offset offset) {
  const auto keep = co_await file_.count_while([this, offset](const uint8_t* entry) { return decode(entry).offset < offset; });
  if (!keep) co_return fail(keep.error());
  if (auto done = co_await file_.truncate(*keep); !done) co_return done;
  co_return co_await load_last();
}

io::task<Result<void>> TimeIndex::check() {
  if (auto done = co_await load_last(); !done) co_return done;
  if (file_.count() == 0) co_return Result<void>{};
  uint8_t bytes[entry_size];
  if (auto done = co_await file_.read(0, {bytes, entry_size}); !done) co_return done;
  if (decode(bytes).timestamp_ms > last_.timestamp_ms) {
    co_return fail(ErrorCode::CORRUPT_MESSAGE, "{}: last timestamp below the first", file_.path());
  }
  if (last_.offset < base_ || last_.offset - base_ > INT32_MAX) {
    co_return fail(ErrorCode::CORRUPT_MESSAGE, "{}: last entry outside the segment", file_.path());
  }
  co_return Result<void>{};
}

io::task<Result<void>> TimeIndex::load_last() {
  last_ = {-1, base_};
  if (file_.count() == 0) co_return Result<void>{};
  uint8_t bytes[entry_size];
  if (auto done = co_await file_.read(file_.count() - 1, {bytes, entry_size}); !done) co_return done;
  last_ = decode(bytes);
  co_return Result<void>{};
}

}  // namespace evlog::log
