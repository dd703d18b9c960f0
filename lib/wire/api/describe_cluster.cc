#include "wire/api/describe_cluster.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(DescribeClusterRequest)
EVLOG_WIRE_DEFINE(DescribeClusterResponse)

}  // namespace evlog::wire
