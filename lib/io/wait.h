// Wait: one parked coroutine, living in its own frame; waiting allocates nothing. It is in at most one list at a time, and
// its destruction takes it out of that list, so destroying a coroutine cancels its wait.
// Event: a condition others can wait for, in order of arrival. All on one loop's thread.
#pragma once

#include <coroutine>
#include <cstddef>
#include <optional>
#include <utility>

#include "base/time.h"

namespace evlog::io {

class Loop;
class WaitList;

class Wait {
 public:
  Wait() = default;
  Wait(const Wait&) = delete;
  Wait& operator=(const Wait&) = delete;
  ~Wait() { unlink(); }

  bool linked() const { return list_ != nullptr; }
  void unlink();

 protected:
  friend class WaitList;
  friend class Loop;
  bool in(const WaitList& list) const { return list_ == &list; }
  std::coroutine_handle<> waiter_ = nullptr;

 private:
  WaitList* list_ = nullptr;
  Wait* next_ = nullptr;
  Wait* previous_ = nullptr;
};

// An intrusive first-in-first-out list. A list that dies leaves its members unlinked (they then wait forever: who destroys
// what is waited for destroys the waiters too).
class WaitList {
 public:
  WaitList() = default;
  WaitList(const WaitList&) = delete;
  WaitList& operator=(const WaitList&) = delete;
  ~WaitList();

  bool empty() const { return first_ == nullptr; }
  void push(Wait& wait);      // unlinks it from where it was
  Wait* pop();                // nullptr when empty
  void take_all(WaitList& from);

 private:
  friend class Wait;
  Wait* first_ = nullptr;
  Wait* last_ = nullptr;
};

// A verb of `Object`, described by `Request`, that gives a T. `co_await file.sync()`: start() runs at once and may complete
// it inline; otherwise the coroutine parks until complete(). Destroyed while pending, it calls cancel().
template <class Object, class Request, class T>
class [[nodiscard]] Verb : public Wait {
 public:
  Verb(Object& object, Request request) : object_(object), request_(std::move(request)) {}
  ~Verb() { if (started_ && !value_) object_.cancel(*this); }

  bool await_ready() {
    started_ = true;
    object_.start(*this);
    return value_.has_value();
  }
  void await_suspend(std::coroutine_handle<> h) { waiter_ = h; }
  T await_resume() { return std::move(*value_); }

  Request& request() { return request_; }
  bool completed() const { return value_.has_value(); }
  void complete(T value);     // by the world that runs it, once, on the loop's thread

  void* slot = nullptr;       // for the world that runs it

 private:
  Object& object_;
  Request request_;
  std::optional<T> value_;
  bool started_ = false;
};

// Waits until notified, or until a deadline. Notifications are not remembered: check the condition, then wait, in a loop.
class Event {
 public:
  explicit Event(Loop& loop) : loop_(loop) {}

  class Waiting;
  Waiting wait();                                     // gives true
  Waiting wait_until(std::optional<MonoTime> deadline);  // gives false when the deadline came first
  void notify_one();
  void notify_all();
  bool has_waiters() const { return !waiters_.empty(); }

 private:
  Loop& loop_;
  WaitList waiters_;
};

}  // namespace evlog::io
