// Any bytes as the index of aborted transactions beside a good segment that has some, after a clean stop, when it is believed.
#include "log_world.h"

using namespace evlog;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  log::fuzz::LogWorld world;
  world.put("00000000000000000000.log", log::fuzz::transactional_segment());
  world.put("00000000000000000000.txnindex", Bytes(data, size));
  world.exercise(true);
  return 0;
}
