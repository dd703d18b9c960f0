#include "wire/api/elect_leaders.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(ElectLeadersRequest)
EVLOG_WIRE_DEFINE(ElectLeadersResponse)

}  // namespace evlog::wire
