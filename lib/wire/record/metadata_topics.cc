#include "wire/record/metadata_topics.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(TopicRecord)
EVLOG_WIRE_DEFINE(RemoveTopicRecord)
EVLOG_WIRE_DEFINE(PartitionRecord)
EVLOG_WIRE_DEFINE(PartitionChangeRecord)
EVLOG_WIRE_DEFINE(ClearElrRecord)

}  // namespace evlog::wire
