#include "wire/api/describe_log_dirs.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(DescribeLogDirsRequest)
EVLOG_WIRE_DEFINE(DescribeLogDirsResponse)

}  // namespace evlog::wire
