#include "wire/api/create_partitions.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(CreatePartitionsRequest)
EVLOG_WIRE_DEFINE(CreatePartitionsResponse)

}  // namespace evlog::wire
