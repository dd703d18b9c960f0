#include "wire/record/group_log.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(LegacyOffsetCommitKey)
EVLOG_WIRE_DEFINE(LegacyOffsetCommitValue)
EVLOG_WIRE_DEFINE(OffsetCommitKey)
EVLOG_WIRE_DEFINE(OffsetCommitValue)
EVLOG_WIRE_DEFINE(GroupMetadataKey)
EVLOG_WIRE_DEFINE(GroupMetadataValue)

namespace {

template <class X>
Result<GroupLogKey> decode_key(Bytes body) {
  X key;
  if (auto r = decode(body, 0, key); !r) return fail(r.error());
  return key;
}

}  // namespace

Result<GroupLogKey> decode_group_log_key(Bytes key) {
  if (key.size() < 2) return fail(ErrorCode::INVALID_REQUEST, "a group log key of {} bytes", key.size());
  const auto type = load_be<int16_t>(key.data());
  switch (type) {
    case LegacyOffsetCommitKey::info.api_key: return decode_key<LegacyOffsetCommitKey>(key.subspan(2));
    case OffsetCommitKey::info.api_key: return decode_key<OffsetCommitKey>(key.subspan(2));
    case GroupMetadataKey::info.api_key: return decode_key<GroupMetadataKey>(key.subspan(2));
    default: return UnknownGroupLogKey{type};
  }
}

}  // namespace evlog::wire
