#include "wire/api/describe_topic_partitions.h"

#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(DescribeTopicPartitionsRequest)
EVLOG_WIRE_DEFINE(DescribeTopicPartitionsResponse)

}  // namespace evlog::wire
