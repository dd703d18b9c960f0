#include "wire/api/init_producer_id.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(InitProducerIdRequest)
EVLOG_WIRE_DEFINE(InitProducerIdResponse)

}  // namespace evlog::wire
