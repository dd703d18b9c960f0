#include "wire/api/list_partition_reassignments.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(ListPartitionReassignmentsRequest)
EVLOG_WIRE_DEFINE(ListPartitionReassignmentsResponse)

}  // namespace evlog::wire
