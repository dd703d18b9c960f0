#include "wire/api/offset_commit.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(OffsetCommitRequest)
EVLOG_WIRE_DEFINE(OffsetCommitResponse)

}  // namespace evlog::wire
