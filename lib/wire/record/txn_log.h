// Records of __transaction_state: what a transactional id is doing. The key begins with its record type in two bytes, the value
// with its version.
#pragma once

#include "wire/message.h"
#include "wire/versioned.h"

namespace evlog::wire {

struct TransactionLogKey {
  static constexpr Message info{"TransactionLogKey", 0, {0, 0}};
  std::string_view transactional_id;
  static void visit(auto& io, auto& m) {
    io("TransactionalId", m.transactional_id);
  }
};
EVLOG_WIRE_MESSAGE(TransactionLogKey)

struct TransactionLogValue {
  static constexpr Message info{"TransactionLogValue", 0, {0, 1}, 1};
  struct PartitionsSchema {
    std::string_view topic;
    Array<int32_t> partition_ids;
    static void visit(auto& io, auto& m) {
      io("Topic", m.topic);
      io("PartitionIds", m.partition_ids);
    }
  };
  int64_t producer_id = 0, previous_producer_id = -1, next_producer_id = -1;
  int16_t producer_epoch = 0, next_producer_epoch = -1;
  int32_t transaction_timeout_ms = 0;
  int8_t transaction_status = 0;
  std::optional<Array<PartitionsSchema>> transaction_partitions = Array<PartitionsSchema>{};
  int64_t transaction_last_update_timestamp_ms = 0, transaction_start_timestamp_ms = 0;
  int16_t client_transaction_version = 0;
  static void visit(auto& io, auto& m) {
    io("ProducerId", m.producer_id);
    io("PreviousProducerId", m.previous_producer_id, tagged(0, since(1)));
    io("NextProducerId", m.next_producer_id, tagged(1, since(1)));
    io("ProducerEpoch", m.producer_epoch);
    io("NextProducerEpoch", m.next_producer_epoch, tagged(3, since(1)));
    io("TransactionTimeoutMs", m.transaction_timeout_ms);
    io("TransactionStatus", m.transaction_status);
    io("TransactionPartitions", m.transaction_partitions);
    io("TransactionLastUpdateTimestampMs", m.transaction_last_update_timestamp_ms);
    io("TransactionStartTimestampMs", m.transaction_start_timestamp_ms);
    io("ClientTransactionVersion", m.client_transaction_version, tagged(2, since(1)));
  }
};
EVLOG_WIRE_MESSAGE(TransactionLogValue)

// The only kind of key there is so far. UNSUPPORTED_VERSION for another.
Result<TransactionLogKey> decode_transaction_log_key(Bytes key);

}  // namespace evlog::wire
