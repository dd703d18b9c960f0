#include "wire/record/txn_log.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(TransactionLogKey)
EVLOG_WIRE_DEFINE(TransactionLogValue)

Result<TransactionLogKey> decode_transaction_log_key(Bytes key) {
  if (key.size() < 2) return fail(ErrorCode::INVALID_REQUEST, "a transaction log key of {} bytes", key.size());
  const auto type = load_be<int16_t>(key.data());
  if (type != TransactionLogKey::info.api_key) return fail(ErrorCode::UNSUPPORTED_VERSION, "a transaction log key of type {}", type);
  TransactionLogKey out;
  if (auto r = decode(key.subspan(2), 0, out); !r) return fail(r.error());
  return out;
}

}  // namespace evlog::wire
