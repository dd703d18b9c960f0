// World: the event queue, the virtual clock, the nodes and what is between them. Single-threaded; owns everything in it. Two worlds of
// one seed, given the same programs, run through the same events: compare hash().
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "io/sim/event_queue.h"
#include "io/sim/journal.h"
#include "io/sim/knobs.h"
#include "io/sim/node.h"

namespace evlog::io::sim {

class Chaos;

class World {
 public:
  World(uint64_t seed, Knobs knobs);
  explicit World(uint64_t seed);      // with the knobs this seed draws
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Boots at once. The factory makes the process anew for each life.
  Node& add_node(std::string name, Factory factory, bool may_crash = true);
  void crash(Node& node, Death death);                    // not from inside the node's own turn
  void crash_soon(Node& node, Death death, std::optional<Duration> down = std::nullopt);  // behind the running turn; restarts by itself
  void boot(Node& node);
  Node* find(const std::string& name);
  const std::vector<std::unique_ptr<Node>>& nodes() const { return nodes_; }

  // Until `done`, checked after every event; false when the deadline came first or somebody called fail().
  bool run_until(const std::function<bool()>& done, Duration at_most);
  void run_for(Duration time) { run_until([] { return false; }, time); }
  void start_chaos();                 // faults of the knobs begin to happen by themselves
  void calm();                        // no fault from here on: links healed, disks well, nodes up
  bool calmed() const { return calmed_; }

  void on_step(std::function<void(Node&)> check) { check_ = std::move(check); }  // after every turn of a node and every crash
  void fail(std::string what);        // an invariant is broken: the run ends
  const std::optional<std::string>& failure() const { return failure_; }

  Duration now() const { return now_; }
  uint64_t seed() const { return seed_; }
  uint64_t hash() const { return journal_.hash(); }
  Journal& journal() { return journal_; }
  Counters& counters() { return journal_.counters; }
  const Knobs& knobs() const { return knobs_; }
  Knobs& knobs() { return knobs_; }
  template <class... Args>
  void note(std::string_view who, fmt::format_string<Args...> text, Args&&... args) {
    journal_.note(now_, who, text, std::forward<Args>(args)...);
  }

  // For the parts of the world.
  void schedule(Duration delay, std::move_only_function<void()> action) { schedule_at(now_ + delay, std::move(action)); }
  void schedule_at(Duration at, std::move_only_function<void()> action) { queue_.push(std::max(at, now_), std::move(action)); }
  Random& random() { return random_; }
  bool chance(double probability) { return probability > 0 && random_.chance(probability); }
  Duration draw(Duration low, Duration high) { return Duration(random_.between(low.count(), high.count())); }
  Duration latency();
  // A link carries nothing in one direction until then.
  Duration blocked_until(const Node& from, const Node& to) const;
  void block(const Node& from, const Node& to, Duration until);
  void turn_done(Node& node);

 private:
  void step();
  const uint64_t seed_;
  Random random_;
  Knobs knobs_;
  EventQueue queue_;
  Duration now_{};
  Journal journal_;
  std::function<void(Node&)> check_;
  std::optional<std::string> failure_;
  bool calmed_ = false;
  std::map<std::pair<const Node*, const Node*>, Duration> blocked_;
  std::set<const Node*> dying_;       // a crash is scheduled
  std::unique_ptr<Chaos> chaos_;
  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace evlog::io::sim
