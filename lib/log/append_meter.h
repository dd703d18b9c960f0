// AppendMeter: counts the bytes that the logs of a server write, and calls once when a limit is reached, until it is reset: so that a
// checkpoint follows so many bytes and nothing wakes an idle server. Owned by the broker, used on its loop.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>

namespace evlog::log {

class AppendMeter {
 public:
  explicit AppendMeter(std::function<void()> reached) : reached_(std::move(reached)) {}

  void set_limit(uint64_t bytes) { limit_ = bytes; }
  void add(uint64_t bytes) {
    const bool before = bytes_ >= limit_;
    bytes_ += bytes;
    if (!before && bytes_ >= limit_) reached_();
  }
  void reset() { bytes_ = 0; }

 private:
  std::function<void()> reached_;
  uint64_t bytes_ = 0, limit_ = UINT64_MAX;
};

}  // namespace evlog::log
