#include "wire/api/alter_partition_reassignments.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(AlterPartitionReassignmentsRequest)
EVLOG_WIRE_DEFINE(AlterPartitionReassignmentsResponse)

}  // namespace evlog::wire
