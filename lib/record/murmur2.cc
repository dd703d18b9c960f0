#include "record/murmur2.h"

namespace evlog::record {
namespace {

constexpr uint32_t seed = 0x9747b28c;
constexpr uint32_t multiplier = 0x5bd1e995;

uint32_t load_le(const uint8_t* p) { return p[0] | uint32_t{p[1]} << 8 | uint32_t{p[2]} << 16 | uint32_t{p[3]} << 24; }

}  // namespace

int32_t murmur2(Bytes data) {
  uint32_t h = seed ^ static_cast<uint32_t>(data.size());
  for (; data.size() >= 4; data = data.subspan(4)) {
    uint32_t k = load_le(data.data()) * multiplier;
    k = (k ^ k >> 24) * multiplier;
    h = (h * multiplier) ^ k;
  }
  for (size_t i = data.size(); i-- > 0;) h ^= uint32_t{data[i]} << (8 * i);
  if (!data.empty()) h *= multiplier;
  h = (h ^ h >> 13) * multiplier;
  return static_cast<int32_t>(h ^ h >> 15);
}

int32_t partition_for_key(Bytes key, int32_t partition_count) { return (murmur2(key) & INT32_MAX) % partition_count; }

}  // namespace evlog::record
