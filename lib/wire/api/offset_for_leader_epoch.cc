#include "wire/api/offset_for_leader_epoch.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(OffsetForLeaderEpochRequest)
EVLOG_WIRE_DEFINE(OffsetForLeaderEpochResponse)

}  // namespace evlog::wire
