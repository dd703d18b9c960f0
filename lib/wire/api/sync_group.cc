#include "wire/api/sync_group.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(SyncGroupRequest)
EVLOG_WIRE_DEFINE(SyncGroupResponse)

}  // namespace evlog::wire
