#include "wire/api/incremental_alter_configs.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(IncrementalAlterConfigsRequest)
EVLOG_WIRE_DEFINE(IncrementalAlterConfigsResponse)

}  // namespace evlog::wire
