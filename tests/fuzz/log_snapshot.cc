// Any bytes as a producer snapshot; with its checksum put right, so that what lies behind it is reached. What is read is written back the same.
#include <cstdlib>

#include "base/crc32c.h"
#include "log/producer_snapshot.h"

using namespace evlog;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Buffer file{Bytes(data, size)};
  (void)log::parse_producer_snapshot(file);
  if (size < 10) return 0;
  store_be<uint32_t>(file.data() + 2, crc32c(file.bytes().subspan(6)));
  const auto state = log::parse_producer_snapshot(file);
  if (!state) return 0;
  const auto again = log::parse_producer_snapshot(log::format_producer_snapshot(*state));
  if (!again || again->entries() != state->entries()) std::abort();
  return 0;
}
