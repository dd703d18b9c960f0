// Growing a buffer towards a limit: by doubling, but in one step to the limit once half of it would be taken, so that the old
// and the new memory together stay below 1.7 times the limit.
#pragma once

#include <algorithm>

#include "base/bytes.h"

namespace evlog::record {

// Makes room for `step` bytes behind the first `size`, with a capacity of at most max(bytes_max, size) + step.
inline void grow_towards(Buffer& buffer, size_t size, size_t step, size_t bytes_max) {
  if (buffer.capacity() - size >= step) return;
  const size_t limit = std::max(bytes_max, size) + step;
  const size_t doubled = std::max(buffer.capacity() * 2, size + step);
  buffer.resize(size);
  buffer.reserve(doubled > limit / 3 * 2 ? limit : doubled);
}

}  // namespace evlog::record
