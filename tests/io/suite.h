// The tests that must hold in both worlds. A Rig is one loop with a disk directory and a way to let time pass.
#pragma once

#include <functional>
#include <string>

#include "io/disk_util.h"
#include "io/io.h"

namespace evlog::io {

class Rig {
 public:
  virtual ~Rig() = default;
  virtual Loop& loop() = 0;
  virtual std::string directory() = 0;   // empty, for the test alone
  virtual std::string host() = 0;        // where this rig's own listeners are reached
  virtual void run_until(const std::function<bool()>& done) = 0;  // fails the test when it takes too long

  // Runs `work` to its end.
  void run(task<void> work) {
    bool done = false;
    Nursery nursery;
    nursery.spawn(note(std::move(work), done));
    run_until([&] { return done; });
  }

 private:
  static task<void> note(task<void> work, bool& done) {
    co_await std::move(work);
    done = true;
  }
};

void suite_echo(Rig& rig);
void suite_backpressure(Rig& rig);
void suite_cancel(Rig& rig);
void suite_refused(Rig& rig);
void suite_timers(Rig& rig);
void suite_turns(Rig& rig);
void suite_disk(Rig& rig);
void suite_rename(Rig& rig);
void suite_send_file(Rig& rig);
void suite_warm_and_cool(Rig& rig);
void suite_offload(Rig& rig);

}  // namespace evlog::io
