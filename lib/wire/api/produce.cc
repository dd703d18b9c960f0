#include "wire/api/produce.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(ProduceRequest)
EVLOG_WIRE_DEFINE(ProduceResponse)

}  // namespace evlog::wire
