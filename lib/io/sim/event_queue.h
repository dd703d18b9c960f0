// EventQueue: what happens next. Ordered by time, then by arrival; the only order there is in a world.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/time.h"

namespace evlog::io::sim {

struct ScheduledEvent {
  Duration at{};
  uint64_t sequence = 0;
  std::move_only_function<void()> action;
};

class EventQueue {
 public:
  bool empty() const { return heap_.empty(); }
  Duration next_at() const { return heap_.front().at; }

  void push(Duration at, std::move_only_function<void()> action) {
    heap_.push_back({at, sequence_++, std::move(action)});
    std::push_heap(heap_.begin(), heap_.end(), later);
  }
  ScheduledEvent pop() {
    std::pop_heap(heap_.begin(), heap_.end(), later);
    ScheduledEvent event = std::move(heap_.back());
    heap_.pop_back();
    return event;
  }

 private:
  static bool later(const ScheduledEvent& a, const ScheduledEvent& b) {
    return a.at != b.at ? a.at > b.at : a.sequence > b.sequence;
  }
  std::vector<ScheduledEvent> heap_;
  uint64_t sequence_ = 0;
};

}  // namespace evlog::io::sim
