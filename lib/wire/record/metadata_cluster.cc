#include "wire/record/metadata_cluster.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(ConfigRecord)
EVLOG_WIRE_DEFINE(FeatureLevelRecord)
EVLOG_WIRE_DEFINE(ProducerIdsRecord)
EVLOG_WIRE_DEFINE(NoOpRecord)
EVLOG_WIRE_DEFINE(ZkMigrationStateRecord)
EVLOG_WIRE_DEFINE(BeginTransactionRecord)
EVLOG_WIRE_DEFINE(EndTransactionRecord)
EVLOG_WIRE_DEFINE(AbortTransactionRecord)

}  // namespace evlog::wire
