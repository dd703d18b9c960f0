// Detection: a log on a disk that reads and writes in the wrong places without saying so. There is no second copy, so nothing can be
// put right; but what is wrong must be noticed: a batch whose checksum holds is the one that was appended at its offset, and a log
// that comes back shorter than it was synced says that it was cut, and where, or does not open.
#pragma once

#include <cstdint>
#include <string>

#include "io/sim/journal.h"

namespace evlog::cluster_test {

struct DetectionResult {
  uint64_t hash = 0;
  io::sim::Counters counters;
  std::string failure;     // empty: all was noticed
};

DetectionResult run_detection(uint64_t seed, io::sim::Journal::Sink trace = nullptr);

}  // namespace evlog::cluster_test
