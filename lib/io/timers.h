// The timers of one loop: a binary heap of parked waits, earliest first, ties in order of arrival. No allocation per timer.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"

namespace evlog::io {

class Timers;

// Something with a deadline. expire() is called once when it is reached; destruction takes it out of the queue.
class Timer {
 public:
  Timer() = default;
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;
  virtual ~Timer() { stop(); }
  bool armed() const { return timers_ != nullptr; }
  void stop();

 protected:
  virtual void expire() = 0;

 private:
  friend class Timers;
  Timers* timers_ = nullptr;
  size_t index_ = 0;
  MonoTime deadline_{};
  uint64_t sequence_ = 0;
};

class Timers {
 public:
  Timers() = default;
  Timers(const Timers&) = delete;
  Timers& operator=(const Timers&) = delete;
  ~Timers();

  void arm(Timer& timer, MonoTime deadline);
  std::optional<MonoTime> next() const;
  // Expires everything due at `now`; what is armed meanwhile with a passed deadline waits for the next call.
  void run(MonoTime now);
  size_t size() const { return heap_.size(); }

 private:
  friend class Timer;
  void remove(Timer& timer);
  bool before(const Timer* a, const Timer* b) const;
  void place(size_t index, Timer* timer);
  void sift_up(size_t index);
  void sift_down(size_t index);

  std::vector<Timer*> heap_;
  uint64_t sequence_ = 0;
};

}  // namespace evlog::io
