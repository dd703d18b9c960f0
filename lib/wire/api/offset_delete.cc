#include "wire/api/offset_delete.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(OffsetDeleteRequest)
EVLOG_WIRE_DEFINE(OffsetDeleteResponse)

}  // namespace evlog::wire
