#include "wire/api/delete_topics.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(DeleteTopicsRequest)
EVLOG_WIRE_DEFINE(DeleteTopicsResponse)

}  // namespace evlog::wire
