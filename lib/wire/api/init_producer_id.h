// A producer id and epoch for idempotent and transactional producers. v6 (two-phase commit) is described but not stable in Kafka 4.3.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct InitProducerIdRequest {
  static constexpr Message info{"InitProducerIdRequest", 22, {0, 6}, 2, 5};
  std::optional<std::string_view> transactional_id = "";
  int32_t transaction_timeout_ms = 0;
  int64_t producer_id = -1;
  int16_t producer_epoch = -1;
  bool enable2_pc = false;
  bool keep_prepared_txn = false;
  static void visit(auto& io, auto& m) {
    io("TransactionalId", m.transactional_id);
    io("TransactionTimeoutMs", m.transaction_timeout_ms);
    io("ProducerId", m.producer_id, since(3));
    io("ProducerEpoch", m.producer_epoch, since(3));
    io("Enable2Pc", m.enable2_pc, since(6));
    io("KeepPreparedTxn", m.keep_prepared_txn, since(6));
  }
};
EVLOG_WIRE_MESSAGE(InitProducerIdRequest)

struct InitProducerIdResponse {
  static constexpr Message info{"InitProducerIdResponse", 22, {0, 6}, 2, 5};
  int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  int64_t producer_id = -1;
  int16_t producer_epoch = 0;
  int64_t ongoing_txn_producer_id = -1;
  int16_t ongoing_txn_producer_epoch = -1;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("ErrorCode", m.error_code);
    io("ProducerId", m.producer_id);
    io("ProducerEpoch", m.producer_epoch);
    io("OngoingTxnProducerId", m.ongoing_txn_producer_id, since(6));
    io("OngoingTxnProducerEpoch", m.ongoing_txn_producer_epoch, since(6));
  }
};
EVLOG_WIRE_MESSAGE(InitProducerIdResponse)

}  // namespace evlog::wire
