// Chaos: when what fault happens. A fault every fault_interval or so, its kind drawn by the knobs' weights, until calm.
#pragma once

#include "base/time.h"

namespace evlog::io::sim {

class World;
struct Node;

class Chaos {
 public:
  explicit Chaos(World& world) : world_(world) {}
  void begin();

 private:
  void strike();
  void schedule_next();
  Node* victim();                   // one of the nodes that may crash and runs
  void part(Node& victim, bool whole);
  World& world_;
};

}  // namespace evlog::io::sim
