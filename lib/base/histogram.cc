#include "base/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace evlog {

size_t Histogram::bucket(uint64_t value) {
  if (value < (1u << steps_bits)) return value;
  const int shift = std::bit_width(value) - 1 - steps_bits;
  return (static_cast<size_t>(shift + 1) << steps_bits) + ((value >> shift) & ((1u << steps_bits) - 1));
}

uint64_t Histogram::upper_edge(size_t bucket) {
  if (bucket < (1u << steps_bits)) return bucket;
  const int shift = static_cast<int>(bucket >> steps_bits) - 1;
  const uint64_t low = ((bucket & ((1u << steps_bits) - 1)) | (1ull << steps_bits)) << shift;
  return low + ((1ull << shift) - 1);
}

void Histogram::record(uint64_t value) {
  ++counts_[bucket(value)];
  ++count_;
  sum_ += value;
  max_ = std::max(max_, value);
}

void Histogram::merge(const Histogram& other) {
  for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
  max_ = std::max(max_, other.max_);
}

uint64_t Histogram::quantile(double q) const {
  if (count_ == 0) return 0;
  const auto rank = static_cast<uint64_t>(std::max(1.0, std::ceil(q * static_cast<double>(count_))));
  uint64_t seen = 0;
  for (size_t i = 0; i < counts_.size(); ++i) {
    seen += counts_[i];
    if (seen >= rank) return std::min(upper_edge(i), max_);
  }
  return max_;
}

}  // namespace evlog
