// TimeIndex: `.timeindex`, entries of 12 bytes: the largest timestamp so far (8), the last offset of the batch that has it, relative
// to the segment's base (4). Timestamps rise strictly. The last entry of a finished segment is its largest timestamp.
// Owned by one Segment. Rules of IndexFile.
#pragma once

#include "base/strong.h"
#include "log/index_file.h"

namespace evlog::log {

class TimeIndex {
 public:
  static constexpr uint32_t entry_size = 12;
  struct Entry { int64_t timestamp_ms = -1; Offset offset; };

  TimeIndex(FilePool& files, std::string path, Offset base)
      : file_(files, std::move(path), entry_size), base_(base), last_{-1, base} {}

  IndexFile& file() { return file_; }
  const IndexFile& file() const { return file_; }
  io::task<Result<void>> create() { last_ = {-1, base_}; return file_.create(); }
  Entry last() const { return last_; }                     // (-1, base) when empty
  void maybe_append(Entry entry);                          // not when its timestamp does not exceed the last one's
  io::task<Result<Entry>> at_or_before(int64_t timestamp_ms);  // (-1, base) when before the first entry
  io::task<Result<void>> truncate_to(Offset offset);       // drops entries at and above it
  io::task<Result<void>> check();                          // after open(): also reads the last entry

 private:
  Entry decode(const uint8_t* entry) const { return {load_be<int64_t>(entry), base_ + load_be<uint32_t>(entry + 8)}; }
  io::task<Result<void>> load_last();
  IndexFile file_;
  Offset base_;
  Entry last_;
};

}  // namespace evlog::log
