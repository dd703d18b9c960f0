#include "wire/api/list_groups.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(ListGroupsRequest)
EVLOG_WIRE_DEFINE(ListGroupsResponse)

}  // namespace evlog::wire
