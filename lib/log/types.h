// What callers of a Log say and are told: options, answers and events, all plain values.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/base.h"
#include "base/uuid.h"
#include "config/config.h"
#include "io/disk.h"

namespace evlog::log {

class DiskSpace;
class FilePool;
class GroupCommit;
class LogDir;
class AppendMeter;
struct LogState;

// Who made a batch. It decides what is checked: a client's sequence numbers are judged, a replicated batch was judged by its leader.
enum class AppendOrigin : uint8_t {
  client,       // produce: sequence and epoch rules apply, control batches are refused
  coordinator,  // group, share and transaction state and markers: written by this server under its own rules
  raft_leader,  // the metadata log: control batches allowed, no producer state
  replication,  // a follower: offsets and epochs are the leader's and stay as they are
};

struct AppendOptions {
  AppendOrigin origin = AppendOrigin::client;
  int8_t transaction_version = 0;  // of a marker: from 2 on its epoch must be new (KIP-890)
};

// Whatever owns the bytes of an appended batch; kept until they are written.
using Keepalive = std::shared_ptr<const void>;

struct AppendInfo {
  Offset first_offset = offset_none;   // of a duplicate: where its first copy lies
  Offset last_offset = offset_none;
  int64_t log_append_time_ms = -1;     // -1 under CreateTime
  Offset log_start_offset = offset_none;
  bool duplicate = false;              // nothing was queued; answered when last_offset is visible
};

// A run of whole batches in a file (only the last may be cut by bytes_max), to be sent without copying. The file stays readable while the
// slice lives, also after its segment was deleted.
struct ReadSlice {
  std::shared_ptr<io::File> file;       // shared by the segment and those still sending from it; null when there is nothing to read
  uint64_t position = 0;
  uint32_t size_bytes = 0;
  Offset first_batch_offset = offset_none;  // <= the offset asked for, unless compaction removed it
  bool first_batch_too_large = false;   // size_bytes exceeds bytes_max because one whole batch was asked for
};

struct TimestampHit {
  Offset offset = offset_none;          // none: no such record
  int64_t timestamp_ms = -1;
  LeaderEpoch leader_epoch = epoch_none;
};

struct EpochEnd {
  LeaderEpoch epoch = epoch_none;       // the largest known epoch <= the one asked for; none when unknown
  Offset end_offset = offset_none;
};

struct SegmentInfo {
  Offset base_offset;
  uint64_t size_bytes = 0;
  int64_t largest_timestamp_ms = -1;
  bool active = false;
};

// What recovery did, for one line in the server's log.
struct RecoveryReport {
  uint64_t scanned_bytes = 0;
  uint64_t cut_bytes = 0;               // torn tail
  Offset cut_at = offset_none;          // the first offset that is gone; set when cut_bytes > 0
  uint32_t indexes_rebuilt = 0;
  std::vector<std::string> notes;       // sentences
};

// The bytes that all logs of a server hold in memory because they are not written yet. With more than bytes_max a log takes nothing
// beside what it has already; one batch each it always takes.
struct Backlog {
  uint64_t bytes_max = UINT64_MAX;
  uint64_t bytes = 0;
};

struct OpenOptions {
  bool clean = false;                   // the last stop was clean: ends are trusted, nothing is scanned
  Offset recovery_point{0};             // everything below was synced (recovery-point-offset-checkpoint)
  Offset log_start_offset{0};           // from log-start-offset-checkpoint; raised to the first segment
  bool synced_one_by_one = false;       // each batch was on disk before the next was written: a crash tears the last one only
  std::string name;                     // for messages, "orders-3"; the last part of the path when empty
  int64_t producer_id_expiration_ms = 86'400'000;
  FilePool* files = nullptr;            // shared open files; the log has its own small pool when null
  GroupCommit* group = nullptr;         // of the log directory; the log syncs its own file when null
  DiskSpace* space = nullptr;           // of the log directory; clients are refused while it is low
  Backlog* backlog = nullptr;           // of the server; outlives the log
  Uuid topic_id;                        // as partition.metadata says, for what goes through the group
  LogDir* directory = nullptr;          // makes the partition's directory with its name and topic; a bare directory when null
  AppendMeter* meter = nullptr;         // told what is written
  // What the checkpoint says: everything below its end is trusted, and only what lies behind is scanned. Must live until open() ends.
  const LogState* state = nullptr;
  // Called once when a write or sync failed for good: the whole log directory is to be taken offline.
  std::function<void(const Error&)> on_offline;
  // A sentence for the server's log: what was found damaged while reading, where, and how to mend it. Once for each place.
  std::function<void(const std::string&)> on_damage;
};

struct RetainOptions {
  WallTime now;
  Offset high_watermark;                // nothing at or above it is deleted
  bool by_time = true;                  // false while the wall clock is not to be trusted
  bool disk_low = false;                // deleted files are removed at once, whatever file.delete.delay.ms says
};

// True for an error after which the log goes on and the client may try again: the disk is full, nothing was kept.
bool is_disk_full(const Error& error);
// Likewise for want of anything else that comes back: descriptors, memory.
bool is_shortage(const Error& error);

}  // namespace evlog::log
