#include "wire/api/describe_groups.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(DescribeGroupsRequest)
EVLOG_WIRE_DEFINE(DescribeGroupsResponse)

}  // namespace evlog::wire
