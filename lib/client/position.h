// Turns a Position of the grammar into an offset of one partition, by asking the cluster.
#pragma once

#include "client/offset_spec.h"
#include "client/rd.h"

namespace evlog::client {

struct PartitionPlace { std::string topic; int32_t partition = 0; };
struct Watermarks { int64_t start = 0, end = 0; };

ClientResult<Watermarks> query_watermarks(rd_kafka_t& rk, const PartitionPlace& place, int timeout_ms);

// Never before the start or behind the end; `stored` without a group or a commit is the start. A time behind the last
// record is the end.
ClientResult<int64_t> resolve(rd_kafka_t& rk, const PartitionPlace& place, const Position& position, const Watermarks& marks, int timeout_ms);

}  // namespace evlog::client
