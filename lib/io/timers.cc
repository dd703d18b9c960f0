#include "io/timers.h"

namespace evlog::io {

void Timer::stop() { if (timers_) timers_->remove(*this); }

Timers::~Timers() {
  for (Timer* timer : heap_) timer->timers_ = nullptr;
}

bool Timers::before(const Timer* a, const Timer* b) const {
  return a->deadline_ != b->deadline_ ? a->deadline_ < b->deadline_ : a->sequence_ < b->sequence_;
}

void Timers::place(size_t index, Timer* timer) {
  heap_[index] = timer;
  timer->index_ = index;
}

void Timers::sift_up(size_t index) {
  Timer* timer = heap_[index];
  while (index > 0 && before(timer, heap_[(index - 1) / 2])) {
    place(index, heap_[(index - 1) / 2]);
    index = (index - 1) / 2;
  }
  place(index, timer);
}

void Timers::sift_down(size_t index) {
  Timer* timer = heap_[index];
  for (;;) {
    size_t child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && before(heap_[child + 1], heap_[child])) ++child;
    if (!before(heap_[child], timer)) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, timer);
}

void Timers::arm(Timer& timer, MonoTime deadline) {
  timer.stop();
  timer.timers_ = this;
  timer.deadline_ = deadline;
  timer.sequence_ = ++sequence_;
  heap_.push_back(&timer);
  sift_up(heap_.size() - 1);
}

void Timers::remove(Timer& timer) {
  const size_t index = timer.index_;
  timer.timers_ = nullptr;
  Timer* last = heap_.back();
  heap_.pop_back();
  if (last == &timer) return;
  place(index, last);
  sift_up(index);
  sift_down(last->index_);
}

std::optional<MonoTime> Timers::next() const {
  if (heap_.empty()) return std::nullopt;
  return heap_.front()->deadline_;
}

void Timers::run(MonoTime now) {
  const uint64_t newest = sequence_;
  while (!heap_.empty() && heap_.front()->deadline_ <= now && heap_.front()->sequence_ <= newest) {
    Timer* timer = heap_.front();
    remove(*timer);
    timer->expire();
  }
}

}  // namespace evlog::io
