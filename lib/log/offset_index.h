// OffsetIndex: `.index`, entries of 8 bytes: last offset of a batch relative to the segment's base (4), position of that batch (4).
// Sparse: one entry every index.interval.bytes. Owned by one Segment. Rules of IndexFile.
#pragma once

#include "base/strong.h"
#include "log/index_file.h"

namespace evlog::log {

class OffsetIndex {
 public:
  static constexpr uint32_t entry_size = 8;
  OffsetIndex(FilePool& files, std::string path, Offset base) : file_(files, std::move(path), entry_size), base_(base) {}

  IndexFile& file() { return file_; }
  const IndexFile& file() const { return file_; }
  void append(Offset last_offset, uint32_t position);
  io::task<Result<Offset>> offset_from(uint64_t position);    // of the first entry at or behind `position`; none behind the last
  struct Entry { Offset offset; uint32_t position = 0; };
  io::task<Result<uint32_t>> count_below(Offset offset);     // how many entries are at or below it: what is looked for lies behind the last of them
  io::task<Result<Entry>> entry(uint32_t number);
  io::task<Result<void>> truncate_to(Offset offset);         // drops entries at and above it
  // An error says what is wrong: the last entry lies below the base or beyond the log file.
  io::task<Result<void>> check(uint64_t log_size_bytes);

 private:
  Offset offset_of(const uint8_t* entry) const { return base_ + load_be<uint32_t>(entry); }
  IndexFile file_;
  Offset base_;
};

}  // namespace evlog::log
