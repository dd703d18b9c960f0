#include "wire/api/describe_producers.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(DescribeProducersRequest)
EVLOG_WIRE_DEFINE(DescribeProducersResponse)

}  // namespace evlog::wire
