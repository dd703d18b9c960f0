// What a broker checks before it appends what a producer sent to one partition, in Kafka 4.3's order and with its errors.
//
// Uncompressed records are walked one by one. Compressed ones are unpacked only where a rule needs it: the topic is compacted or
// has a bound on old timestamps (a header tells the largest only), everything is to be checked, or the header's timestamps are out of
// range (then the answer names the records that are).
// Where this differs from Kafka on purpose:
//   a compressed batch whose records do not match its header is found by its readers (they survive it), not here;
//   offset deltas must be 0, 1, 2 …: Kafka stores others as they are and readers then see wrong offsets;
//   an unknown codec is UNSUPPORTED_COMPRESSION_TYPE and damaged compressed data INVALID_RECORD, not UNKNOWN_SERVER_ERROR.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "record/record_iterator.h"

namespace evlog::record {

struct ProduceRules {
  int16_t produce_version = 0;          // of the request: zstd needs 7
  std::string_view partition;           // "orders-3", for messages
  size_t batch_bytes_max = 1048588;     // max.message.bytes
  bool compacted = false;               // cleanup.policy has compact: every record needs a key
  TimestampType timestamp_type = TimestampType::create_time;  // message.timestamp.type
  int64_t timestamp_before_max_ms = INT64_MAX;                // message.timestamp.before.max.ms
  int64_t timestamp_after_max_ms = 3600000;                   // message.timestamp.after.max.ms
  bool check_everything = false;        // record.validation=full: unpack compressed batches too
  size_t decompressed_bytes_max = decompressed_bytes_max_usual;
};

struct RecordError {
  int32_t batch_index = 0;
  std::string message;
};

// At most so many records are named in an answer; its message has the whole count.
inline constexpr size_t record_errors_max = 1000;

struct Refusal {
  Error error = {};
  bool tell_client = false;  // the answer's ErrorMessage is error.message; else null, and the message is for the log
  std::vector<RecordError> record_errors = {};
  bool judged = false;       // by the log's own rules: only then Kafka's answer tells where the log starts
};

struct VerifiedBatch {
  BatchView batch = {};       // the one batch; bytes behind it, the beginning of another one, are ignored as Kafka does
  int64_t max_timestamp = timestamp_none;  // for the header and the time index: now under log_append_time
  TimestampType timestamp_type = TimestampType::create_time;
};

// Whether verify_produced would unpack this batch: work for the pool. Looks at the header only.
bool needs_unpacking(Bytes records, const ProduceRules& rules, int64_t now_ms);

// `records` is the partition's records field of a produce request.
std::expected<VerifiedBatch, Refusal> verify_produced(Bytes records, const ProduceRules& rules, int64_t now_ms);

// Gives a verified batch its place, in the buffer it was received in: offset, epoch, timestamp type and max timestamp.
void stamp_for_append(MutableBytes batch, const VerifiedBatch& verified, Offset base_offset, LeaderEpoch epoch);

}  // namespace evlog::record
