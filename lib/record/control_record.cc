#include "record/control_record.h"

namespace evlog::record {

Result<ControlKey> read_control_key(const Record& record) {
  if (!record.key || record.key->size() < 4) return fail(ErrorCode::INVALID_RECORD, "a control record's key has fewer than four bytes");
  const ControlKey key{.version = load_be<int16_t>(record.key->data()), .type = load_be<int16_t>(record.key->data() + 2)};
  if (key.version < 0) return fail(ErrorCode::INVALID_RECORD, "a control record has the version {}", key.version);
  return key;
}

ControlKeyBytes control_key(ControlType type) {
  ControlKeyBytes key{};
  store_be<int16_t>(key.bytes + 2, static_cast<int16_t>(type));
  return key;
}

Result<EndTransactionMarker> read_end_transaction(const Record& record) {
  const auto key = read_control_key(record);
  if (!key) return fail(key.error());
  if (key->type != static_cast<int16_t>(ControlType::abort) && key->type != static_cast<int16_t>(ControlType::commit))
    return fail(ErrorCode::INVALID_RECORD, "a control record of type {} ends no transaction", key->type);
  if (!record.value || record.value->size() < 6 || load_be<int16_t>(record.value->data()) < 0)
    return fail(ErrorCode::INVALID_RECORD, "the marker that ends a transaction has no coordinator epoch");
  return EndTransactionMarker{.commit = key->type == static_cast<int16_t>(ControlType::commit),
                              .coordinator_epoch = load_be<int32_t>(record.value->data() + 2)};
}

}  // namespace evlog::record
