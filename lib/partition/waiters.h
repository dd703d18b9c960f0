// Waiters: who waits for something to happen in one partition. Producers wait for an offset and are woken in order, only those
// whose offset is reached; fetches subscribe their Event to several partitions at once and are woken by any progress.
#pragma once

#include <list>

#include "base/error_code.h"
#include "base/strong.h"
#include "io/wait.h"

namespace evlog::partition {

class Waiters;

// Stands in the list of one partition while it lives. Woken (its Event notified) on any progress or change of role.
class Subscription {
 public:
  Subscription() = default;
  Subscription(Waiters& waiters, io::Event& event);
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription() { leave(); }
  void leave();

 private:
  friend class Waiters;
  Waiters* waiters_ = nullptr;
  io::Event* event_ = nullptr;
  Subscription* previous_ = nullptr;
  Subscription* next_ = nullptr;
};

class Waiters {
 public:
  explicit Waiters(io::Loop& loop) : durable_(loop) {}
  ~Waiters();

  void progress();                          // high watermark, log end or role changed
  io::Event& durable() { return durable_; } // notified after each flush and each move of the high watermark

 private:
  friend class Subscription;
  io::Event durable_;
  Subscription* first_ = nullptr;
};

}  // namespace evlog::partition
