// Loader: opens a partition directory: sweeps what an interrupted deletion left, finds where the log ends, judges what lies behind
// the last sync, and rebuilds what is derived (indexes, epochs, producers). Used once by Log::open.
//
// With a checkpoint's state (OpenOptions::state) all of that begins at its end: what lies below was durable, and only what lies behind
// is read. Where the files contradict it, it is not used, and a note says so.
//
// Torn or rotten? A crash may lose any subset of the un-synced writes, and at most unsynced_bytes_max of them lie in the last
// segment. A bad batch no further than that before its end is a torn tail: the log is cut there and the report says so. Zeros up to
// the end are a preallocated tail. A bad batch anywhere else is corruption: nothing is dropped, the log is offline and says how to mend.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "log/log.h"

namespace evlog::log {

class Loader {
 public:
  explicit Loader(Log& log) : log_(log) {}
  io::task<Result<void>> run();

 private:
  using Step = BatchWalker::Step;

  io::task<Result<void>> list();
  io::task<Result<void>> sweep(const std::vector<io::DirEntry>& entries);
  io::task<Result<void>> load_epochs();
  io::task<Result<void>> find_end();
  io::task<Result<void>> trust_end(bool& trusted);
  io::task<Result<void>> scan();
  std::string contradiction() const;  // between the checkpoint's state and the files; empty when there is none
  io::task<Result<void>> scan_behind_state();
  io::task<Result<void>> scan_segment(size_t number, uint64_t from = 0);
  io::task<Result<void>> judge(size_t number, uint64_t position, std::string reason);
  io::task<Result<bool>> zeros_from(Segment& segment, uint64_t position);
  io::task<Result<void>> rebuild_epochs();
  io::task<Result<void>> settle_start();
  io::task<Result<void>> load_producers();
  void check_end();
  std::string check_batch(const BatchWalker& walker, Offset end_max) const;  // why it is bad; empty when it is good

  Log& log_;
  Offset end_{0};       // of what was found good so far
  const LogState* state_ = nullptr;  // of a checkpoint, where the files do not contradict it
  bool misled_ = false;              // what lies where the state ends is no batch: the segment was written anew since
  bool fresh_ = false;  // there was nothing
  std::vector<Segment*> with_markers_;  // of those scanned: what was aborted there is told once the producers are known
};

}  // namespace evlog::log
