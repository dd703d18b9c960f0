#include "wire/api/join_group.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(JoinGroupRequest)
EVLOG_WIRE_DEFINE(JoinGroupResponse)

}  // namespace evlog::wire
