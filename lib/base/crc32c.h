// CRC32C (Castagnoli), the checksum of record batches; ISA-L computes it at memory speed.
#pragma once

#include <cstdint>

#include "base/bytes.h"

namespace evlog {

uint32_t crc32c(Bytes data, uint32_t crc = 0);  // `crc` continues an earlier call

}  // namespace evlog
