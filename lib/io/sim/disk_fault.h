// What a disk operation of a node costs and whether it fails, drawn once per operation.
#pragma once

#include <cstring>
#include <string_view>

#include "io/sim/loop.h"
#include "io/sim/world.h"

namespace evlog::io::sim {

inline std::unexpected<Error> disk_failure(int error) {
  return std::unexpected(Error{ErrorCode::KAFKA_STORAGE_ERROR, ::strerror(error), error});
}

inline Result<bool> succeeded(int error) {
  if (error) return disk_failure(error);
  return true;
}

// The device says EIO: at the knob's rate, and often while it is sick.
inline bool disk_fails(Node& node, double rate, std::string_view path) {
  const bool broken = !node.failing_path.empty() && path.starts_with(node.failing_path);
  const bool fails = broken || node.world.chance(rate) || (node.disk_fails_until > node.world.now() && node.world.chance(0.3));
  if (fails) ++node.world.counters().disk_errors;
  return fails;
}

// How long something inline takes that does not stay inline; nothing while the cache takes it.
inline Duration disk_delay(Node& node, double rate, Duration longest) {
  World& world = node.world;
  if (node.disk_hangs_until > world.now()) return node.disk_hangs_until - world.now();
  if (!world.chance(rate)) return Duration::zero();
  ++world.counters().slow_operations;
  return world.draw(microseconds(1), longest);
}

inline Duration sync_delay(Node& node) {
  World& world = node.world;
  const Knobs& knobs = world.knobs();
  const bool slow = world.chance(knobs.sync_spike);
  if (slow) ++world.counters().slow_syncs;
  const Duration base = slow ? world.draw(knobs.sync_max, std::max(knobs.sync_max, knobs.sync_spike_max)) : world.draw(knobs.sync_min, knobs.sync_max);
  return base + std::max(Duration::zero(), node.disk_hangs_until - world.now());
}

// The moments around a disk operation are where a power cut hurts.
inline void perhaps_cut(Node& node) {
  if (node.may_crash && node.world.chance(node.world.knobs().crash_per_disk_operation)) node.world.crash_soon(node, Death::power_cut);
}

// A verb in the hands of the event queue. The queue owns it; the verb's slot points to it until one of them is done.
template <class V>
struct PendingVerb { V* verb; };

template <class V>
void forget(V& verb) { static_cast<PendingVerb<V>*>(verb.slot)->verb = nullptr; }

// Completes `verb` with effect() at `at`, unless nobody waits any more.
template <class V, class Effect>
void complete_at(World& world, Duration at, V& verb, Effect effect) {
  auto pending = std::make_unique<PendingVerb<V>>(&verb);
  verb.slot = pending.get();
  world.schedule_at(at, [op = std::move(pending), run = std::move(effect)]() mutable {
    if (op->verb) op->verb->complete(run());
  });
}

}  // namespace evlog::io::sim
