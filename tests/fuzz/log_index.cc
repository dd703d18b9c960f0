// Any bytes as the offset index and time index beside a good segment, after a clean stop, when they are believed.
#include "log_world.h"

using namespace evlog;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  log::fuzz::LogWorld world;
  const Bytes all(data + 1, size - 1);
  const size_t split = all.size() * data[0] / 255;
  world.put("00000000000000000000.log", log::fuzz::good_segment());
  world.put("00000000000000000000.index", all.first(split));
  world.put("00000000000000000000.timeindex", all.subspan(split));
  world.exercise(true);
  return 0;
}
