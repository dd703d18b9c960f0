// A small fast generator (xoshiro256**) with its seed given: in the simulator the same seed gives the same run.
// Not for secrets. Who needs one asks io::Loop.
#pragma once

#include <cstdint>

namespace evlog {

class Random {
 public:
  explicit Random(uint64_t seed);
  uint64_t next();
  uint64_t below(uint64_t bound);            // 0 <= result < bound; bound > 0
  int64_t between(int64_t low, int64_t high);  // both inclusive
  bool chance(double probability) { return unit() < probability; }
  double unit();                             // 0 <= result < 1

 private:
  uint64_t state_[4];
};

}  // namespace evlog
