// A log-linear histogram of non-negative integers (nanoseconds, bytes): 16 steps per power of two, so any quantile is within
// 1/16 of the truth. One owner, no atomics; merge() adds another loop's.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace evlog {

class Histogram {
 public:
  void record(uint64_t value);
  void merge(const Histogram& other);
  uint64_t count() const { return count_; }
  uint64_t sum() const { return sum_; }
  uint64_t max() const { return max_; }
  uint64_t quantile(double q) const;  // 0 <= q <= 1; the upper edge of the step it falls in, never above max(); 0 when empty

 private:
  static constexpr int steps_bits = 4;
  static constexpr size_t buckets_max = (64 - steps_bits + 1) << steps_bits;
  static size_t bucket(uint64_t value);
  static uint64_t upper_edge(size_t bucket);

  std::array<uint64_t, buckets_max> counts_{};
  uint64_t count_ = 0;
  uint64_t sum_ = 0;
  uint64_t max_ = 0;
};

}  // namespace evlog
