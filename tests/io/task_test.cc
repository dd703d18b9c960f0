#include <doctest/doctest.h>

#include <vector>

#include "io/task.h"
#include "io/timers.h"

using namespace evlog;
using namespace evlog::io;

namespace {

struct Flag {
  int* destroyed;
  ~Flag() { ++*destroyed; }
};

task<int64_t> add(int64_t a, int64_t b) { co_return a + b; }
task<int64_t> sum_to(int n) {
  int64_t total = 0;
  for (int i = 1; i <= n; ++i) total = co_await add(total, i);
  co_return total;
}
task<> store(int64_t& into) { into = co_await sum_to(100000); }
task<> hang(int* destroyed) {
  Flag flag{destroyed};
  co_await std::suspend_always{};
}

struct Note : Timer {
  std::vector<int>* log = nullptr;
  int id = 0;
  void expire() override { log->push_back(id); }
};

}  // namespace

TEST_CASE("a deep chain of tasks runs without growing the stack") {
  int64_t result = 0;
  Nursery nursery;
  nursery.spawn(store(result));
  CHECK(result == 5000050000);
  CHECK(nursery.empty());
}

TEST_CASE("destroying a nursery frees what its tasks held, so a dead connection leaks nothing") {
  int destroyed = 0;
  {
    Nursery nursery;
    nursery.spawn(hang(&destroyed));
    nursery.spawn(hang(&destroyed));
    CHECK(nursery.size() == 2);
  }
  CHECK(destroyed == 2);
}

TEST_CASE("timers expire in order of deadline, then of arming, and a stopped one not at all") {
  Timers timers;
  std::vector<int> log;
  Note notes[5];
  for (int i = 0; i < 5; ++i) { notes[i].log = &log; notes[i].id = i; }
  const MonoTime t0{};
  timers.arm(notes[0], t0 + seconds(3));
  timers.arm(notes[1], t0 + seconds(1));
  timers.arm(notes[2], t0 + seconds(1));
  timers.arm(notes[3], t0 + seconds(2));
  timers.arm(notes[4], t0 + seconds(9));
  notes[3].stop();
  CHECK(timers.next() == t0 + seconds(1));
  timers.run(t0 + seconds(3));
  CHECK(log == std::vector<int>{1, 2, 0});
  CHECK(timers.size() == 1);
}
