// Reads one partition of __consumer_offsets into a Shard, from its log start to its end.
#pragma once

#include "broker/broker.h"
#include "group/shard.h"
#include "io/task.h"
#include "partition/partition.h"

namespace evlog::broker {

// What cannot be understood is skipped and named in the server's log; an error means that the log itself cannot be read.
io::task<Result<void>> load_groups(Broker& broker, partition::Partition& partition, group::Shard& shard);

}  // namespace evlog::broker
