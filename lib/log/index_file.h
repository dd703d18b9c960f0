// IndexFile: a file of fixed-size entries in rising order, read by position. The newest entries, at most one page of them, are in
// memory and are appended to the file un-synced. Owned by an OffsetIndex, TimeIndex or TxnIndex.
// After a crash the file may hold less than was appended, or rubbish: an index of a segment that was not finished is rebuilt.
#pragma once

#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "log/file_pool.h"

namespace evlog::log {

class IndexFile {
 public:
  IndexFile(FilePool& files, std::string path, uint32_t entry_size) : files_(files), path_(std::move(path)), entry_size_(entry_size) {}

  const std::string& path() const { return path_; }
  void set_path(std::string path) { path_ = std::move(path); }
  uint32_t count() const { return in_file_ + in_memory(); }

  io::task<Result<void>> create();                     // an empty file
  io::task<Result<uint64_t>> size_on_disk();           // ENOENT when there is none
  io::task<Result<void>> open(uint64_t size_bytes);    // an existing one, perhaps preallocated by Kafka
  // One entry, or as many as fit from it on where all of them are in the file.
  io::task<Result<void>> read(uint32_t entry, MutableBytes into);
  void forget() { tail_.clear(); in_file_ = 0; longer_than_entries_ = false; }  // as if empty, whatever the file holds
  void append(Bytes entry) { tail_.append(entry); }
  // The number of entries at the front for which `keep` holds; it must hold for a prefix of them.
  template <class Keep>
  io::task<Result<uint32_t>> count_while(Keep keep);
  bool tail_full() const { return tail_.size() + entry_size_ > tail_bytes_max; }
  io::task<Result<void>> write_tail();
  io::task<Result<void>> truncate(uint32_t count);
  io::task<Result<void>> finish();                     // everything in the file, trimmed to its entries, synced

 private:
  static constexpr size_t tail_bytes_max = 4096, entry_size_max = 34;
  uint32_t in_memory() const { return static_cast<uint32_t>(tail_.size() / entry_size_); }
  FilePool& files_;
  std::string path_;
  uint32_t entry_size_;
  uint32_t in_file_ = 0;
  bool longer_than_entries_ = false;  // preallocated by Kafka: to be trimmed
  Buffer tail_;
};

template <class Keep>
io::task<Result<uint32_t>> IndexFile::count_while(Keep keep) {
  uint8_t entry[entry_size_max] = {};
  uint32_t low = 0, high = count();
  while (low < high) {
    const uint32_t middle = low + (high - low) / 2;
    if (auto done = co_await read(middle, {entry, entry_size_}); !done) co_return std::unexpected(done.error());
    if (keep(static_cast<const uint8_t*>(entry))) low = middle + 1; else high = middle;
  }
  co_return low;
}

}  // namespace evlog::log
