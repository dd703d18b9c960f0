#include "wire/api/list_offsets.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(ListOffsetsRequest)
EVLOG_WIRE_DEFINE(ListOffsetsResponse)

}  // namespace evlog::wire
