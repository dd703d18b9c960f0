#include "wire/api/create_topics.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(CreateTopicsRequest)
EVLOG_WIRE_DEFINE(CreateTopicsResponse)

}  // namespace evlog::wire
