#include "log/index_file.h"

#include <algorithm>
#include <array>

#include "io/stream.h"

namespace evlog::log {

io::task<Result<void>> IndexFile::create() {
  auto file = co_await files_.open(path_, io::OpenMode::replace);
  if (!file) co_return fail(std::move(file.error()));
  in_file_ = 0;
  longer_than_entries_ = false;
  tail_.clear();
  co_return Result<void>{};
}

io::task<Result<uint64_t>> IndexFile::size_on_disk() {
  auto file = co_await files_.open(path_, io::OpenMode::write);
  if (!file) co_return fail(std::move(file.error()));
  co_return (*file)->size();
}

io::task<Result<void>> IndexFile::open(uint64_t size_bytes) {
  tail_.clear();
  in_file_ = static_cast<uint32_t>(std::min<uint64_t>(size_bytes / entry_size_, UINT32_MAX));
  longer_than_entries_ = size_bytes % entry_size_ != 0;
  // A file that Kafka preallocated ends in zeros: the last entry that is not all zeros is the last one.
  uint32_t low = 0, high = in_file_;
  std::array<uint8_t, entry_size_max> entry{};
  const MutableBytes into(entry.data(), entry_size_);
  while (low < high) {
    const uint32_t middle = high == in_file_ ? high - 1 : low + (high - low) / 2;
    if (auto done = co_await read(middle, into); !done) co_return done;
    const bool zero = std::all_of(into.begin(), into.end(), [](uint8_t b) { return b == 0; });
    if (zero) high = middle; else low = middle + 1;
  }
  longer_than_entries_ |= low != in_file_;
  in_file_ = low;
  co_return Result<void>{};
}

io::task<Result<void>> IndexFile::read(uint32_t entry, MutableBytes into) {
  if (entry >= in_file_) {
    const size_t from = static_cast<size_t>(entry - in_file_) * entry_size_;
    if (from + entry_size_ > tail_.size()) co_return fail(ErrorCode::UNKNOWN_SERVER_ERROR, "{}: no entry {}", path_, entry);
    std::memcpy(into.data(), tail_.data() + from, entry_size_);
    co_return Result<void>{};
  }
  auto file = co_await files_.open(path_, io::OpenMode::write);
  if (!file) co_return fail(std::move(file.error()));
  const uint64_t at = static_cast<uint64_t>(entry) * entry_size_;
  auto got = (*file)->try_read(at, into);
  if (got && *got == io::would_block) got = co_await (*file)->read(at, into);
  if (!got) co_return fail(std::move(got.error()), "{}", path_);
  if (*got != into.size()) co_return fail(ErrorCode::UNKNOWN_SERVER_ERROR, "{}: shorter than its {} entries", path_, in_file_);
  co_return Result<void>{};
}

io::task<Result<void>> IndexFile::write_tail() {
  if (tail_.empty()) co_return Result<void>{};
  auto file = co_await files_.open(path_, io::OpenMode::create);
  if (!file) co_return fail(std::move(file.error()));
  // Entries appended while the write runs stay in memory: only what was written is taken off.
  const Buffer writing(tail_.bytes());
  const std::array<Bytes, 1> pieces{writing.bytes()};
  if (auto done = co_await (*file)->write(static_cast<uint64_t>(in_file_) * entry_size_, pieces); !done) {
    co_return fail(std::move(done.error()), "{}", path_);
  }
  in_file_ += static_cast<uint32_t>(writing.size() / entry_size_);
  Buffer rest(tail_.bytes().subspan(writing.size()));
  tail_ = std::move(rest);
  co_return Result<void>{};
}

io::task<Result<void>> IndexFile::truncate(uint32_t count) {
  if (count >= in_file_) {
    const size_t keep = static_cast<size_t>(count - in_file_) * entry_size_;
    if (keep < tail_.size()) tail_.resize(keep);
    co_return Result<void>{};
  }
  tail_.clear();
  in_file_ = count;
  auto file = co_await files_.open(path_, io::OpenMode::create);
  if (!file) co_return fail(std::move(file.error()));
  auto done = co_await (*file)->truncate(static_cast<uint64_t>(count) * entry_size_);
  if (!done) co_return fail(std::move(done.error()), "{}", path_);
  co_return Result<void>{};
}

io::task<Result<void>> IndexFile::finish() {
  if (auto done = co_await write_tail(); !done) co_return done;
  auto file = co_await files_.open(path_, io::OpenMode::create);
  if (!file) co_return fail(std::move(file.error()));
  if (longer_than_entries_) {
    auto cut = co_await (*file)->truncate(static_cast<uint64_t>(in_file_) * entry_size_);
    if (!cut) co_return fail(std::move(cut.error()), "{}", path_);
    longer_than_entries_ = false;
  }
  auto done = co_await (*file)->sync();
  if (!done) co_return fail(std::move(done.error()), "{}", path_);
  co_return Result<void>{};
}

}  // namespace evlog::log
