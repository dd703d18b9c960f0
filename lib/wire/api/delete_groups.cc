#include "wire/api/delete_groups.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(DeleteGroupsRequest)
EVLOG_WIRE_DEFINE(DeleteGroupsResponse)

}  // namespace evlog::wire
