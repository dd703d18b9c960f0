#include "log/txn_index.h"

#include <algorithm>
#include <cerrno>

namespace evlog::log {

namespace {
constexpr int16_t version_known = 0;
namespace at { constexpr size_t producer = 2, first = 10, last = 18, last_stable = 26; }
}  // namespace

void TxnIndex::append(const AbortedTransaction& transaction) {
  uint8_t entry[entry_size];
  store_be<int16_t>(entry, version_known);
  store_be<int64_t>(entry + at::producer, transaction.producer.value());
  store_be<int64_t>(entry + at::first, transaction.first.value());
  store_be<int64_t>(entry + at::last, transaction.last.value());
  store_be<int64_t>(entry + at::last_stable, transaction.last_stable.value());
  file_.append({entry, entry_size});
}

Result<AbortedTransaction> TxnIndex::decode(const uint8_t* entry) const {
  const int16_t version = load_be<int16_t>(entry);
  if (version != version_known) return fail(ErrorCode::UNSUPPORTED_VERSION, "{}: an entry of version {}, only 0 is known", file_.path(), version);
  const AbortedTransaction transaction{ProducerId(load_be<int64_t>(entry + at::producer)), Offset(load_be<int64_t>(entry + at::first)),
                                       Offset(load_be<int64_t>(entry + at::last)), Offset(load_be<int64_t>(entry + at::last_stable))};
  const bool possible = transaction.producer.value() >= 0 && transaction.first.value() >= 0 && transaction.first <= transaction.last &&
                        transaction.last >= base_ && transaction.last_stable.value() >= 0 && transaction.last_stable - 1 <= transaction.last;
  if (!possible) return fail(ErrorCode::CORRUPT_MESSAGE, "{}: an entry that no transaction can have", file_.path());
  return transaction;
}

io::task<Result<AbortedTransaction>> TxnIndex::read(uint32_t entry) {
  uint8_t bytes[entry_size];
  if (auto done = co_await file_.read(entry, {bytes, entry_size}); !done) co_return fail(std::move(done.error()));
  co_return decode(bytes);
}

io::task<Result<void>> TxnIndex::load() {
  if (loaded_) co_return Result<void>{};
  auto size = co_await file_.size_on_disk();
  if (!size) {
    if (size.error().os_error != ENOENT) co_return fail(std::move(size.error()));
    loaded_ = true;
    co_return Result<void>{};
  }
  if (*size % entry_size != 0) co_return fail(ErrorCode::CORRUPT_MESSAGE, "{}: {} bytes are no row of entries", file_.path(), *size);
  if (auto done = co_await file_.open(*size); !done) co_return done;
  if (file_.count() * uint64_t{entry_size} != *size) co_return fail(ErrorCode::CORRUPT_MESSAGE, "{}: it ends in zeros", file_.path());
  auto good = co_await check();
  loaded_ = good.has_value();
  co_return good;
}

// Window by window: every entry is possible, and they are in order.
io::task<Result<void>> TxnIndex::check() {
  constexpr uint32_t entries_at_once = 1000;
  Buffer window(std::min(file_.count(), entries_at_once) * size_t{entry_size});
  Offset last(-1), last_stable(-1);
  for (uint32_t done = 0; done < file_.count();) {
    const uint32_t count = std::min(file_.count() - done, entries_at_once);
    if (auto got = co_await file_.read(done, window.mutable_bytes().first(count * size_t{entry_size})); !got) co_return got;
    for (uint32_t i = 0; i < count; ++i) {
      const auto transaction = decode(window.data() + i * size_t{entry_size});
      if (!transaction) co_return fail(transaction.error());
      if (transaction->last <= last || transaction->last_stable < last_stable) {
        co_return fail(ErrorCode::CORRUPT_MESSAGE, "{}: entry {} is out of order", file_.path(), done + i);
      }
      last = transaction->last;
      last_stable = transaction->last_stable;
    }
    done += count;
  }
  co_return Result<void>{};
}

io::task<Result<void>> TxnIndex::truncate_to(Offset offset) {
  const auto keep = co_await file_.count_while([offset](const uint8_t* entry) { return Offset(load_be<int64_t>(entry + at::last)) < offset; });
  if (!keep) co_return fail(keep.error());
  if (*keep == file_.count()) co_return Result<void>{};
  co_return co_await file_.truncate(*keep);
}

io::task<Result<void>> TxnIndex::clear() {
  auto size = co_await file_.size_on_disk();
  if (!size && size.error().os_error != ENOENT) co_return fail(std::move(size.error()));
  if (size) {
    if (auto done = co_await file_.create(); !done) co_return done;
  }
  file_.forget();
  loaded_ = true;  // only now: who sees it does not wait
  co_return Result<void>{};
}

io::task<Result<void>> TxnIndex::finish() {
  if (!loaded_ || file_.count() == 0) co_return Result<void>{};
  co_return co_await file_.finish();
}

io::task<Result<bool>> TxnIndex::collect(Offset from, Offset upper, std::vector<AbortedTransaction>& into) {
  const auto before = co_await file_.count_while([from](const uint8_t* entry) { return Offset(load_be<int64_t>(entry + at::last)) < from; });
  if (!before) co_return fail(before.error());
  for (uint32_t i = *before; i < file_.count(); ++i) {
    const auto transaction = co_await read(i);
    if (!transaction) co_return fail(transaction.error());
    if (transaction->first < upper) into.push_back(*transaction);
    if (transaction->last_stable >= upper) co_return true;
  }
  co_return false;
}

}  // namespace evlog::log
