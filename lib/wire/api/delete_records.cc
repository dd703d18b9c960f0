#include "wire/api/delete_records.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(DeleteRecordsRequest)
EVLOG_WIRE_DEFINE(DeleteRecordsResponse)

}  // namespace evlog::wire
