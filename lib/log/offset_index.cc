#include "log/offset_index.h"

#include <algorithm>

namespace evlog::log {

void OffsetIndex::append(Offset last_offset, uint32_t position) {
  uint8_t entry[entry_size];
  store_be<int32_t>(entry, static_cast<int32_t>(last_offset - base_));
  store_be<uint32_t>(entry + 4, position);
  file_.append({entry, entry_size});
}

io::task<Result<uint32_t>> OffsetIndex::count_below(Offset offset) {
  co_return co_await file_.count_while([this, offset](const uint8_t* entry) { return offset_of(entry) <= offset; });
}

io::task<Result<OffsetIndex::Entry>> OffsetIndex::entry(uint32_t number) {
  uint8_t entry[entry_size];
  if (auto done = co_await file_.read(number, {entry, entry_size}); !done) co_return fail(done.error());
  co_return Entry{offset_of(entry), load_be<uint32_t>(entry + 4)};
}

io::task<Result<Offset>> OffsetIndex::offset_from(uint64_t position) {
  const auto before = co_await file_.count_while([position](const uint8_t* entry) { return load_be<uint32_t>(entry + 4) < position; });
  if (!before) co_return fail(before.error());
  if (*before == file_.count()) co_return offset_none;
  uint8_t entry[entry_size];
  if (auto done = co_await file_.read(*before, {entry, entry_size}); !done) co_return fail(done.error());
  co_return offset_of(entry);
}

io::task<Result<void>> OffsetIndex::truncate_to(Offset offset) {
  const auto keep = co_await file_.count_while([this, offset](const uint8_t* entry) { return offset_of(entry) < offset; });
  if (!keep) co_return fail(keep.error());
  co_return co_await file_.truncate(*keep);
}

io::task<Result<void>> OffsetIndex::check(uint64_t log_size_bytes) {
  if (file_.count() == 0) co_return Result<void>{};
  uint8_t entry[entry_size];
  if (auto done = co_await file_.read(file_.count() - 1, {entry, entry_size}); !done) co_return done;
  if (load_be<int32_t>(entry) < 0) co_return fail(ErrorCode::CORRUPT_MESSAGE, "{}: last entry below the base offset", file_.path());
  if (load_be<uint32_t>(entry + 4) >= log_size_bytes) {
    co_return fail(ErrorCode::CORRUPT_MESSAGE, "{}: last entry beyond the end of the log", file_.path());
  }
  co_return Result<void>{};
}

}  // namespace evlog::log
