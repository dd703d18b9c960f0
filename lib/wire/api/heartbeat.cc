#include "wire/api/heartbeat.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(HeartbeatRequest)
EVLOG_WIRE_DEFINE(HeartbeatResponse)

}  // namespace evlog::wire
