// DirCheckpoint: `evlog-checkpoint`, one file per log directory that holds every partition's LogState, so that a start costs the
// same whatever is stored. Pure.
//
// An entry is exact: everything below its end offset was durable in the log's own files before the checkpoint was written, and all
// of the state (producers, epochs, sizes) is as of that end. After a crash only what lies behind it is looked at.
// `complete` is set by a clean stop alone: then nothing lies behind, in any partition that is named, and what is not named is empty.
// It belongs to the run of a broker that had `broker_epoch`, or to the one after it that was to have `claimed_epoch`: each start claims it
// before it registers itself. When another run came after those (a Kafka, perhaps), it says nothing.
//
// File: a head of 64 bytes, which a claim writes anew in place: "evlogckp", version (2), flags (2), CRC32C of the head but this field (4),
// length of the body (8), CRC32C of the body (4), reserved (4), directory id (16), broker epoch (8), claimed epoch (8); and the body,
// fields as in log_state.h.
#pragma once

#include <memory>
#include <vector>

#include "base/base.h"
#include "base/uuid.h"
#include "log/offset_checkpoint.h"

namespace evlog::log {

inline constexpr std::string_view dir_checkpoint_file = "evlog-checkpoint";
inline constexpr uint64_t dir_checkpoint_bytes_max = 4_GiB;
inline constexpr size_t dir_checkpoint_head_size = 64;

// An encoded LogState inside the file that was read, or made since. Shared: thousands of them lie in one piece of memory.
struct StateBytes {
  std::shared_ptr<const Buffer> owner;
  Bytes bytes;
  bool empty() const { return bytes.empty(); }
};

struct DirCheckpoint {
  struct Entry { TopicPartition partition; Uuid topic_id; StateBytes state; };
  Uuid directory_id;
  int64_t broker_epoch = -1, claimed_epoch = -1;
  bool complete = false;
  bool tidy = false;                  // no directory waits to be deleted
  std::vector<Entry> entries;         // rising by partition
  const Entry* find(const TopicPartition& partition) const;

  uint64_t body_bytes = 0;            // as in the file's head
  uint32_t body_crc = 0;
  bool belongs_to(int64_t epoch) const { return epoch >= 0 && (epoch == broker_epoch || epoch == claimed_epoch); }
};

Buffer encode_dir_checkpoint(const DirCheckpoint& checkpoint);
Buffer encode_dir_checkpoint_head(const DirCheckpoint& checkpoint);  // with body_bytes and body_crc as they are
// CORRUPT_MESSAGE: damaged; UNSUPPORTED_VERSION: written by a newer evlog. The states are views into `file`, not yet decoded.
Result<DirCheckpoint> decode_dir_checkpoint(std::shared_ptr<const Buffer> file);

}  // namespace evlog::log
