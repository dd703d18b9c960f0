// Loop: one thread's world. Owned by main (uv::Loop) or by the simulator (one per simulated node); everything built on it
// must be destroyed before it. Used on its own thread only; a Poster is the one way in from another thread.
#pragma once

#include <coroutine>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/bytes.h"
#include "base/random.h"
#include "base/result.h"
#include "base/time.h"
#include "io/timers.h"
#include "io/wait.h"

namespace evlog::io {

class Disk;
class Network;

// Work for another thread, with its result. The function owns all it touches: the coroutine that waits may be gone before it runs.
struct OffloadRequest { std::move_only_function<void()> work; };

class Loop {
 public:
  virtual ~Loop() = default;

  virtual MonoTime mono() const = 0;   // cached once per turn
  virtual WallTime wall() const = 0;
  virtual Random& random() = 0;        // never for secrets
  virtual void random_bytes(MutableBytes into) = 0;  // from the system's generator; seeded in the simulator
  virtual Disk& disk() = 0;
  virtual Network& network() = 0;

  class Sleep;
  Sleep sleep_until(MonoTime deadline);
  Sleep sleep(Duration delay);

  // Parks until everything that is ready now has run: the end of this turn, before the loop waits for the outside.
  // Batching lives here: one write per partition, one send per connection and turn.
  class Turn;
  Turn turn();

  // Runs `work` on the pool (inline after a delay in the simulator); its effects are visible after the wait.
  using Offload = Verb<Loop, OffloadRequest, bool>;
  Offload offload(std::move_only_function<void()> work) { return Offload(*this, {std::move(work)}); }
  virtual void start(Offload& verb) = 0;
  virtual void cancel(Offload& verb) = 0;

  // Any thread: runs `work` on the loop's thread soon. False once the loop is gone.
  class Poster {
   public:
    virtual ~Poster() = default;
    virtual bool post(std::move_only_function<void()> work) = 0;
  };
  // Shared because the posting thread may outlive the loop.
  virtual std::shared_ptr<Poster> poster() = 0;

  void ready(Wait& wait) { ready_.push(wait); on_ready(); }   // resume it after the current call, in order
  Timers& timers() { return timers_; }

 protected:
  virtual void on_ready() {}           // something became ready outside a turn
  // For implementations: resumes all that is ready, then those parked for the end of the turn, until nothing is left.
  void run_ready();
  bool idle() const { return ready_.empty() && turn_.empty(); }

 private:
  friend class Turn;
  WaitList ready_;
  WaitList turn_;
  Timers timers_;
};

class [[nodiscard]] Loop::Sleep : public Wait, private Timer {
 public:
  Sleep(Loop& loop, MonoTime deadline) : loop_(loop), deadline_(deadline) {}
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) { waiter_ = h; loop_.timers().arm(*this, deadline_); }
  void await_resume() {}

 private:
  void expire() override { loop_.ready(*this); }
  Loop& loop_;
  MonoTime deadline_;
};

class [[nodiscard]] Loop::Turn : public Wait {
 public:
  explicit Turn(Loop& loop) : loop_(loop) {}
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) { waiter_ = h; loop_.turn_.push(*this); loop_.on_ready(); }
  void await_resume() {}

 private:
  Loop& loop_;
};

class [[nodiscard]] Event::Waiting : public Wait, private Timer {
 public:
  Waiting(Event& event, std::optional<MonoTime> deadline) : event_(event), loop_(event.loop_), deadline_(deadline) {}
  bool await_ready() { return false; }
  void await_suspend(std::coroutine_handle<> h) {
    waiter_ = h;
    event_.waiters_.push(*this);
    if (deadline_) loop_.timers().arm(*this, *deadline_);
  }
  bool await_resume() { stop(); return !expired_; }

 private:
  // Already notified and only waiting for its place: then the notification counts, or notify_one() would be lost.
  void expire() override {
    if (!in(event_.waiters_)) return;
    expired_ = true;
    loop_.ready(*this);
  }
  Event& event_;
  Loop& loop_;
  std::optional<MonoTime> deadline_;
  bool expired_ = false;
};

inline Loop::Sleep Loop::sleep_until(MonoTime deadline) { return Sleep(*this, deadline); }
inline Loop::Sleep Loop::sleep(Duration delay) { return Sleep(*this, mono() + delay); }
inline Loop::Turn Loop::turn() { return Turn(*this); }
inline Event::Waiting Event::wait() { return Waiting(*this, std::nullopt); }
inline Event::Waiting Event::wait_until(std::optional<MonoTime> deadline) { return Waiting(*this, deadline); }

template <class Object, class Request, class T>
void Verb<Object, Request, T>::complete(T value) {
  value_.emplace(std::move(value));
  if (!waiter_) return;  // completed inside start(): the coroutine never parks
  if constexpr (std::is_base_of_v<Loop, Object>) object_.ready(*this); else object_.loop().ready(*this);
}

}  // namespace evlog::io
