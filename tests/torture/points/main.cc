// torture-points: a real server dies at, or is refused, one call on its files, for every such call of an ordinary life (scenario.h).
//
//   torture-points crash --binary EVLOG --shim SHIM [--points N] [--minutes M] [--seed S]
//     SIGKILL before or behind the n-th call (a write is torn in the middle), in life, in a clean stop and in recovery itself. Every
//     point must recover, with everything acknowledged.
//   torture-points ioerr …
//     the n-th call fails with EIO, ENOSPC, EMFILE, or writes less than asked. No crash; nothing is acknowledged behind a failed sync of
//     its directory; other directories serve on; a shortage passes; and afterwards everything acknowledged is there.
//
// The last line is the score; exit 1 when anything was wrong. A failure is repeated by --seed S --only N.
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <map>
#include <set>

#include "torture/points/scenario.h"
#include "torture/points/server.h"

using namespace evlog;
using namespace evlog::torture;
namespace fs = std::filesystem;

namespace {

struct Options {
  bool io_errors = false;
  std::string binary, shim;
  uint64_t seed = 1;
  uint64_t points = UINT64_MAX;
  double minutes = 1e9;
  std::optional<uint64_t> only;
  bool keep = false;
};

struct Score {
  uint64_t points = 0, acked = 0, failures = 0, ended = 0;
  std::map<std::string, uint64_t> calls;
};

constexpr int steps_of_a_life = 70;

double now_s() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// One life of a server in a directory of its own.
class Point {
 public:
  Point(const Options& options, std::string directory, uint64_t seed, uint64_t at)
      : options_(options), random_(seed * 1'000'003 + at), page_(directory + ".page"), scenario_(seed, model_) {
    fs::remove_all(directory);
    settings_.binary = options.binary;
    settings_.shim = options.shim;
    settings_.directory = directory;
    settings_.log_dirs = {directory + "/a", directory + "/b"};
    settings_.sets = {"log.segment.bytes=1048576", "log.retention.check.interval.ms=30", "log.cleaner.backoff.ms=10", "log.cleaner.threads=1",
                      "offsets.topic.num.partitions=2", "log.segment.delete.delay.ms=0", "group.initial.rebalance.delay.ms=0",
                      "metadata.log.max.record.bytes.between.snapshots=4000", "log.cleaner.min.cleanable.ratio=0.01"};
    fs::create_directories(directory);
    page_.clear();
  }
  ~Point() {
    server_.kill();
    std::error_code ignored;
    if (!options_.keep || wrong_.empty()) fs::remove_all(settings_.directory, ignored);
    fs::remove(page_.path(), ignored);
  }

  uint64_t count_calls();
  std::string crash(uint64_t at);
  std::string io_error(uint64_t at);
  const std::string& first_call() const { return first_call_; }
  const Model& model() const { return model_; }

 private:
  void arm(uint64_t at, int action, int error = 0) {
    page_->calls = 0;
    page_->fired = 0;
    page_->fire_at = at;
    page_->action = action;
    page_->error = error;
  }
  bool live(const SharedPage* page);
  std::string recover();
  std::string fail(std::string what) { return wrong_ = fmt::format("{}; the call was {} {}; the server's log: {}", what, page_->call, page_->path, server_.log()); }
  std::string directory_of(const Place& place) const;
  std::optional<std::string> judge_acknowledgement(const Place& place) const;
  std::string judge_end();
  std::string judge_survivor();

