// .txnindex: the transactions that were aborted in a segment, by the marker that ended them. Kafka's format: 34 bytes an entry.
// The log itself says the same: AbortedTransactions gathers them from its batches, to compare with the file or to write it again.
#pragma once

#include <map>
#include <vector>

#include "base/base.h"
#include "log/producer_state.h"
#include "record/batch.h"

namespace evlog::cmd {

struct AbortedTransaction {
  static constexpr size_t size_bytes = 34;
  int16_t version = 0;
  ProducerId producer{-1};
  Offset first, last, last_stable;  // `last` is the marker's
  bool operator==(const AbortedTransaction&) const = default;
};

std::vector<AbortedTransaction> read_txn_index(Bytes file);  // whole entries only
Buffer write_txn_index(const std::vector<AbortedTransaction>& entries);

class AbortedTransactions {
 public:
  // What was open where the log begins, from the producer snapshot there.
  void seed(const log::ProducerState& state);
  // In the order of the log; gives the transaction that an abort marker ends.
  std::optional<AbortedTransaction> take(const record::BatchView& batch);

 private:
  std::map<ProducerId, Offset> open_;  // by producer, the first offset of its open transaction
};

}  // namespace evlog::cmd
