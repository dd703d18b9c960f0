#include "evlog/inspect/txn_index.h"

#include <algorithm>

#include "record/record.h"

namespace evlog::cmd {

std::vector<AbortedTransaction> read_txn_index(Bytes file) {
  std::vector<AbortedTransaction> out;
  for (size_t at = 0; at + AbortedTransaction::size_bytes <= file.size(); at += AbortedTransaction::size_bytes) {
    const uint8_t* const p = file.data() + at;
    out.push_back({load_be<int16_t>(p), ProducerId(load_be<int64_t>(p + 2)), Offset(load_be<int64_t>(p + 10)), Offset(load_be<int64_t>(p + 18)), Offset(load_be<int64_t>(p + 26))});
  }
  return out;
}

Buffer write_txn_index(const std::vector<AbortedTransaction>& entries) {
  Buffer out(entries.size() * AbortedTransaction::size_bytes);
  uint8_t* p = out.data();
  for (const auto& entry : entries) {
    store_be<int16_t>(p, entry.version);
    store_be<int64_t>(p + 2, entry.producer.value());
    store_be<int64_t>(p + 10, entry.first.value());
    store_be<int64_t>(p + 18, entry.last.value());
    store_be<int64_t>(p + 26, entry.last_stable.value());
    p += AbortedTransaction::size_bytes;
  }
  return out;
}

void AbortedTransactions::seed(const log::ProducerState& state) {
  for (const auto& [id, entry] : state.entries())
    if (entry.transaction_first_offset >= Offset(0)) open_[id] = entry.transaction_first_offset;
}

std::optional<AbortedTransaction> AbortedTransactions::take(const record::BatchView& batch) {
  if (!batch.is_transactional() || !batch.has_producer_id()) return std::nullopt;
  if (!batch.is_control()) {
    open_.try_emplace(batch.producer_id(), batch.base_offset());
    return std::nullopt;
  }
  record::RecordIterator records(batch);
  const auto marker = records.next();
  const auto end = marker ? record::read_end_transaction(*marker) : fail(ErrorCode::INVALID_RECORD);
  const auto open = open_.find(batch.producer_id());
  if (!end || open == open_.end()) return std::nullopt;
  const Offset first = open->second;
  open_.erase(open);
  if (end->commit) return std::nullopt;
  Offset last_stable = batch.next_offset();
  for (const auto& [id, offset] : open_) last_stable = std::min(last_stable, offset);
  return AbortedTransaction{0, batch.producer_id(), first, batch.last_offset(), last_stable};
}

}  // namespace evlog::cmd
