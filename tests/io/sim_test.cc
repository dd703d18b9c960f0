#include <doctest/doctest.h>

#include <array>
#include <cerrno>

#include "io/sim/loop.h"
#include "io/sim/sim.h"
#include "suite.h"

using namespace evlog;
using namespace evlog::io;
using sim::Death;
using sim::Knobs;
using sim::Process;
using sim::World;

namespace {

struct Nothing final : Process {};
std::unique_ptr<Process> nothing(Loop&) { return std::make_unique<Nothing>(); }

// What a test wants to run on a node, as a process of it.
class Program final : public Process {
 public:
  explicit Program(task<void> work) { nursery_.spawn(std::move(work)); }

 private:
  Nursery nursery_;
};

class SimRig final : public Rig {
 public:
  explicit SimRig(Knobs knobs = {}) : world_(7, knobs), node_(world_.add_node("alpha", nothing)) {}
  Loop& loop() override { return *node_.loop; }
  std::string directory() override { return ""; }
  std::string host() override { return "alpha"; }
  void run_until(const std::function<bool()>& done) override { REQUIRE(world_.run_until(done, seconds(60))); }
  World& world() { return world_; }

 private:
  World world_;
  sim::Node& node_;
};

Knobs slow() {
  Knobs knobs;
  knobs.short_transfer = 0.7;
  knobs.window_bytes = 3000;
  knobs.latency_spike = 0.05;
  knobs.write_delayed = 0.5;
  knobs.read_miss = 0.5;
  knobs.pause = 0.01;
  knobs.drift_ppm_max = 200;
  return knobs;
}

template <class Suite>
void in_both(Suite suite) {
  SimRig plain;
  suite(plain);
  SimRig hard(slow());
  suite(hard);
}

task<void> write_text(Loop& loop, std::string path, std::string text, bool sync_file, bool sync_name) {
  auto file = co_await loop.disk().open(path, OpenMode::create);
  REQUIRE(file);
  const std::array<Bytes, 1> pieces{as_bytes(text)};
  REQUIRE(co_await (*file)->write((*file)->size(), pieces));
  if (sync_file) REQUIRE(co_await (*file)->sync());
  if (sync_name) REQUIRE(co_await loop.disk().sync_dir("/"));
}

// What is under `path` after a power cut behind `work`; nothing when the name is gone.
template <class Work>
std::optional<std::string> survivor(uint64_t seed, const std::string& path, Work work, Knobs knobs = {}) {
  World world(seed, knobs);
  bool done = false;
  auto& node = world.add_node("alpha", [&](Loop& loop) -> std::unique_ptr<Process> {
    if (done) return std::make_unique<Nothing>();
    return std::make_unique<Program>([](Loop& l, Work w, bool& flag) -> task<void> { co_await w(l); flag = true; }(loop, work, done));
  });
  REQUIRE(world.run_until([&] { return done; }, seconds(60)));
  world.crash(node, Death::power_cut);
  world.boot(node);
  const auto inode = node.disk.find(path);
  if (!inode) return std::nullopt;
  return inode->content();
}

}  // namespace

TEST_CASE("sim: what is sent arrives, whole and in order") { in_both(suite_echo); }
TEST_CASE("sim: a peer that does not read stops the sender, not the loop") { in_both(suite_backpressure); }
TEST_CASE("sim: a destroyed wait leaves nothing behind") { in_both(suite_cancel); }
TEST_CASE("sim: a taken port and a missing server are errors with their errno") { in_both(suite_refused); }
TEST_CASE("sim: timeouts and notifications do not get lost") { in_both(suite_timers); }
TEST_CASE("sim: one flush serves everything that came in a turn") { in_both(suite_turns); }
TEST_CASE("sim: what is written is read back, with the errors of the system") { in_both(suite_disk); }
TEST_CASE("sim: a replaced file is whole") { in_both(suite_rename); }
TEST_CASE("sim: what was cooled and warmed reads as it was written") { in_both(suite_warm_and_cool); }
TEST_CASE("sim: a file goes to a socket") { in_both(suite_send_file); }
TEST_CASE("sim: work of other threads comes home to the loop") { in_both(suite_offload); }

