#include "wire/registry.h"

#include <algorithm>

#include "wire/api/consumer_protocol.h"
#include "wire/apis.h"
#include "wire/header.h"
#include "wire/record/control.h"
#include "wire/record/group_log.h"
#include "wire/record/metadata.h"
#include "wire/record/producer_snapshot.h"
#include "wire/record/txn_log.h"

namespace evlog::wire {
namespace {

template <class X>
Entry entry() {
  return {&X::info, &type_of(static_cast<const X*>(nullptr)), []() -> std::shared_ptr<void> { return std::make_shared<X>(); },
          [](Decoder& decoder, int16_t version, void* out) { decode(decoder, version, *static_cast<X*>(out)); },
          [](Encoder& encoder, int16_t version, const void* message) { encode(encoder, version, *static_cast<const X*>(message)); }};
}

const Entry* find_by_key(int16_t api_key, bool request) {
  const ApiInfo* info = api_info(api_key);
  return info ? find_message(request ? info->request->name : info->response->name) : nullptr;
}

}  // namespace

std::span<const Entry> all_messages() {
  static const Entry entries[] = {
#define EVLOG_X(name) entry<name##Request>(), entry<name##Response>(),
      EVLOG_WIRE_APIS(EVLOG_X)
#undef EVLOG_X
#define EVLOG_X(name) entry<name>(),
      EVLOG_WIRE_METADATA_RECORDS(EVLOG_X)
      EVLOG_X(RequestHeader) EVLOG_X(ResponseHeader)
      EVLOG_X(ConsumerProtocolSubscription) EVLOG_X(ConsumerProtocolAssignment)
      EVLOG_X(LegacyOffsetCommitKey) EVLOG_X(LegacyOffsetCommitValue) EVLOG_X(OffsetCommitKey) EVLOG_X(OffsetCommitValue)
      EVLOG_X(GroupMetadataKey) EVLOG_X(GroupMetadataValue) EVLOG_X(TransactionLogKey) EVLOG_X(TransactionLogValue)
      EVLOG_X(ControlRecordTypeSchema) EVLOG_X(EndTxnMarker) EVLOG_X(LeaderChangeMessage) EVLOG_X(SnapshotHeaderRecord)
      EVLOG_X(SnapshotFooterRecord) EVLOG_X(KRaftVersionRecord) EVLOG_X(VotersRecord) EVLOG_X(ProducerSnapshot)
#undef EVLOG_X
  };
  return entries;
}

const Entry* find_message(std::string_view name) {
  const auto all = all_messages();
  const auto at = std::ranges::find_if(all, [&](const Entry& e) { return name == e.info->name; });
  return at == all.end() ? nullptr : &*at;
}

const Entry* find_request(int16_t api_key) { return find_by_key(api_key, true); }
const Entry* find_response(int16_t api_key) { return find_by_key(api_key, false); }

}  // namespace evlog::wire
