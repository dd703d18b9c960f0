#include "record/control_record.h"

#include "record/batch_builder.h"

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

Buffer build_end_transaction(ProducerId producer, ProducerEpoch epoch, EndTransactionMarker marker, int64_t timestamp_ms) {
  BatchBuilder builder({.producer_id = producer, .producer_epoch = epoch, .transactional = true, .control = true});
  const ControlKeyBytes key = control_key(marker.commit ? ControlType::commit : ControlType::abort);
  uint8_t value[6] = {};  // version 0
  store_be<int32_t>(value + 2, marker.coordinator_epoch);
  builder.add({.timestamp = timestamp_ms, .key = Bytes(key), .value = Bytes(value), .headers = {}});
  return builder.build();
}

}  // namespace evlog::record
