// ProducerState: what each idempotent producer wrote last in one partition, so that a repeated batch is answered with its first
// offset and a gap is refused. Kafka's rules (KIP-98): the last five batches are kept; sequences wrap from 2^31-1 to 0.
// Owned by one Log; pure. Its durable form is the batches themselves plus a snapshot file (producer_snapshot.h) per roll.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "base/base.h"
#include "log/types.h"
#include "record/record.h"

namespace evlog::log {

struct ProducerBatch {
  int32_t last_sequence = -1;
  int32_t offset_delta = 0;   // last offset - first offset
  Offset last_offset = offset_none;
  int64_t timestamp_ms = -1;

  Offset first_offset() const { return last_offset - offset_delta; }
  int32_t first_sequence() const { return record::sequence_minus(last_sequence, offset_delta); }
  bool operator==(const ProducerBatch&) const = default;
};

struct ProducerEntry {
  static constexpr size_t batches_max = 5;
  ProducerEpoch epoch{-1};
  int32_t coordinator_epoch = -1;
  int64_t last_timestamp_ms = -1;
  Offset transaction_first_offset = offset_none;  // of the transaction that is open, else none
  uint8_t batch_count = 0;
  std::array<ProducerBatch, batches_max> batches;  // the oldest first

  const ProducerBatch* last() const { return batch_count ? &batches[batch_count - 1] : nullptr; }
  void add(const ProducerBatch& batch);
  const ProducerBatch* find(ProducerEpoch batch_epoch, int32_t first_sequence, int32_t last_sequence) const;
  bool operator==(const ProducerEntry&) const = default;
};

class ProducerState {
 public:
  // How one producer stood before a batch; put back when the batch could not be written.
  struct Undo { ProducerId producer; std::optional<ProducerEntry> before; };

  const std::map<ProducerId, ProducerEntry>& entries() const { return entries_; }
  const ProducerEntry* find(ProducerId producer) const;

  // The copy of this very batch among the last five, if there is one.
  const ProducerBatch* find_duplicate(const record::BatchView& batch) const;
  // INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER. Replicated batches are never refused.
  Result<void> check(const record::BatchView& batch, AppendOrigin origin) const;
  // Takes a batch into account whose offsets are final: data (the header is enough), or a transaction marker (whole). Batches
  // without a producer id change nothing.
  std::optional<Undo> update(const record::BatchView& batch);
  void undo(Undo undo);

  // The first offset of the oldest open transaction: the last stable offset is no higher.
  std::optional<Offset> first_open_transaction() const;
  void remove_expired(int64_t now_ms, int64_t expiration_ms);
  void load(ProducerId producer, ProducerEntry entry) { entries_[producer] = entry; }
  void clear() { entries_.clear(); }

 private:
  Result<void> check_sequence(const ProducerEntry& entry, const record::BatchView& batch) const;
  std::map<ProducerId, ProducerEntry> entries_;  // in order of id: snapshots are the same for the same state
};

}  // namespace evlog::log
