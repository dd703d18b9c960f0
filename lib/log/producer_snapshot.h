// `<offset>.snapshot`: ProducerState as it was when the log ended at that offset; Kafka's ProducerSnapshot version 1. Pure.
// Layout: version int16 = 1, crc uint32 (CRC32C of all that follows), count int32, entries of 46 bytes: producer id 8, epoch 2,
// last sequence 4, last offset 8, offset delta 4, timestamp 8, coordinator epoch 4, first offset of the open transaction 8.
#pragma once

#include "log/producer_state.h"

namespace evlog::log {

inline constexpr size_t producer_snapshot_bytes_max = 1_GiB;

Buffer format_producer_snapshot(const ProducerState& state);
Result<ProducerState> parse_producer_snapshot(Bytes file);  // CORRUPT_MESSAGE; UNSUPPORTED_VERSION for a newer one

}  // namespace evlog::log
