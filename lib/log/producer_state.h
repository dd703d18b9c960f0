// ProducerState: what each idempotent producer wrote last in one partition, so that a repeated batch is answered with its first
// offset and a gap is refused; and which transactions are open. Kafka's rules (KIP-98): the last five batches are kept; sequences
// wrap from 2^31-1 to 0; a transaction begins with its first batch and ends with its marker (KIP-890: whose epoch must be new).
// Owned by one Log; pure. Its durable form is the batches themselves plus a snapshot file (producer_snapshot.h) per roll.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "base/base.h"
#include "log/txn_index.h"
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
  struct Change {
    Undo undo;
    std::optional<AbortedTransaction> aborted;  // the batch is the marker that aborted it
  };

  const std::map<ProducerId, ProducerEntry>& entries() const { return entries_; }
  const ProducerEntry* find(ProducerId producer) const;

  // The copy of this very batch among the last five, if there is one.
  const ProducerBatch* find_duplicate(const record::BatchView& batch) const;
  // INVALID_PRODUCER_EPOCH, OUT_OF_ORDER_SEQUENCE_NUMBER; INVALID_TXN_STATE for a batch outside of the transaction that is open;
  // TRANSACTION_COORDINATOR_FENCED for a marker of an older coordinator. Replicated batches are never refused.
  Result<void> check(const record::BatchView& batch, const AppendOptions& options) const;
  // Takes a batch into account whose offsets are final: data (the header is enough), or a transaction marker (whole). Batches
  // without a producer id change nothing.
  std::optional<Change> update(const record::BatchView& batch);
  void undo(Undo undo);

  // Where the oldest transaction begins that is open, or whose marker is not below the high watermark yet.
  std::optional<Offset> first_unstable(Offset high_watermark);
  // Forgets who was silent so long; never who has a transaction open.
  void remove_expired(int64_t now_ms, int64_t expiration_ms);
  void load(ProducerId producer, ProducerEntry entry);
  void clear();

 private:
  Result<void> check_epoch(const ProducerEntry& entry, const record::BatchView& batch, const AppendOptions& options) const;
  Result<void> check_sequence(const ProducerEntry& entry, const record::BatchView& batch) const;
  Result<void> check_marker(const ProducerEntry& entry, const record::BatchView& batch) const;
  std::optional<AbortedTransaction> end_transaction(ProducerEntry& entry, const record::BatchView& batch, bool commit);
  void set_transaction(ProducerId producer, Offset from, Offset to);

  std::map<ProducerId, ProducerEntry> entries_;  // in order of id: snapshots are the same for the same state
  std::map<Offset, ProducerId> open_;            // transactions by their first offset
  std::map<Offset, Offset> ended_;               // first offset and marker of those whose marker may be above the high watermark
};

}  // namespace evlog::log
