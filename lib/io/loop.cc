#include "io/loop.h"

namespace evlog::io {

void Wait::unlink() {
  if (!list_) return;
  (previous_ ? previous_->next_ : list_->first_) = next_;
  (next_ ? next_->previous_ : list_->last_) = previous_;
  list_ = nullptr;
  next_ = previous_ = nullptr;
}

WaitList::~WaitList() {
  while (pop()) {}
}

void WaitList::push(Wait& wait) {
  wait.unlink();
  wait.list_ = this;
  wait.previous_ = last_;
  (last_ ? last_->next_ : first_) = &wait;
  last_ = &wait;
}

Wait* WaitList::pop() {
  Wait* wait = first_;
  if (wait) wait->unlink();
  return wait;
}

void WaitList::take_all(WaitList& from) {
  while (Wait* wait = from.pop()) push(*wait);
}

void Event::notify_one() {
  if (Wait* wait = waiters_.pop()) loop_.ready(*wait);
}

void Event::notify_all() {
  while (Wait* wait = waiters_.pop()) loop_.ready(*wait);
}

void Loop::run_ready() {
  for (;;) {
    while (Wait* wait = ready_.pop()) wait->waiter_.resume();
    if (turn_.empty()) return;
    // One pass: who parks for a turn again waits for the work this pass makes ready.
    WaitList ending;
    ending.take_all(turn_);
    while (Wait* wait = ending.pop()) wait->waiter_.resume();
  }
}

}  // namespace evlog::io