  const Options& options_;
  Random random_;
  SharedPage page_;
  Model model_;
  Scenario scenario_;
  ServerSettings settings_;
  ServerProcess server_;
  std::string wrong_;
  std::string first_call_ = "none";  // whose turn it was
};

// The steps until the last one or until the server is gone; then false.
bool Point::live(const SharedPage* page) {
  if (!server_.start(settings_, page)) return false;
  Client client;
  client.open(server_.port());
  for (int i = 0; i < steps_of_a_life; ++i) {
    const auto step = scenario_.step(client);
    if (step == Scenario::Step::no_answer) return false;
    if (step != Scenario::Step::restart) continue;
    client.close();
    if (!server_.stop() || !server_.start(settings_, page) || !client.open(server_.port())) return false;
  }
  client.close();
  return server_.stop();
}

uint64_t Point::count_calls() {
  arm(0, FAULT_NONE);
  if (!live(&page_)) {
    std::fprintf(stderr, "a life without a fault fails: %s\n", server_.log().c_str());
    std::exit(2);
  }
  return page_->calls;
}

// A start without the shim must succeed, and everything must be there; also after one more clean stop, now and then.
std::string Point::recover() {
  const int rounds = random_.below(6) == 0 ? 2 : 1;
  for (int round = 0; round < rounds; ++round) {
    if (!server_.start(settings_, nullptr)) return fail(fmt::format("it does not start again ({})", server_.end()));
    Client client;
    if (!client.open(server_.port())) return fail("nobody listens after the restart");
    if (auto wrong = scenario_.verify(client)) return fail(*wrong);
    if (const auto refused = scenario_.write_everywhere(client); !refused.empty()) return fail(fmt::format("{} takes no records after the restart", refused.begin()->first.text()));
    if (auto wrong = scenario_.verify(client)) return fail("after more records: " + *wrong);
    client.close();
    if (!server_.stop()) return fail("it does not stop cleanly after the restart");
  }
  return {};
}

std::string Point::crash(uint64_t at) {
  arm(at, random_.below(2) == 0 ? FAULT_KILL_BEFORE : FAULT_KILL_BEHIND);
  const bool lived = live(&page_);
  if (!scenario_.violation().empty()) return fail(scenario_.violation());
  if (!lived && !page_->fired) return fail("it failed before its time");
  server_.kill();
  if (page_->fired) first_call_ = page_->call;
  // Recovery is killed, too.
  for (int again = 0; random_.below(3) == 0 && again < 3; ++again) {
    arm(1 + random_.below(25), random_.below(2) == 0 ? FAULT_KILL_BEFORE : FAULT_KILL_BEHIND);
    if (!server_.start(settings_, &page_) && !page_->fired) return fail("it does not start again");
    server_.kill();
  }
  return recover();
}

std::string Point::directory_of(const Place& place) const {
  for (const auto& directory : settings_.log_dirs)
    if (fs::exists(directory + "/" + place.text())) return directory;
  return {};
}

bool is_sync(const FaultPage& page) { return !std::strcmp(page.call, "fdatasync") || !std::strcmp(page.call, "fsync") || !std::strcmp(page.call, "syncfs"); }

// Behind a failed sync nothing of that directory is acknowledged. The call may have failed while this request was under way, in a sync of
// other files: those count only from the next request on.
std::optional<std::string> Point::judge_acknowledgement(const Place& place) const {
  if (!page_->fired || page_->error != EIO || !is_sync(*page_.operator->())) return std::nullopt;
  const std::string directory = directory_of(place);
  if (directory.empty() || !std::string_view(page_->path).starts_with(directory + "/")) return std::nullopt;
  return fmt::format("acknowledged in {} behind a failed sync", place.text());
}

std::string Point::judge_end() {
  if (server_.running()) return {};
  const int end = server_.end();
  if (end < 0) return fail(fmt::format("it died of signal {}", -end));
  if (end == 0) return {};
  if (page_->error != EIO && page_->fired && end != 1 && end != 78) return fail(fmt::format("it ended with {}", end));
  if (server_.log().empty()) return fail("it ended without a word");
  return {};
}

// The server lives: of a shortage nothing is left, of a failed device only its own directory is lost.
std::string Point::judge_survivor() {
  Client client;
  if (!client.open(server_.port())) return server_.running() ? fail("it lives and does not listen") : std::string();
  for (int attempt = 0; attempt < 3; ++attempt) {
    const auto refused = scenario_.write_everywhere(client);
    bool all_lost_here = true;
    for (const auto& [place, code] : refused) {
      if (code == ErrorCode::NETWORK_EXCEPTION) return {};  // it is going down: judged by its end
      all_lost_here &= page_->error == EIO && std::string_view(page_->path).starts_with(directory_of(place));
    }
    if (refused.empty() || all_lost_here) return {};
    ::usleep(100'000);
    if (attempt == 2) return fail(fmt::format("{} takes no records though its directory is well", refused.begin()->first.text()));
  }
  return {};
}

std::string Point::io_error(uint64_t at) {
  static constexpr int errors[] = {EIO, EIO, ENOSPC, EMFILE, 0};
  arm(at, FAULT_ERROR, errors[random_.below(std::size(errors))]);
  page_->reads = page_->error == EIO && random_.below(2) == 0;  // a read knows no other error
  bool seen_fired = false;
  scenario_.on_acknowledged([&](const Place& place) { return seen_fired ? judge_acknowledgement(place) : std::nullopt; });
  Client client;
  bool up = server_.start(settings_, &page_) && client.open(server_.port());
  for (int i = 0; up && i < steps_of_a_life; ++i) {
    seen_fired = page_->fired;
    const auto step = scenario_.step(client);
    if (!scenario_.violation().empty()) return fail(scenario_.violation());
    if (step == Scenario::Step::no_answer && client.timed_out()) return fail("a request is never answered");
    if (step == Scenario::Step::no_answer) up = client.open(server_.port());
    if (step != Scenario::Step::restart) continue;
    client.close();
    server_.stop();
    if (server_.end() < 0) return fail(fmt::format("it died of signal {} in a stop", -server_.end()));
    up = server_.start(settings_, &page_) && client.open(server_.port());
  }
  if (!scenario_.violation().empty()) return fail(scenario_.violation());
  client.close();
  if (up) {
    if (auto wrong = judge_survivor(); !wrong.empty()) return wrong;
  }
  if (!scenario_.violation().empty()) return fail(scenario_.violation());
  if (auto wrong = judge_end(); !wrong.empty()) return wrong;
  if (random_.below(2) == 0) server_.kill();
  else server_.stop();
  if (server_.end() < 0 && server_.end() != -SIGKILL) return fail(fmt::format("it died of signal {}", -server_.end()));
  scenario_.on_acknowledged({});
  if (page_->fired) first_call_ = page_->call;
  return recover();
}

std::string work_directory() {
  // In memory where there is room: a crash of the process loses nothing that was written, on any file system.
  std::string path = (fs::exists("/dev/shm") ? "/dev/shm" : fs::temp_directory_path().string()) + "/evlog-points-XXXXXX";
  if (!::mkdtemp(path.data())) std::perror(path.c_str()), std::exit(2);
  return path;
}

int usage() {
  std::fprintf(stderr, "usage: torture-points crash|ioerr --binary EVLOG --shim SHIM [--points N] [--minutes M] [--seed S] [--only N] [--keep]\n");
  return 2;
}

bool parse(int argc, char** argv, Options& o) {
  if (argc < 2 || (std::strcmp(argv[1], "crash") && std::strcmp(argv[1], "ioerr"))) return false;
  o.io_errors = !std::strcmp(argv[1], "ioerr");
  for (int i = 2; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--keep") { o.keep = true; continue; }
    if (i + 1 >= argc) return false;
    const char* value = argv[++i];
    if (word == "--binary") o.binary = fs::absolute(value);
    else if (word == "--shim") o.shim = fs::absolute(value);
    else if (word == "--seed") o.seed = std::strtoull(value, nullptr, 10);
    else if (word == "--points") o.points = std::strtoull(value, nullptr, 10);
    else if (word == "--minutes") o.minutes = std::strtod(value, nullptr);
    else if (word == "--only") o.only = std::strtoull(value, nullptr, 10);
    else return false;
  }
  return !o.binary.empty() && !o.shim.empty();
}

class Rig {
 public:
  explicit Rig(Options options) : options_(std::move(options)), directory_(work_directory()), begun_s_(now_s()) {}
  ~Rig() {
    std::error_code ignored;
    if (!options_.keep || score_.failures == 0) fs::remove_all(directory_, ignored);
  }

  int run() {
    for (uint64_t seed = options_.seed; !over(); ++seed) {
      const uint64_t calls = Point(options_, directory_ + "/count", seed, 0).count_calls();
      // All points of a life when there is time for all; else such that they lie everywhere.
      Random order(seed);
      const uint64_t step = options_.points == UINT64_MAX ? 1 : std::max<uint64_t>(1, calls / options_.points);
      for (uint64_t at = options_.only.value_or(1 + order.below(step)); at <= calls + 5 && !over(); at += step) {
        point(seed, at);
        if (options_.only) return finish();
      }
    }
    return finish();
  }

 private:
  bool over() const { return score_.points >= options_.points || now_s() - begun_s_ > options_.minutes * 60 || score_.failures >= 5; }

  void point(uint64_t seed, uint64_t at) {
    Point point(options_, directory_ + "/life", seed, at);
    const std::string wrong = options_.io_errors ? point.io_error(at) : point.crash(at);
    ++score_.points;
    score_.acked += point.model().acked;
    ++score_.calls[point.first_call()];
    if (wrong.empty()) return;
    ++score_.failures;
    std::printf("seed %llu point %llu: %s\n", static_cast<unsigned long long>(seed), static_cast<unsigned long long>(at), wrong.c_str());
    std::fflush(stdout);
  }

  int finish() {
    std::string calls;
    for (const auto& [call, count] : score_.calls) calls += fmt::format("{}{} {}", calls.empty() ? "" : ", ", call, count);
    fmt::print("{} seed {} points {} ({}) acked {} wrong {} in {:.0f} s {}\n", options_.io_errors ? "ioerr" : "crashpoints", options_.seed, score_.points, calls, score_.acked,
               score_.failures, now_s() - begun_s_, score_.failures ? "FAIL" : "PASS");
    return score_.failures ? 1 : 0;
  }

  Options options_;
  std::string directory_;
  double begun_s_;
  Score score_;
};

}  // namespace

int main(int argc, char** argv) {
  Options options;
  if (!parse(argc, argv, options)) return usage();
  ::signal(SIGPIPE, SIG_IGN);
  return Rig(std::move(options)).run();
}
