// Control records are written by brokers, never by clients: the markers that end transactions and, in the metadata log, the
// news of a quorum. Their key is a version and a type.
#pragma once

#include "record/record_format.h"

namespace evlog::record {

enum class ControlType : int16_t {
  abort = 0, commit = 1,                                        // EndTxnMarker
  leader_change = 2, snapshot_header = 3, snapshot_footer = 4,  // the metadata log
  kraft_version = 5, kraft_voters = 6,
};

struct ControlKey {
  int16_t version = 0;
  int16_t type = 0;  // a ControlType, or a newer one
};
Result<ControlKey> read_control_key(const Record& record);  // INVALID_RECORD: no key, or one shorter than four bytes

struct ControlKeyBytes { uint8_t bytes[4]; operator Bytes() const { return bytes; } };
ControlKeyBytes control_key(ControlType type);  // version 0, as Kafka writes all of them

struct EndTransactionMarker {
  bool commit = false;
  int32_t coordinator_epoch = 0;
};
Result<EndTransactionMarker> read_end_transaction(const Record& record);  // INVALID_RECORD: not such a marker
// The whole batch, as Kafka writes it: one record, transactional, no sequence.
Buffer build_end_transaction(ProducerId producer, ProducerEpoch epoch, EndTransactionMarker marker, int64_t timestamp_ms);

}  // namespace evlog::record
