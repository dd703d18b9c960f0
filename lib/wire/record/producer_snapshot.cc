#include "wire/record/producer_snapshot.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(ProducerSnapshot)

}  // namespace evlog::wire
