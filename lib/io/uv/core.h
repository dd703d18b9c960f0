// Core: what uv::Loop is made of; known to this folder only.
#pragma once

#include <uv.h>

#include <functional>
#include <map>
#include <memory>

#include "io/uv/disk.h"
#include "io/uv/inbox.h"
#include "io/uv/network.h"
#include "io/uv/poller.h"
#include "io/uv/uv.h"
#include "io/uv/workers.h"

namespace evlog::io::uv {

class InboxPoster;

struct Core final : Poller::Watcher {
  explicit Core(Loop& owner);
  ~Core() override;

  CommitThread& commit_thread(uint64_t device);

  Loop& loop;
  uv_loop_t uv;
  Inbox inbox;
  Workers pool;
  Disk disk;
  Network network;
  Random random;
  std::map<uint64_t, std::unique_ptr<CommitThread>> commit_threads;  // by device
  struct Signal { uv_signal_t handle; std::function<void()> action; };
  std::map<int, std::unique_ptr<Signal>> signals;
  std::shared_ptr<InboxPoster> poster;
  uint64_t wake_ups = 0;
  bool stop_requested = false;

  mutable bool clock_stale = true;  // read again at the first question of each turn
  mutable MonoTime mono{};
  mutable WallTime wall{};
  void read_clocks() const;

 private:
  int wanted() const override { return UV_READABLE; }
  void on_poll(int events) override;
  void before_waiting();
  void after_waiting();
  void arm_timer();

  uv_timer_t timer_;
  std::optional<MonoTime> timer_deadline_;
  uv_prepare_t prepare_;
  uv_check_t check_;
  std::unique_ptr<Poller> inbox_poller_;
};

}  // namespace evlog::io::uv
