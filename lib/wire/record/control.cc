#include "wire/record/control.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(ControlRecordTypeSchema)
EVLOG_WIRE_DEFINE(EndTxnMarker)
EVLOG_WIRE_DEFINE(LeaderChangeMessage)
EVLOG_WIRE_DEFINE(SnapshotHeaderRecord)
EVLOG_WIRE_DEFINE(SnapshotFooterRecord)
EVLOG_WIRE_DEFINE(KRaftVersionRecord)
EVLOG_WIRE_DEFINE(VotersRecord)

ControlType control_type(Bytes key) {
  return static_cast<ControlType>(key.size() < 4 ? int16_t{-1} : load_be<int16_t>(key.data() + 2));
}

void encode_control_key(Buffer& out, ControlType type) {
  encode_versioned(out, 0, ControlRecordTypeSchema{static_cast<int16_t>(type)});
}

}  // namespace evlog::wire
