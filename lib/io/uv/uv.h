// uv::Loop: io::Loop over libuv and the real machine. Owned by main, used on the thread that made it; everything built on it is
// destroyed before it. Idle it makes no wake-ups: one timer, armed to the earliest deadline only. Threads (a commit thread per
// device for syncs, a small pool for cold reads and offload) start when they are first needed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>

#include "io/loop.h"
#include "io/task.h"

namespace evlog::io::uv {

struct Core;

class Loop final : public io::Loop {
 public:
  Loop();             // ignores SIGPIPE for the process: a peer that went away is an error value, not a death
  ~Loop() override;   // waits for syncs in flight

  void run();         // until stop()
  void stop();        // on the loop's thread; before run() it makes that return at once
  // Runs until `work` is done and gives its value; nothing when stop() came first.
  template <class T>
  std::optional<T> run(task<T> work);

  // Calls `action` on the loop's thread for each arrival. The last registration for a signal holds.
  void on_signal(int signal, std::function<void()> action);

  uint64_t wake_ups() const;  // times the loop came back from waiting for the outside

  MonoTime mono() const override;
  WallTime wall() const override;
  Random& random() override;
  void random_bytes(MutableBytes into) override;
  Disk& disk() override;
  Network& network() override;
  using io::Loop::start;
  using io::Loop::cancel;
  void start(Offload& verb) override;
  void cancel(Offload& verb) override;
  std::shared_ptr<Poster> poster() override;

 private:
  friend struct Core;
  void drain() { run_ready(); }
  template <class T>
  static task<void> keep(Loop& loop, task<T> work, std::optional<T>& result) {
    result = co_await std::move(work);
    loop.stop();
  }
  std::unique_ptr<Core> core_;
};

template <class T>
std::optional<T> Loop::run(task<T> work) {
  std::optional<T> result;
  Nursery nursery;
  nursery.spawn(keep(*this, std::move(work), result));
  run();
  return result;
}

}  // namespace evlog::io::uv
