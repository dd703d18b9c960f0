#include "wire/record/metadata_nodes.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(RegisterBrokerRecord)
EVLOG_WIRE_DEFINE(UnregisterBrokerRecord)
EVLOG_WIRE_DEFINE(FenceBrokerRecord)
EVLOG_WIRE_DEFINE(UnfenceBrokerRecord)
EVLOG_WIRE_DEFINE(BrokerRegistrationChangeRecord)
EVLOG_WIRE_DEFINE(RegisterControllerRecord)

}  // namespace evlog::wire
