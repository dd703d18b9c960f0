// The hash by which Java's clients choose the partition of a key.
#pragma once

#include "base/bytes.h"

namespace evlog::record {

int32_t murmur2(Bytes data);
int32_t partition_for_key(Bytes key, int32_t partition_count);  // partition_count > 0

}  // namespace evlog::record
