// LogState: all of a Log that is not in its files' bytes, as it stands at one end offset: what a start needs to go on without
// looking at the partition's directory. Kept, encoded, in the checkpoint of the log directory (dir_checkpoint.h). Pure.
// Encoded: varints, and producers in fixed fields; it carries no checksum of its own, the file that holds it does.
#pragma once

#include <vector>

#include "base/base.h"
#include "log/epoch_cache.h"
#include "log/producer_state.h"

namespace evlog::log {

struct SegmentState {
  Offset base_offset{0};
  uint64_t size_bytes = 0;
  int64_t first_timestamp_ms = -1;    // of the first batch; -1 when there is none
  int64_t largest_timestamp_ms = -1;
  Offset largest_offset{0};           // of the batch with the largest timestamp
  int64_t modified_ms = 0;
  bool operator==(const SegmentState&) const = default;
};

struct LogState {
  Offset log_start{0}, end{0};
  bool closed = false;                // quiet, and the indexes are finished: as Log::close() leaves it
  uint32_t index_entries = 0;         // of the last segment
  std::vector<SegmentState> segments; // the oldest first, never none; the last one's size is where `end` lies
  std::vector<EpochEntry> epochs;
  std::vector<Offset> snapshots;      // the .snapshot files
  ProducerState producers;
};

Buffer encode_log_state(const LogState& state);
// CORRUPT_MESSAGE when the bytes are none, or contradict themselves.
Result<LogState> decode_log_state(Bytes bytes);

}  // namespace evlog::log
