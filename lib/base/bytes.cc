#include "base/bytes.h"

#include <algorithm>

namespace evlog {

void Buffer::reserve(size_t capacity) {
  if (capacity <= capacity_) return;
  std::unique_ptr<uint8_t[]> bigger(new uint8_t[capacity]);
  if (size_) std::memcpy(bigger.get(), data_.get(), size_);
  data_ = std::move(bigger);
  capacity_ = capacity;
}

void Buffer::resize(size_t size) {
  reserve(size);
  size_ = size;
}

void Buffer::append(Bytes more) {
  if (more.empty()) return;
  const size_t needed = size_ + more.size();
  if (needed > capacity_) reserve(std::max({needed, capacity_ * 2, size_t{64}}));
  std::memcpy(data_.get() + size_, more.data(), more.size());
  size_ = needed;
}

}  // namespace evlog
