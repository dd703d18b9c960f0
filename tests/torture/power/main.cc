// The init of the guest of the power-cut rig (tests/torture/powercut): mounts the disk, starts the server, reads everything back,
// then produces and commits until the host cuts the power. All it does is told to the host in the channel:
//   status.BOOT    how far it is and since when (milliseconds of this boot): mounted, ready, read, loading, acked, stopped; or wrong, and what
//   history.BOOT   what the clients did and saw (checker.py)
// On the kernel's command line: EVLOG_BINARY, EVLOG_FS, EVLOG_CHANNEL, EVLOG_BOOT, EVLOG_SEED, EVLOG_LAST (read back and stop).
#include <thread>

#include "torture/power/clients.h"

namespace power {

namespace {

constexpr int tell_every_ns = 5'000'000;

class Boot {
 public:
  explicit Boot(Server& server)
      : boot_(std::stoull(setting("EVLOG_BOOT"))),
        status_("/media/status." + setting("EVLOG_BOOT")),
        history_("/media/history." + setting("EVLOG_BOOT"), boot_),
        server_(server) {}

  [[noreturn]] void run() {
    must(mount_disk(setting("EVLOG_FS")));
    say("mounted");
    must(server_.start());
    say("ready", std::to_string(server_.ready_ms()));
    must(make_topics());
    if (setting("EVLOG_LAST").empty()) load();
    read_back("drain");
    finish();
  }

 private:
  void say(const std::string& word, const std::string& more = {}) {
    status_.line(word + " " + std::to_string(now_ns() / 1'000'000) + " " + more);
    status_.push();
  }

  void must(const std::string& wrong) {
    if (wrong.empty()) return;
    history_.push();
    say("wrong", wrong);
    power_off();
  }

  uint64_t process(uint64_t n) const { return boot_ * 8 + n; }

  void read_back(const char* f) {
    Committer(history_, process(0), boot_).fetch();
    Reader reader(history_, process(1), f);
    must(reader.read_all());
    if (f == std::string_view("drain")) reader.tell_ends();
    history_.push();
    say("read", std::to_string(reader.count()) + " " + std::to_string(reader.partitions_with_records()));
  }

  [[noreturn]] void finish() {
    must(server_.stop());
    unmount_disk();
    say("stopped");
    power_off();
  }

  [[noreturn]] void load() {
    const uint64_t seed = std::stoull(setting("EVLOG_SEED"));
    // A new producer waits for its id: meanwhile everything is read.
    Sender all(history_, process(2), true, seed), one(history_, process(3), false, seed + 1);
    read_back("poll");
    Reader tail(history_, process(4), "poll");
    std::thread([this] {
      for (Committer committer(history_, process(5), boot_);;) committer.commit_next();
    }).detach();
    all.everywhere_once();
    say("loading");
    bool acked = false;
    for (uint64_t told = now_ns();;) {
      if (!all.is_full()) all.burst();
      if (!one.is_full()) one.burst();
      all.poll(all.is_full() ? 5 : 0);
      one.poll(0);
      if (now_ns() - told < tell_every_ns) continue;
      all.tell();
      one.tell();
      tail.read_some();
      history_.push();
      if (!acked && (acked = all.acked() > 0)) say("acked");
      told = now_ns();
    }
  }

  uint64_t boot_;
  ChannelFile status_;
  History history_;
  Server& server_;
};

}  // namespace

}  // namespace power

int main() {
  power::Server server(power::setting("EVLOG_BINARY"));
  power::mount_all();
  power::Boot(server).run();
}
