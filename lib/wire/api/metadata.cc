#include "wire/api/metadata.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(MetadataRequest)
EVLOG_WIRE_DEFINE(MetadataResponse)

}  // namespace evlog::wire
