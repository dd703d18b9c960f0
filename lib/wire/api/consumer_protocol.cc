#include "wire/api/consumer_protocol.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(ConsumerProtocolSubscription)
EVLOG_WIRE_DEFINE(ConsumerProtocolAssignment)

}  // namespace evlog::wire
