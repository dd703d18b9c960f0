// Any bytes as the last segment of a partition, found after a crash (even first byte) or after a clean stop.
#include "log_world.h"

using namespace evlog;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  log::fuzz::LogWorld world;
  Buffer segment;
  if (data[0] & 2) segment = log::fuzz::good_segment();  // good batches first, so that the fuzzer need not guess a checksum
  Bytes tail(data + 1, size - 1);
  if (data[0] & 4 && tail.size() >= 3 && !segment.empty()) {  // or damage one byte of them
    segment.data()[(tail[0] | tail[1] << 8) % segment.size()] ^= tail[2];
    tail = tail.subspan(3);
  }
  segment.append(tail);
  world.put("00000000000000000000.log", segment);
  world.exercise(data[0] & 1);
  return 0;
}