TEST_CASE("sim: synced bytes under a synced name survive every power cut") {
  for (uint64_t seed = 1; seed <= 50; ++seed) {
    const auto left = survivor(seed, "/log", [](Loop& loop) -> task<void> {
      co_await write_text(loop, "/log", std::string(5000, 'a'), true, true);
      co_await write_text(loop, "/log", std::string(5000, 'b'), false, false);
    });
    REQUIRE(left);
    REQUIRE(left->size() >= 5000);
    CHECK(left->substr(0, 5000) == std::string(5000, 'a'));
  }
}

TEST_CASE("sim: un-synced bytes are lost in every way there is, or recovery is never tried") {
  int whole = 0, none = 0, torn = 0, holes = 0;
  for (uint64_t seed = 1; seed <= 200; ++seed) {
    const auto left = survivor(seed, "/log", [](Loop& loop) -> task<void> {
      co_await write_text(loop, "/log", "", true, true);
      for (int i = 0; i < 4; ++i) co_await write_text(loop, "/log", std::string(1000, 'x'), false, false);
    });
    REQUIRE(left);
    if (left->size() == 4000 && left->find('\0') == std::string::npos) ++whole;
    else if (left->empty()) ++none;
    else if (left->find('\0') != std::string::npos) ++holes;
    else ++torn;
  }
  CHECK(whole > 5);
  CHECK(none > 5);
  CHECK(torn > 5);
  CHECK(holes > 5);
}

TEST_CASE("sim: a name that was not synced may be lost, old or new; one that was is not") {
  int old_content = 0, new_content = 0;
  for (uint64_t seed = 1; seed <= 100; ++seed) {
    const auto left = survivor(seed, "/checkpoint", [](Loop& loop) -> task<void> {
      REQUIRE(co_await write_file_atomically(loop.disk(), "/checkpoint", "old"));
      co_await write_text(loop, "/checkpoint.tmp", "new", true, false);
      REQUIRE(co_await loop.disk().rename("/checkpoint.tmp", "/checkpoint"));
    });
    REQUIRE(left);  // never neither
    ++(*left == "old" ? old_content : new_content);
    CHECK((*left == "old" || *left == "new"));
  }
  CHECK(old_content > 10);
  CHECK(new_content > 10);
}

TEST_CASE("sim: bytes of a failed sync are not durable, and no later sync makes them so") {
  Knobs knobs;
  knobs.sync_error = 1;
  int lost = 0;
  for (uint64_t seed = 1; seed <= 30; ++seed) {
    World world(seed, knobs);
    bool done = false;
    auto& node = world.add_node("alpha", [&](Loop& loop) {
      return std::make_unique<Program>([](Loop& l, World& w, bool& flag) -> task<void> {
        if (flag) co_return;
        auto file = co_await l.disk().open("/log", OpenMode::create);
        const std::array<Bytes, 1> pieces{as_bytes("precious")};
        REQUIRE(co_await (*file)->write(0, pieces));
        const auto failed = co_await (*file)->sync();
        REQUIRE_FALSE(failed);
        CHECK(failed.error().os_error == EIO);
        w.knobs().sync_error = 0;
        REQUIRE(co_await (*file)->sync());  // "succeeds": the pages are clean
        CHECK((*file)->size() == 8);
        REQUIRE(co_await l.disk().sync_dir("/"));
        flag = true;
      }(loop, world, done));
    });
    REQUIRE(world.run_until([&] { return done; }, seconds(60)));
    world.crash(node, Death::power_cut);
    lost += node.disk.find("/log")->content().empty();
  }
  CHECK(lost > 5);
  CHECK(lost < 25);
}

TEST_CASE("sim: killing a process keeps what it wrote and resets its peers") {
  World world(3, Knobs{});
  bool broken = false, written = false;
  auto& server = world.add_node("server", [&](Loop& loop) {
    return std::make_unique<Program>([](Loop& l, bool& flag) -> task<void> {
      co_await write_text(l, "/log", "kept", false, false);
      flag = true;
      auto listener = l.network().listen({"", 9092});
      REQUIRE(listener);
      co_await (*listener)->acceptable();
      auto stream = (*listener)->try_accept();
      co_await l.sleep(seconds(1000));
    }(loop, written));
  });
  world.add_node("client", [&](Loop& loop) {
    return std::make_unique<Program>([](Loop& l, bool& flag) -> task<void> {
      co_await l.sleep(milliseconds(10));
      auto stream = co_await l.network().connect({"server", 9092});
      REQUIRE(stream);
      co_await (*stream)->readable();
      flag = true;
    }(loop, broken));
  });
  world.run_for(seconds(1));
  CHECK_FALSE(broken);
  world.crash(server, Death::kill);
  CHECK(world.run_until([&] { return broken; }, seconds(10)));
  CHECK(server.disk.find("/log")->content() == "kept");
}

