#include "wire/api/find_coordinator.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(FindCoordinatorRequest)
EVLOG_WIRE_DEFINE(FindCoordinatorResponse)

}  // namespace evlog::wire
