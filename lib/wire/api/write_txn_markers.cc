#include "wire/api/write_txn_markers.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(WriteTxnMarkersRequest)
EVLOG_WIRE_DEFINE(WriteTxnMarkersResponse)

}  // namespace evlog::wire
