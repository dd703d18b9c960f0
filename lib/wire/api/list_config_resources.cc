#include "wire/api/list_config_resources.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(ListConfigResourcesRequest)
EVLOG_WIRE_DEFINE(ListConfigResourcesResponse)

}  // namespace evlog::wire
