// A lock for coroutines of one loop: the mutators of one Log exclude each other, in order of arrival.
#pragma once

#include <utility>

#include "io/loop.h"
#include "io/task.h"

namespace evlog::log {

class Mutex {
 public:
  explicit Mutex(io::Loop& loop) : released_(loop) {}

  class [[nodiscard]] Guard {
   public:
    explicit Guard(Mutex* mutex) : mutex_(mutex) {}
    Guard(Guard&& o) noexcept : mutex_(std::exchange(o.mutex_, nullptr)) {}
    Guard& operator=(Guard&&) = delete;
    ~Guard() { if (mutex_) mutex_->release(); }

   private:
    Mutex* mutex_;
  };

  io::task<Guard> lock() {
    while (held_) co_await released_.wait();
    held_ = true;
    co_return Guard(this);
  }
  bool held() const { return held_; }

 private:
  void release() {
    held_ = false;
    // All of them: one that was woken may be destroyed before it runs, and must not take the others' turn with it.
    released_.notify_all();
  }
  io::Event released_;
  bool held_ = false;
};

}  // namespace evlog::log