TEST_CASE("sim: a partition in one direction delays and never reorders") {
  World world(11, Knobs{});
  std::string got;
  auto& a = world.add_node("a", [&](Loop& loop) {
    return std::make_unique<Program>([](Loop& l, std::string& into) -> task<void> {
      auto listener = l.network().listen({"a", 1});
      co_await (*listener)->acceptable();
      auto stream = (*listener)->try_accept();
      REQUIRE(stream);
      for (;;) {
        uint8_t byte[16];
        const auto count = (*stream)->try_recv(byte);
        if (!count || *count == 0) break;
        if (*count == would_block) co_await (*stream)->readable();
        else into.append(reinterpret_cast<char*>(byte), *count);
      }
    }(loop, got));
  });
  auto& b = world.add_node("b", [&](Loop& loop) {
    return std::make_unique<Program>([](Loop& l) -> task<void> {
      auto stream = co_await l.network().connect({"a", 1});
      REQUIRE(stream);
      for (char c = 'a'; c <= 'z'; ++c) {
        const std::array<Bytes, 1> pieces{Bytes(reinterpret_cast<const uint8_t*>(&c), 1)};
        REQUIRE((*stream)->try_send(pieces));
        co_await l.sleep(milliseconds(100));
      }
    }(loop));
  });
  world.schedule(seconds(1), [&] { world.block(b, a, world.now() + seconds(20)); });
  CHECK_FALSE(world.run_until([&] { return got.size() == 26; }, seconds(20)));
  CHECK(world.run_until([&] { return got.size() == 26; }, seconds(5)));
  CHECK(got == "abcdefghijklmnopqrstuvwxyz");
}

namespace {

// A process that never rests: appends and syncs, talks to itself, and begins anew after each crash.
task<void> busy(Loop& loop, std::string peer) {
  auto listener = loop.network().listen({"", 9});
  if (!listener) co_return;
  for (int i = 0;; ++i) {
    auto file = co_await loop.disk().open("/f" + std::to_string(i % 3), OpenMode::create);
    if (!file) continue;
    const std::string text(loop.random().below(3000), 'x');
    const std::array<Bytes, 1> pieces{as_bytes(text)};
    if (co_await (*file)->write((*file)->size(), pieces) && loop.random().chance(0.5)) (void)co_await (*file)->sync();
    auto stream = co_await loop.network().connect({peer, 9});
    if (stream) (void)(*stream)->try_send(pieces);
    auto accepted = (*listener)->try_accept();
    co_await loop.sleep(milliseconds(loop.random().between(1, 50)));
    if (i % 20 == 0) (void)co_await write_file_atomically(loop.disk(), "/checkpoint", text);
  }
}

uint64_t run_busy(uint64_t seed, sim::Counters& counters) {
  World world(seed);
  world.add_node("a", [](Loop& loop) { return std::make_unique<Program>(busy(loop, "b")); });
  world.add_node("b", [](Loop& loop) { return std::make_unique<Program>(busy(loop, "a")); });
  world.start_chaos();
  world.run_for(seconds(60));
  world.calm();
  world.run_for(seconds(10));
  for (const auto& node : world.nodes()) CHECK(node->running);
  counters = world.counters();
  return world.hash();
}

}  // namespace

TEST_CASE("sim: the same seed gives the same run, another seed another") {
  sim::Counters first, second;
  std::set<uint64_t> hashes;
  uint64_t torn = 0, cuts = 0, kills = 0, lost_names = 0;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const uint64_t hash = run_busy(seed, first);
    CHECK(run_busy(seed, second) == hash);
    CHECK(first.text() == second.text());
    hashes.insert(hash);
    torn += first.torn_writes, cuts += first.power_cuts_with_unsynced_bytes, kills += first.kills, lost_names += first.names_lost;
  }
  CHECK(hashes.size() == 12);
  CHECK(torn > 0);
  CHECK(cuts > 0);
  CHECK(kills > 0);
  CHECK(lost_names > 0);
}
