// The order of appends to one partition. Most batches are judged at once; one that must be unpacked first (a compacted topic's
// keys, full validation) is judged on the pool, and those behind it wait for their turn, so that order is kept.
#pragma once

#include <cstdint>
#include <set>
#include <utility>

#include "io/loop.h"
#include "io/task.h"

namespace evlog::partition {

class AppendTurns {
 public:
  explicit AppendTurns(io::Loop& loop) : changed_(loop) {}

  // A place in the queue, given up when it dies, whether its turn came or not.
  class [[nodiscard]] Place {
   public:
    explicit Place(AppendTurns& turns) : turns_(&turns), number_(turns.next_++) {}
    Place(Place&& o) noexcept : turns_(std::exchange(o.turns_, nullptr)), number_(o.number_) {}
    Place& operator=(Place&&) = delete;
    ~Place() { release(); }
    void release() { if (turns_) std::exchange(turns_, nullptr)->leave(number_); }
    bool first() const { return turns_->serving_ == number_; }
    io::task<> wait() {
      while (!first()) co_await turns_->changed_.wait();
    }

   private:
    AppendTurns* turns_;
    uint64_t number_;
  };

 private:
  void leave(uint64_t number) {
    left_.insert(number);
    while (!left_.empty() && *left_.begin() == serving_) {
      left_.erase(left_.begin());
      ++serving_;
    }
    changed_.notify_all();
  }

  io::Event changed_;
  uint64_t next_ = 0;
  uint64_t serving_ = 0;
  std::set<uint64_t> left_;  // places given up out of order
};

}  // namespace evlog::partition
