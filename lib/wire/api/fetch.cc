#include "wire/api/fetch.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(FetchRequest)
EVLOG_WIRE_DEFINE(FetchResponse)

}  // namespace evlog::wire
