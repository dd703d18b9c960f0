#include <doctest/doctest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>

#include "io/uv/uv.h"
#include "suite.h"

using namespace evlog;
using namespace evlog::io;

namespace {

class UvRig final : public Rig {
 public:
  UvRig() {
    char name[] = "/tmp/evlog-io-XXXXXX";
    REQUIRE(::mkdtemp(name));
    directory_ = name;
  }
  ~UvRig() override { std::filesystem::remove_all(directory_); }
  uv::Loop& loop() override { return loop_; }
  std::string directory() override { return directory_; }
  std::string host() override { return "localhost"; }
  void run_until(const std::function<bool()>& done) override {
    Nursery nursery;
    nursery.spawn(watch(done));
    loop_.run();
    REQUIRE(done());
  }

 private:
  // The real world cannot be asked after every event: a look each millisecond, for at most ten seconds.
  task<void> watch(const std::function<bool()>& done) {
    const MonoTime give_up = loop_.mono() + seconds(10);
    while (!done() && loop_.mono() < give_up) co_await loop_.sleep(milliseconds(1));
    loop_.stop();
  }
  std::string directory_;
  uv::Loop loop_;
};

task<bool> nap(Loop& loop, Duration length) {
  co_await loop.sleep(length);
  co_return true;
}

}  // namespace

TEST_CASE("uv: what is sent arrives, whole and in order") { UvRig rig; suite_echo(rig); }
TEST_CASE("uv: a peer that does not read stops the sender, not the loop") { UvRig rig; suite_backpressure(rig); }
TEST_CASE("uv: a destroyed wait leaves nothing behind") { UvRig rig; suite_cancel(rig); }
TEST_CASE("uv: a taken port and a missing server are errors with their errno") { UvRig rig; suite_refused(rig); }
TEST_CASE("uv: timeouts and notifications do not get lost") { UvRig rig; suite_timers(rig); }
TEST_CASE("uv: one flush serves everything that came in a turn") { UvRig rig; suite_turns(rig); }
TEST_CASE("uv: what is written is read back, with the errors of the system") { UvRig rig; suite_disk(rig); }
TEST_CASE("uv: a replaced file is whole") { UvRig rig; suite_rename(rig); }
TEST_CASE("uv: what was cooled and warmed reads as it was written") { UvRig rig; suite_warm_and_cool(rig); }
TEST_CASE("uv: a file goes to a socket without passing through memory") { UvRig rig; suite_send_file(rig); }
TEST_CASE("uv: work of other threads comes home to the loop") { UvRig rig; suite_offload(rig); }

TEST_CASE("uv: an idle loop with open connections does not wake up, or every idle broker costs power") {
  UvRig rig;
  auto listener = rig.loop().network().listen({"127.0.0.1", 0});
  REQUIRE(listener);
  Nursery nursery;
  nursery.spawn([](Listener& l) -> task<void> { co_await l.acceptable(); }(**listener));
  REQUIRE(rig.loop().run(nap(rig.loop(), milliseconds(1))));
  const uint64_t before = rig.loop().wake_ups();
  REQUIRE(rig.loop().run(nap(rig.loop(), milliseconds(100))));
  CHECK(rig.loop().wake_ups() - before <= 2);  // the timer of the test itself
}

TEST_CASE("uv: a file lock keeps another process out and names the one inside") {
  UvRig rig;
  const std::string path = rig.directory() + "/.lock";
  auto held = rig.loop().disk().lock(path);
  REQUIRE(held);
  const pid_t parent = ::getpid(), child = ::fork();
  if (child == 0) {
    const auto second = rig.loop().disk().lock(path);
    ::_exit(!second && second.error().message.find(std::to_string(parent)) != std::string::npos ? 0 : 1);
  }
  int status = -1;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  held->reset();
  CHECK(rig.loop().disk().lock(path));
}

TEST_CASE("uv: a signal arrives on the loop") {
  UvRig rig;
  int arrived = 0;
  rig.loop().on_signal(SIGUSR1, [&] { ++arrived; });
  ::kill(::getpid(), SIGUSR1);
  rig.run_until([&] { return arrived == 1; });
}

TEST_CASE("uv: syncs of one file started together share one call and all come back") {
  UvRig rig;
  rig.run([](UvRig& r) -> task<void> {
    auto file = co_await r.loop().disk().open(r.directory() + "/log", OpenMode::create);
    REQUIRE(file);
    int done = 0;
    Nursery nursery;
    for (int i = 0; i < 100; ++i)
      nursery.spawn([](File& f, int& n) -> task<void> {
        const bool synced = (co_await f.sync()).has_value();
        CHECK(synced);
        ++n;
      }(**file, done));
    while (done < 100) co_await r.loop().sleep(milliseconds(1));
  }(rig));
}

TEST_CASE("uv: a poster that outlives its loop says so") {
  std::shared_ptr<Loop::Poster> poster;
  {
    uv::Loop loop;
    poster = loop.poster();
  }
  CHECK_FALSE(poster->post([] {}));
}
