#include "wire/api/api_versions.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(ApiVersionsRequest)
EVLOG_WIRE_DEFINE(ApiVersionsResponse)

}  // namespace evlog::wire
