// Loop: what one life of a process on a node sees. Things become ready while the process computes or stands still; a turn then
// runs all of it at once, as a real loop would.
#pragma once

#include <memory>

#include "io/loop.h"
#include "io/sim/disk.h"
#include "io/sim/network.h"
#include "io/sim/node.h"

namespace evlog::io::sim {

class Loop final : public io::Loop {
 public:
  Loop(Node& node, uint64_t seed);
  ~Loop() override;

  MonoTime mono() const override { return mono_; }
  WallTime wall() const override { return wall_; }
  Random& random() override { return random_; }
  void random_bytes(MutableBytes into) override;
  io::Disk& disk() override { return disk_; }
  io::Network& network() override { return network_; }
  Network& network_impl() { return network_; }
  using io::Loop::start;
  using io::Loop::cancel;
  void start(Offload& verb) override;
  void cancel(Offload& verb) override;
  std::shared_ptr<Poster> poster() override;

  Node& node() { return node_; }
  World& world() { return node_.world; }
  void wake();                      // a turn, as soon as the process has time

 private:
  class NodePoster;
  void on_ready() override;
  void turn();
  void schedule_turn(Duration at);
  void read_clocks();
  MonoTime mono_at(Duration now) const;
  Duration time_of(MonoTime deadline) const;

  Node& node_;
  Random random_;
  Disk disk_;
  Network network_;
  std::shared_ptr<NodePoster> poster_;
  Duration booted_;
  MonoTime mono_{}, mono_base_{};
  WallTime wall_{};
  bool in_turn_ = false;
  Duration turn_at_ = Duration::max();  // the earliest turn scheduled
  // Events in the queue may be older than this life; they hold this and look.
  std::shared_ptr<Loop*> alive_;
};

}  // namespace evlog::io::sim
