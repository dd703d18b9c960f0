#include "wire/api/leave_group.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(LeaveGroupRequest)
EVLOG_WIRE_DEFINE(LeaveGroupResponse)

}  // namespace evlog::wire
