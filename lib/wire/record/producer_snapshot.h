// The <offset>.snapshot file beside a segment: what each idempotent producer wrote last. Behind it stands its version (1) and the CRC32C of
// everything behind the checksum. Only read and printed here; lib/log writes it.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct ProducerSnapshot {
  static constexpr Message info{"ProducerSnapshot", -1, {1, 1}};
  struct Entry {
    int64_t producer_id = 0;
    int16_t epoch = 0;
    int32_t last_sequence = 0;
    int64_t last_offset = 0;
    int32_t offset_delta = 0;
    int64_t timestamp = 0;
    int32_t coordinator_epoch = 0;
    int64_t current_txn_first_offset = 0;
    static void visit(auto& io, auto& m) {
      io("ProducerId", m.producer_id);
      io("Epoch", m.epoch);
      io("LastSequence", m.last_sequence);
      io("LastOffset", m.last_offset);
      io("OffsetDelta", m.offset_delta);
      io("Timestamp", m.timestamp);
      io("CoordinatorEpoch", m.coordinator_epoch);
      io("CurrentTxnFirstOffset", m.current_txn_first_offset);
    }
  };
  uint32_t crc = 0;
  Array<Entry> producer_entries;
  static void visit(auto& io, auto& m) {
    io("Crc", m.crc);
    io("ProducerEntries", m.producer_entries);
  }
};
EVLOG_WIRE_MESSAGE(ProducerSnapshot)

}  // namespace evlog::wire
