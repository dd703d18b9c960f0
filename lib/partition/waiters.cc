#include "partition/waiters.h"

namespace evlog::partition {

Subscription::Subscription(Waiters& waiters, io::Event& event) : waiters_(&waiters), event_(&event), next_(waiters.first_) {
  if (next_) next_->previous_ = this;
  waiters.first_ = this;
}

void Subscription::leave() {
  if (!waiters_) return;
  (previous_ ? previous_->next_ : waiters_->first_) = next_;
  if (next_) next_->previous_ = previous_;
  waiters_ = nullptr;
  previous_ = next_ = nullptr;
}

Waiters::~Waiters() {
  while (first_) first_->leave();
}

void Waiters::progress() {
  for (Subscription* s = first_; s; s = s->next_) s->event_->notify_all();
  durable_.notify_all();
}

}  // namespace evlog::partition
