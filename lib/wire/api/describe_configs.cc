#include "wire/api/describe_configs.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(DescribeConfigsRequest)
EVLOG_WIRE_DEFINE(DescribeConfigsResponse)

}  // namespace evlog::wire
