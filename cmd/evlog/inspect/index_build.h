// The indexes of a segment made out of its batches, by Kafka's rule: an entry about every 4 KiB, and the largest timestamp at the end.
#pragma once

#include "base/bytes.h"
#include "base/strong.h"

namespace evlog::cmd {

struct Indexes { Buffer offsets, times; };
Indexes build_indexes(Bytes log, Offset base);  // of sound batches; it ends where they do

}  // namespace evlog::cmd
