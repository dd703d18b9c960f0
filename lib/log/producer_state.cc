#include "log/producer_state.h"

#include <algorithm>
#include <utility>

#include "record/control_record.h"
#include "record/record_iterator.h"

namespace evlog::log {

using record::BatchView;

void ProducerEntry::add(const ProducerBatch& batch) {
  if (batch_count == batches_max) {
    std::move(batches.begin() + 1, batches.end(), batches.begin());
    --batch_count;
  }
  batches[batch_count++] = batch;
}

const ProducerBatch* ProducerEntry::find(ProducerEpoch batch_epoch, int32_t first_sequence, int32_t last_sequence) const {
  if (batch_epoch != epoch) return nullptr;
  for (uint8_t i = 0; i < batch_count; ++i) {
    if (batches[i].first_sequence() == first_sequence && batches[i].last_sequence == last_sequence) return &batches[i];
  }
  return nullptr;
}

const ProducerEntry* ProducerState::find(ProducerId producer) const {
  const auto found = entries_.find(producer);
  return found == entries_.end() ? nullptr : &found->second;
}

const ProducerBatch* ProducerState::find_duplicate(const BatchView& batch) const {
  const ProducerEntry* entry = find(batch.producer_id());
  return entry ? entry->find(batch.producer_epoch(), batch.base_sequence(), batch.last_sequence()) : nullptr;
}

Result<void> ProducerState::check(const BatchView& batch, const AppendOptions& options) const {
  const ProducerEntry* entry = find(batch.producer_id());
  if (!entry || options.origin == AppendOrigin::replication || options.origin == AppendOrigin::raft_leader) return {};
  if (auto good = check_epoch(*entry, batch, options); !good) return good;
  if (batch.is_control()) return check_marker(*entry, batch);
  if (options.origin == AppendOrigin::client) {
    if (auto good = check_sequence(*entry, batch); !good) return good;
  }
  if (entry->transaction_first_offset == offset_none || batch.is_transactional()) return {};
  return fail(ErrorCode::INVALID_TXN_STATE, "producer {} has a transaction open since offset {}; the batch is not part of it",
              batch.producer_id().value(), entry->transaction_first_offset.value());
}

// From transaction version 2 on each transaction has an epoch of its own, so a marker of the present one is late, unless it repeats
// the marker that ended it (or there is no higher epoch).
Result<void> ProducerState::check_epoch(const ProducerEntry& entry, const BatchView& batch, const AppendOptions& options) const {
  constexpr int16_t version_own_epochs = 2, epoch_max = INT16_MAX;
  const bool must_rise = batch.is_control() && options.transaction_version >= version_own_epochs;
  const bool repeats = entry.transaction_first_offset == offset_none || batch.producer_epoch().value() == epoch_max;
  if (batch.producer_epoch() > entry.epoch || (batch.producer_epoch() == entry.epoch && (!must_rise || repeats))) return {};
  return fail(ErrorCode::INVALID_PRODUCER_EPOCH, "producer {} has epoch {}, the batch has {}", batch.producer_id().value(),
              entry.epoch.value(), batch.producer_epoch().value());
}

// A producer that is not known may begin anywhere: its records may have been deleted by retention.
Result<void> ProducerState::check_sequence(const ProducerEntry& entry, const BatchView& batch) const {
  if (batch.producer_epoch() != entry.epoch) {
    if (batch.base_sequence() == 0 || entry.epoch == ProducerEpoch(-1)) return {};
    return fail(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER, "producer {} begins epoch {} with sequence {} instead of 0",
                batch.producer_id().value(), batch.producer_epoch().value(), batch.base_sequence());
  }
  if (entry.epoch == ProducerEpoch(-1)) return {};
  const int32_t last = entry.last() ? entry.last()->last_sequence : record::sequence_none;
  const int32_t expected = last == record::sequence_none ? 0 : record::sequence_plus(last, 1);
  if (batch.base_sequence() == expected) return {};
  return fail(ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER, "producer {} sent sequence {} after {}", batch.producer_id().value(),
              batch.base_sequence(), last);
}

namespace {

// Nothing where compaction took the marker out of its batch, which stays for the producer's sake.
std::optional<record::EndTransactionMarker> marker_of(const BatchView& batch) {
  record::RecordIterator records(batch);
  const auto record = records.next();
  if (!record) return std::nullopt;
  const auto marker = record::read_end_transaction(*record);
  if (!marker) return std::nullopt;
  return *marker;
}

}  // namespace

Result<void> ProducerState::check_marker(const ProducerEntry& entry, const BatchView& batch) const {
  const auto marker = marker_of(batch);
  if (!marker || marker->coordinator_epoch >= entry.coordinator_epoch) return {};
  return fail(ErrorCode::TRANSACTION_COORDINATOR_FENCED, "a marker for producer {} from coordinator epoch {}, which is at {}",
              batch.producer_id().value(), marker->coordinator_epoch, entry.coordinator_epoch);
}

std::optional<ProducerState::Change> ProducerState::update(const BatchView& batch) {
  if (!batch.has_producer_id()) return std::nullopt;
  const auto marker = batch.is_control() ? marker_of(batch) : std::nullopt;
  if (batch.is_control() && !marker) return std::nullopt;
  Change change{{batch.producer_id(), std::nullopt}, std::nullopt};
  if (const ProducerEntry* before = find(batch.producer_id())) change.undo.before = *before;
  ProducerEntry& entry = entries_[batch.producer_id()];
  if (entry.epoch != batch.producer_epoch()) {
    entry.epoch = batch.producer_epoch();
    entry.batch_count = 0;
    entry.batches = {};
  }
  entry.last_timestamp_ms = batch.max_timestamp();
  if (marker) {
    entry.coordinator_epoch = marker->coordinator_epoch;
    change.aborted = end_transaction(entry, batch, marker->commit);
    return change;
  }
  entry.add({batch.last_sequence(), batch.last_offset_delta(), batch.last_offset(), batch.max_timestamp()});
  if (batch.is_transactional() && entry.transaction_first_offset == offset_none) {
    entry.transaction_first_offset = batch.base_offset();
    open_.emplace(batch.base_offset(), batch.producer_id());
  }
  return change;
}

// A marker without a transaction (an empty one) leaves no trace but its epochs.
std::optional<AbortedTransaction> ProducerState::end_transaction(ProducerEntry& entry, const BatchView& batch, bool commit) {
  const Offset first = std::exchange(entry.transaction_first_offset, offset_none);
  if (first == offset_none) return std::nullopt;
  open_.erase(first);
  ended_.insert_or_assign(first, batch.last_offset());
  if (commit) return std::nullopt;
  const Offset stable = open_.empty() ? batch.last_offset() + 1 : open_.begin()->first;
  return AbortedTransaction{batch.producer_id(), first, batch.last_offset(), stable};
}

void ProducerState::undo(Undo undo) {
  const ProducerEntry* now = find(undo.producer);
  set_transaction(undo.producer, now ? now->transaction_first_offset : offset_none,
                  undo.before ? undo.before->transaction_first_offset : offset_none);
  if (undo.before) entries_[undo.producer] = *undo.before;
  else entries_.erase(undo.producer);
}

// The producer's open transaction is, instead of the one that begins at `from`, the one that begins at `to`; either may be none.
void ProducerState::set_transaction(ProducerId producer, Offset from, Offset to) {
  if (from == to) return;
  if (from != offset_none) open_.erase(from);
  if (to == offset_none) return;
  ended_.erase(to);
  open_.insert_or_assign(to, producer);
}

void ProducerState::load(ProducerId producer, ProducerEntry entry) {
  const ProducerEntry* before = find(producer);
  set_transaction(producer, before ? before->transaction_first_offset : offset_none, entry.transaction_first_offset);
  entries_[producer] = entry;
}

void ProducerState::clear() {
  entries_.clear();
  open_.clear();
  ended_.clear();
}

std::optional<Offset> ProducerState::first_unstable(Offset high_watermark) {
  std::erase_if(ended_, [high_watermark](const auto& transaction) { return transaction.second < high_watermark; });
  std::optional<Offset> first;
  if (!open_.empty()) first = open_.begin()->first;
  if (!ended_.empty() && (!first || ended_.begin()->first < *first)) first = ended_.begin()->first;
  return first;
}

void ProducerState::remove_expired(int64_t now_ms, int64_t expiration_ms) {
  std::erase_if(entries_, [&](const auto& item) {
    return item.second.transaction_first_offset == offset_none && now_ms - item.second.last_timestamp_ms >= expiration_ms;
  });
}

}  // namespace evlog::log
