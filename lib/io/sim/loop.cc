#include "io/sim/loop.h"

#include <algorithm>

#include "io/sim/world.h"

namespace evlog::io::sim {
namespace {

constexpr int64_t wall_start_ms = 1'750'000'000'000;  // summer 2025
constexpr Duration mono_start_max = seconds(100'000);

}  // namespace

class Loop::NodePoster final : public io::Loop::Poster {
 public:
  explicit NodePoster(Loop& loop) : loop_(&loop) {}
  bool post(std::move_only_function<void()> work) override {
    if (!loop_) return false;
    loop_->world().schedule(loop_->world().draw(Duration::zero(), microseconds(20)),
                            [self = loop_->poster_, run = std::move(work)]() mutable {
                              if (!self->loop_) return;
                              run();
                              self->loop_->wake();
                            });
    return true;
  }
  void detach() { loop_ = nullptr; }

 private:
  Loop* loop_;
};

namespace {

struct PendingOffload { Loop::Offload* verb; std::move_only_function<void()> work; };

}  // namespace

Loop::Loop(Node& node, uint64_t seed)
    : node_(node), random_(seed), disk_(*this), network_(*this), poster_(std::make_shared<NodePoster>(*this)),
      booted_(node.world.now()), alive_(std::make_shared<Loop*>(this)) {
  mono_base_ = MonoTime(Duration(static_cast<int64_t>(random_.below(static_cast<uint64_t>(mono_start_max.count())))));
  read_clocks();
}

Loop::~Loop() {
  poster_->detach();
  *alive_ = nullptr;
}

MonoTime Loop::mono_at(Duration now) const {
  const int64_t passed = (now - booted_).count();
  return mono_base_ + Duration(passed + passed / 1'000'000 * node_.drift_ppm);
}

// The first moment at which the node's clock has reached `deadline`.
Duration Loop::time_of(MonoTime deadline) const {
  Duration at = std::max(node_.world.now(), booted_ + (deadline - mono_base_));
  while (mono_at(at) < deadline) at += deadline - mono_at(at);
  return at;
}

void Loop::read_clocks() {
  const Duration now = node_.world.now();
  mono_ = mono_at(now);
  wall_ = wall_from_ms(wall_start_ms + now.count() / 1'000'000 + now.count() / 1'000'000 * node_.drift_ppm / 1'000'000 + node_.wall_offset_ms);
}

void Loop::random_bytes(MutableBytes into) {
  for (auto& byte : into) byte = static_cast<uint8_t>(random_.next());
}

void Loop::on_ready() {
  if (!in_turn_) wake();
}

void Loop::wake() { schedule_turn(std::max(node_.world.now(), node_.busy_until)); }

void Loop::schedule_turn(Duration at) {
  if (at >= turn_at_) return;
  turn_at_ = at;
  world().schedule_at(at, [alive = alive_, at] {
    if (*alive && (*alive)->turn_at_ == at) (*alive)->turn();
  });
}

void Loop::turn() {
  turn_at_ = Duration::max();
  if (node_.busy_until > world().now()) return schedule_turn(node_.busy_until);
  in_turn_ = true;
  read_clocks();
  timers().run(mono_);
  run_ready();
  in_turn_ = false;
  const auto alive = alive_;
  world().turn_done(node_);
  if (const auto next = timers().next(); next && *alive) schedule_turn(std::max(time_of(*next), node_.busy_until));
}

void Loop::start(Offload& verb) {
  auto pending = std::make_unique<PendingOffload>(&verb, std::move(verb.request().work));
  verb.slot = pending.get();
  world().schedule(world().draw(microseconds(5), milliseconds(3)), [alive = alive_, op = std::move(pending)] {
    // Nobody may wait any more, but other threads do not know that; only a crash stops them.
    if (!*alive) return;
    op->work();
    if (op->verb) op->verb->complete(true);
  });
}

void Loop::cancel(Offload& verb) { static_cast<PendingOffload*>(verb.slot)->verb = nullptr; }

std::shared_ptr<Loop::Poster> Loop::poster() { return poster_; }

}  // namespace evlog::io::sim
