// TxnIndex: `.txnindex`, one entry of 34 bytes per transaction whose abort marker lies in the segment: version int16 = 0, producer id 8,
// first offset 8, offset of the marker 8, last stable offset behind the marker 8. In the order of the markers. There is no file
// where nothing was aborted, as in Kafka. Owned by one Segment. Rules of IndexFile.
#pragma once

#include <vector>

#include "base/strong.h"
#include "log/index_file.h"

namespace evlog::log {

struct AbortedTransaction {
  ProducerId producer{-1};
  Offset first;        // its first record in this partition
  Offset last;         // its marker
  Offset last_stable;  // where the next open transaction began when the marker was written, else behind the marker
  bool operator==(const AbortedTransaction&) const = default;
};

class TxnIndex {
 public:
  static constexpr uint32_t entry_size = 34;
  TxnIndex(FilePool& files, std::string path, Offset base) : file_(files, std::move(path), entry_size), base_(base) {}

  bool loaded() const { return loaded_; }
  uint32_t count() const { return file_.count(); }
  void assume_missing() { loaded_ = true; }            // there is no file; nothing to load
  // CORRUPT_MESSAGE: not a row of entries that may stand in this segment. UNSUPPORTED_VERSION: of a newer Kafka.
  io::task<Result<void>> load();
  // The rest after load().
  void append(const AbortedTransaction& transaction);
  bool tail_full() const { return file_.tail_full(); }
  io::task<Result<void>> write_tail() { return file_.write_tail(); }
  io::task<Result<void>> truncate_to(Offset offset);   // drops those whose marker is at or above it
  io::task<Result<void>> clear();                      // no entries, whatever was in the file
  io::task<Result<void>> finish();                     // in the file and synced

  // Adds those that ended at or behind `from` and began before `upper`. True when no later segment has another.
  io::task<Result<bool>> collect(Offset from, Offset upper, std::vector<AbortedTransaction>& into);

 private:
  io::task<Result<void>> check();
  io::task<Result<AbortedTransaction>> read(uint32_t entry);
  Result<AbortedTransaction> decode(const uint8_t* entry) const;
  IndexFile file_;
  Offset base_;
  bool loaded_ = false;
};

}  // namespace evlog::log
