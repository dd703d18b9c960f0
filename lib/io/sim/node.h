// Node: one simulated machine. Its disk and clocks last; the process on it lives from boot to crash. A crash is the destruction of
// that process, in the middle of whatever it waits for: by the process alone (what it wrote stays in the page cache) or by the
// power (what was not synced is lost in part). Owned by the World.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "io/loop.h"
#include "io/sim/disk_image.h"

namespace evlog::io::sim {

class Listener;
class Loop;
class World;

// What runs on a node. It owns its nurseries; its destruction kills them.
class Process {
 public:
  virtual ~Process() = default;
};
using Factory = std::function<std::unique_ptr<Process>(io::Loop& loop)>;

enum class Death { kill, power_cut };

struct Node {
  Node(World& of, std::string called, Factory makes);
  ~Node();

  World& world;
  const std::string name;           // also its host name
  const Factory factory;
  bool may_crash = true;            // chaos leaves the others alone

  bool running = false;
  bool powered = true;              // off: nobody answers, not even with a reset
  uint64_t life = 0;                // of the process, counted
  std::unique_ptr<Loop> loop;
  std::unique_ptr<Process> process; // behind the loop: dies before it

  DiskImage disk;
  std::set<std::string> locks;      // held by this life
  Duration disk_hangs_until{};
  Duration disk_fails_until{};
  std::string failing_path;         // what lies under it fails for good: the device of one directory of several
  uint64_t space_bytes = UINT64_MAX;

  std::map<uint16_t, Listener*> listeners;
  uint16_t port_next = 40000;
  int64_t wall_offset_ms = 0;
  int drift_ppm = 0;
  Duration busy_until{};            // no turn begins before
};

}  // namespace evlog::io::sim
