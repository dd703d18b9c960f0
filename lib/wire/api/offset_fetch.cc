#include "wire/api/offset_fetch.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(OffsetFetchRequest)
EVLOG_WIRE_DEFINE(OffsetFetchResponse)

}  // namespace evlog::wire
