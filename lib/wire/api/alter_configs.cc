#include "wire/api/alter_configs.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(AlterConfigsRequest)
EVLOG_WIRE_DEFINE(AlterConfigsResponse)

}  // namespace evlog::wire
