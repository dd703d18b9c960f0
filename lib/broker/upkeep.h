// Upkeep: what happens by the clock: retention, rolling by age, checkpoints. One coroutine that sleeps until the next of them,
// so an idle server wakes a few times a minute at most. Owned by Server.
#pragma once

#include "broker/broker.h"
#include "broker/partitions.h"
#include "io/task.h"

namespace evlog::broker {

class Upkeep {
 public:
  Upkeep(Broker& broker, Partitions& partitions) : broker_(broker), partitions_(partitions) {}
  io::task<> run();

 private:
  bool wall_clock_steady();

  Broker& broker_;
  Partitions& partitions_;
  MonoTime mono_seen_{};
  WallTime wall_seen_{};
};

}  // namespace evlog::broker
