#include "io/sim/world.h"

#include <algorithm>

#include "io/sim/chaos.h"
#include "io/sim/loop.h"

namespace evlog::io::sim {
namespace {

Knobs draw_knobs(uint64_t seed) {
  Random random(seed * 2 + 1);
  return Knobs::draw(random);
}

}  // namespace

World::World(uint64_t seed, Knobs knobs) : seed_(seed), random_(seed), knobs_(knobs) { journal_.mix(seed); }
World::World(uint64_t seed) : World(seed, draw_knobs(seed)) {}

World::~World() {
  for (auto& node : nodes_) {
    node->process.reset();
    node->loop.reset();
  }
}

Node& World::add_node(std::string name, Factory factory, bool may_crash) {
  Node& node = *nodes_.emplace_back(std::make_unique<Node>(*this, std::move(name), std::move(factory)));
  node.may_crash = may_crash;
  node.space_bytes = knobs_.space_bytes;
  node.wall_offset_ms = random_.between(-knobs_.wall_skew_ms_max, knobs_.wall_skew_ms_max);
  node.drift_ppm = static_cast<int>(random_.between(-knobs_.drift_ppm_max, knobs_.drift_ppm_max));
  boot(node);
  return node;
}

Node* World::find(const std::string& name) {
  for (auto& node : nodes_)
    if (node->name == name) return node.get();
  return nullptr;
}

void World::boot(Node& node) {
  if (node.running) return;
  if (++node.life > 1) ++counters().restarts;
  note(node.name, "boots, life {}", node.life);
  journal_.mix(node.life);
  node.running = node.powered = true;
  node.busy_until = now_;
  node.loop = std::make_unique<Loop>(node, random_.next());
  node.process = node.factory(*node.loop);
  node.loop->wake();
}

void World::crash(Node& node, Death death) {
  dying_.erase(&node);
  if (!node.running) return;
  ++(death == Death::kill ? counters().kills : counters().power_cuts);
  note(node.name, "{}", death == Death::kill ? "killed" : "loses power");
  node.running = false;
  node.powered = death == Death::kill;  // before the process dies: its sockets then say nothing
  node.process.reset();
  node.loop.reset();
  node.locks.clear();
  EVLOG_ASSERT(node.listeners.empty());
  if (death == Death::kill) node.disk.process_end(); else node.disk.power_cut(knobs_, random_, counters());
  journal_.mix(static_cast<uint64_t>(death));
  if (check_) check_(node);
}

void World::crash_soon(Node& node, Death death, std::optional<Duration> down) {
  if (!node.running || !dying_.insert(&node).second) return;
  const Duration pause = down ? *down : draw(Duration::zero(), knobs_.down_max);
  schedule(Duration::zero(), [this, &node, death, pause] {
    crash(node, death);
    schedule(pause, [this, &node] { boot(node); });
  });
}

void World::step() {
  ScheduledEvent event = queue_.pop();
  now_ = event.at;
  ++counters().events;
  journal_.mix(static_cast<uint64_t>(event.at.count()) ^ event.sequence << 40);
  event.action();
}

bool World::run_until(const std::function<bool()>& done, Duration at_most) {
  const Duration deadline = now_ + at_most;
  while (!done()) {
    if (failure_) return false;
    if (queue_.empty() || queue_.next_at() > deadline) {
      now_ = deadline;
      return false;
    }
    step();
  }
  return !failure_;
}

void World::start_chaos() {
  chaos_ = std::make_unique<Chaos>(*this);
  chaos_->begin();
}

void World::calm() {
  note("world", "calm");
  calmed_ = true;
  knobs_ = knobs_.calmed();
  blocked_.clear();
  for (auto& node : nodes_) {
    node->disk_hangs_until = node->disk_fails_until = now_;
    node->failing_path.clear();
    node->space_bytes = UINT64_MAX;
    node->busy_until = std::min(node->busy_until, now_ + milliseconds(1));
    if (!node->running) schedule(Duration::zero(), [this, up = node.get()] { boot(*up); });
    else node->loop->wake();
  }
}

void World::fail(std::string what) {
  note("world", "FAILED: {}", what);
  if (!failure_) failure_ = std::move(what);
}

Duration World::latency() {
  if (chance(knobs_.latency_spike)) return draw(knobs_.latency_max, std::max(knobs_.latency_max, knobs_.latency_spike_max));
  return draw(knobs_.latency_min, knobs_.latency_max);
}

Duration World::blocked_until(const Node& from, const Node& to) const {
  const auto found = blocked_.find({&from, &to});
  return found == blocked_.end() ? Duration::zero() : found->second;
}

void World::block(const Node& from, const Node& to, Duration until) {
  auto& entry = blocked_[{&from, &to}];
  entry = std::max(entry, until);
}

void World::turn_done(Node& node) {
  ++counters().turns;
  node.busy_until = now_ + draw(Duration::zero(), knobs_.turn_max);
  if (chance(knobs_.pause)) {
    ++counters().pauses;
    node.busy_until += draw(milliseconds(1), knobs_.pause_max);
  }
  if (check_) check_(node);
}

}  // namespace evlog::io::sim
