#include "wire/api/describe_quorum.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(DescribeQuorumRequest)
EVLOG_WIRE_DEFINE(DescribeQuorumResponse)

}  // namespace evlog::wire
