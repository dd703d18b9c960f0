// HighWatermark: the offset below which every in-sync replica holds every record durably. Never goes back while the process lives.
#pragma once

#include "base/result.h"
#include "base/strong.h"

namespace evlog::partition {

class HighWatermark {
 public:
  explicit HighWatermark(Offset start) : value_(start) {}
  Offset value() const { return value_; }
  // True when it moved. A lower candidate changes nothing: replicas report late.
  bool advance(Offset candidate) {
    if (candidate <= value_) return false;
    value_ = candidate;
    return true;
  }

 private:
  Offset value_;
};

}  // namespace evlog::partition
