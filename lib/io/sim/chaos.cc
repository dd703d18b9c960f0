#include "io/sim/chaos.h"

#include <vector>

#include "io/sim/loop.h"
#include "io/sim/world.h"

namespace evlog::io::sim {

void Chaos::begin() {
  if (world_.knobs().fault_interval > Duration::zero()) schedule_next();
}

void Chaos::schedule_next() {
  const Duration mean = world_.knobs().fault_interval;
  world_.schedule(world_.draw(mean / 10, mean * 2), [this] {
    if (world_.calmed()) return;
    strike();
    schedule_next();
  });
}

Node* Chaos::victim() {
  std::vector<Node*> possible;
  for (const auto& node : world_.nodes())
    if (node->may_crash && node->running) possible.push_back(node.get());
  return possible.empty() ? nullptr : possible[world_.random().below(possible.size())];
}

// Cuts the victim off from the others or slows what passes; one direction is often enough for trouble.
void Chaos::part(Node& node, bool whole) {
  const Knobs& knobs = world_.knobs();
  ++(whole ? world_.counters().partitions : world_.counters().clogs);
  const Duration until = world_.now() + world_.draw(Duration::zero(), whole ? knobs.fault_length_max : knobs.fault_length_max / 10);
  const bool out = world_.chance(0.7), in = !out || world_.chance(0.7);
  for (const auto& other : world_.nodes()) {
    if (other.get() == &node || (!whole && world_.chance(0.5))) continue;
    if (out) world_.block(node, *other, until);
    if (in) world_.block(*other, node, until);
  }
}

void Chaos::strike() {
  const Knobs& k = world_.knobs();
  Node* node = victim();
  const int weights[] = {k.kill, k.power_cut, k.partition, k.clog, k.disk_hang, k.disk_errors, k.disk_full, k.clock_jump, k.pause_now, k.reset_node};
  int total = 0;
  for (const int one : weights) total += one;
  if (!node || total == 0) return;
  int left = static_cast<int>(world_.random().below(static_cast<uint64_t>(total)));
  int kind = 0;
  while (left >= weights[kind]) left -= weights[kind++];
  const Duration end = world_.now() + world_.draw(Duration::zero(), k.fault_length_max);
  world_.note("chaos", "kind {} strikes {} until {:.3f}", kind, node->name, static_cast<double>(end.count()) / 1e9);
  switch (kind) {
    case 0: return world_.crash_soon(*node, Death::kill);
    case 1: return world_.crash_soon(*node, Death::power_cut);
    case 2: return part(*node, true);
    case 3: return part(*node, false);
    case 4: ++world_.counters().disk_hangs; node->disk_hangs_until = end; return;
    case 5: node->disk_fails_until = end; return;
    case 6:
      node->space_bytes = node->disk.used_bytes() + world_.random().below(64 << 10);
      world_.schedule_at(end, [node] { node->space_bytes = node->world.knobs().space_bytes; });
      return;
    case 7: {
      ++world_.counters().clock_jumps;
      node->wall_offset_ms += world_.random().between(-k.clock_jump_ms_max, k.clock_jump_ms_max);
      return;
    }
    case 8: ++world_.counters().pauses; node->busy_until = end; return;
    default: node->loop->network_impl().reset_all(); return;
  }
}

}  // namespace evlog::io::sim
