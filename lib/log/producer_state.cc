#include "log/producer_state.h"

#include <algorithm>

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

Result<void> ProducerState::check(const BatchView& batch, AppendOrigin origin) const {
  const ProducerEntry* entry = find(batch.producer_id());
  if (!entry || origin == AppendOrigin::replication || origin == AppendOrigin::raft_leader) return {};
  if (batch.producer_epoch() < entry->epoch) {
    return fail(ErrorCode::INVALID_PRODUCER_EPOCH, "producer {} has epoch {}, the batch has {}", batch.producer_id().value(),
                entry->epoch.value(), batch.producer_epoch().value());
  }
  if (origin != AppendOrigin::client || batch.is_control()) return {};
  return check_sequence(*entry, batch);
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

std::optional<int32_t> coordinator_epoch(const BatchView& batch) {
  record::RecordIterator records(batch);
  const auto record = records.next();
  if (!record) return std::nullopt;
  const auto marker = record::read_end_transaction(*record);
  if (!marker) return std::nullopt;
  return marker->coordinator_epoch;
}

}  // namespace

std::optional<ProducerState::Undo> ProducerState::update(const BatchView& batch) {
  if (!batch.has_producer_id()) return std::nullopt;
  Undo undo{batch.producer_id(), std::nullopt};
  if (const ProducerEntry* before = find(batch.producer_id())) undo.before = *before;
  ProducerEntry& entry = entries_[batch.producer_id()];
  if (entry.epoch != batch.producer_epoch()) {
    entry.epoch = batch.producer_epoch();
    entry.batch_count = 0;
    entry.batches = {};
  }
  entry.last_timestamp_ms = batch.max_timestamp();
  if (batch.is_control()) {
    if (const auto epoch = coordinator_epoch(batch)) entry.coordinator_epoch = *epoch;
    entry.transaction_first_offset = offset_none;
    return undo;
  }
  entry.add({batch.last_sequence(), batch.last_offset_delta(), batch.last_offset(), batch.max_timestamp()});
  if (batch.is_transactional() && entry.transaction_first_offset == offset_none) entry.transaction_first_offset = batch.base_offset();
  return undo;
}

void ProducerState::undo(Undo undo) {
  if (undo.before) entries_[undo.producer] = *undo.before;
  else entries_.erase(undo.producer);
}

std::optional<Offset> ProducerState::first_open_transaction() const {
  std::optional<Offset> first;
  for (const auto& [id, entry] : entries_) {
    if (entry.transaction_first_offset != offset_none && (!first || entry.transaction_first_offset < *first)) first = entry.transaction_first_offset;
  }
  return first;
}

void ProducerState::remove_expired(int64_t now_ms, int64_t expiration_ms) {
  std::erase_if(entries_, [&](const auto& item) {
    return item.second.transaction_first_offset == offset_none && now_ms - item.second.last_timestamp_ms >= expiration_ms;
  });
}

}  // namespace evlog::log
