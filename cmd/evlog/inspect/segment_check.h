// One segment with its indexes, held against each other: what --verify reports and evlog repair mends.
#pragma once

#include <filesystem>

#include "evlog/inspect/fault.h"
#include "evlog/inspect/segment_walk.h"
#include "evlog/inspect/txn_index.h"
#include "log/epoch_cache.h"

namespace evlog::cmd {

struct Damage {
  uint64_t position = 0, size_bytes = 0;
  std::string why;
  Offset expected;                // the first offset that was lost with it
  std::optional<Offset> next;     // of the sound batch behind it; nothing: the file ends with the damage
  LeaderEpoch epoch = epoch_none;  // of the batch before it
};

// A sound batch whose leader epoch, which no checksum covers, cannot be right.
struct WrongEpoch { uint64_t position = 0; LeaderEpoch right; };

struct OffsetGap { Offset from, to; uint64_t position; };  // [from, to) is not there

struct SegmentReport {
  std::filesystem::path path;
  Offset base, upper, end;        // upper: where the next segment begins; end: behind the last sound batch
  uint64_t size_bytes = 0, batches = 0, records = 0;
  std::vector<Damage> damage;
  std::vector<OffsetGap> gaps;
  std::vector<AbortedTransaction> aborted;
  std::vector<WrongEpoch> wrong_epochs;
  bool epochs_wrong = false;      // leader-epoch-checkpoint is
  bool thinned = false;           // compaction took records out of its batches
  bool offset_index_wrong = false, time_index_wrong = false, txn_index_wrong = false;
};

struct SegmentContext {
  Offset upper{INT64_MAX};
  const log::EpochCache* epochs = nullptr;       // of the partition, where it could be read
  AbortedTransactions* transactions = nullptr;   // carried from segment to segment
  std::string remedy;                            // for what evlog repair mends
  bool compacted = false;                        // records may be missing, and so may entries of the transaction index
};

// Faults are added; they name the file. Files that are missing are no fault: indexes are made again.
SegmentReport check_segment(const std::filesystem::path& log_path, SegmentContext context, Faults& faults);

}  // namespace evlog::cmd
