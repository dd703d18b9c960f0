#include "cluster/run.h"

#include <cstdio>

#include "cluster/broker_process.h"
#include "cluster/scene.h"

namespace evlog::cluster_test {
namespace {

constexpr Duration setup_max = seconds(60), calm_max = seconds(180);

void add_clients(Scene& scene) {
  const auto add = [&scene](const std::string& kind, int count, ClientMaker make) {
    for (int i = 1; i <= count; ++i) {
      const std::string name = kind + std::to_string(i);
      scene.world.add_node(name, [&scene, make, name](io::Loop& loop) { return make(scene, loop, name); }, /*may_crash=*/false);
    }
  };
  scene.world.add_node("admin", [&scene](io::Loop& loop) { return make_admin(scene, loop, "admin"); }, false);
  add("producer-i", scene.plan.producers_idempotent, make_idempotent_producer);
  add("producer-p", scene.plan.producers_plain, make_plain_producer);
  add("consumer", scene.plan.consumers, make_consumer);
  add("member", scene.plan.members, make_member);
  add("keeper", scene.plan.trims || scene.plan.grows ? 1 : 0, make_keeper);
  add("tuner", scene.plan.tunes ? 1 : 0, make_tuner);
  add("teller", scene.plan.tellers, make_teller);
  add("auditor", scene.plan.tellers > 0 ? 1 : 0, make_auditor);
  add("committer", scene.plan.committers, make_committer);
}

// Now and then somebody restarts the broker as one should.
void stop_sometimes(Scene& scene, BrokerProcess** process) {
  scene.world.schedule(scene.world.draw(seconds(2), seconds(15)), [&scene, process] {
    if (scene.world.calmed()) return;
    if (*process) (*process)->stop_cleanly();
    stop_sometimes(scene, process);
  });
}

// The device of one directory of several breaks: what is in the other goes on, and nothing of this one is acknowledged any more.
void fail_directory_sometimes(Scene& scene) {
  if (!scene.plan.two_directories) return;
  scene.world.schedule(scene.world.draw(seconds(1), seconds(15)), [&scene] {
    if (scene.world.calmed()) return;
    auto& node = *scene.world.find("broker");
    ++scene.failed_directories;
    node.failing_path = "/data2";
    scene.world.schedule(scene.world.draw(milliseconds(50), seconds(3)), [&node] { node.failing_path.clear(); });
    fail_directory_sometimes(scene);
  });
}

const char* stuck(const Scene& scene) { return scene.topics_ready ? "in calm not everybody finishes" : "the topic is never made"; }

}  // namespace

RunResult run_seed(uint64_t seed, io::sim::Journal::Sink trace) {
  Plan plan = Plan::draw(seed);
  Watermarks marks;
  BrokerProcess* process = nullptr;
  io::sim::World world(seed);
  History history(world, {.retained = plan.retained, .memory = plan.memory});
  Ledger ledger(world);
  Scene scene{.world = world, .history = history, .plan = plan, .ledger = &ledger};
  if (trace) world.journal().set_sink(std::move(trace));
  world.on_step([&process, &world](io::sim::Node& node) {
    if (node.name != "broker") return;
    process = static_cast<BrokerProcess*>(node.process.get());
    if (process && !world.failure()) process->check();
  });
  world.add_node("broker", [&scene, &marks](io::Loop& loop) { return std::make_unique<BrokerProcess>(scene, marks, loop); });
  add_clients(scene);

  bool good = world.run_until([&] { return scene.topics_ready; }, setup_max);
  world.start_chaos();
  stop_sometimes(scene, &process);
  fail_directory_sometimes(scene);
  world.run_for(plan.fault_time);
  world.calm();
  // Whoever runs a broker with a disk that is well again restarts it.
  if (process && process->crippled()) world.crash_soon(*world.find("broker"), io::sim::Death::kill, milliseconds(100));
  scene.winding_down = true;
  // Members go last: their group must settle while everybody is there.
  good = good && world.run_until([&] { return scene.clients_busy == plan.members; }, calm_max);
  scene.members_may_end = true;
  good = good && world.run_until([&] { return scene.clients_busy == 0; }, calm_max);
  if (good) {
    world.add_node("verifier", [&scene](io::Loop& loop) { return make_verifier(scene, loop, "verifier"); }, false);
    good = world.run_until([&] { return scene.clients_busy == 0; }, calm_max);
  }
  if (!good) world.fail(stuck(scene));
  for (const auto& [error, count] : scene.errors) world.note("world", "{} times {}", count, error);

  RunResult result;
  result.seed = seed;
  result.good = !world.failure();
  result.hash = world.hash();
  result.counters = world.counters();
  result.acknowledged = history.acknowledged_count();
  result.read = history.seen_count();
  result.commits = history.commits_done();
  result.generations = history.generations();
  result.rolls = scene.rolls;
  result.clean_stops = scene.clean_stops;
  result.trims = history.trims();
  result.retained = scene.retained;
  result.growths = scene.growths;
  result.tunings = scene.tunings;
  if (process) process->add_up();
  result.wal_commits = scene.wal_commits;
  result.failed_directories = scene.failed_directories;
  result.wal_settled = scene.wal_settled;
  result.wal_redone_bytes = scene.wal_redone_bytes;
  result.committed = ledger.committed();
  result.aborted = ledger.aborted();
  result.snapshots = scene.snapshots;
  result.snapshots_rotten = scene.snapshots_rotten;
  result.virtual_ms = world.now() / milliseconds(1);
  if (world.failure()) std::snprintf(result.failure, sizeof result.failure, "%s", world.failure()->c_str());
  return result;
}

}  // namespace evlog::cluster_test
