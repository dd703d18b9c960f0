// evlog-sim: the broker and model clients in a simulated world, one seed after the other.
//
//   evlog-sim --seeds N [--from S] [--jobs J]   runs N seeds, each in a process of its own; exit 1 when one fails, or when the runs
//                                               together tested too little; --minutes M: as many as end in that time
//             --twice-every K                   every Kth runs twice, and must run the same
//   evlog-sim --seed S [--trace]                one seed, here; --trace shows every step
//   evlog-sim --file FILE                       the seeds of a file, one number at the beginning of each line
//   evlog-sim --seeds N --quick                 asks only that no seed fails, not that together they tested enough
//   evlog-sim --expect-caught --seeds N         for a broker with a planted fault (evlog-sim-mutants): exit 0 as soon as a seed fails
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "cluster/detection.h"
#include "cluster/run.h"

namespace {

using evlog::cluster_test::run_seed;
using evlog::cluster_test::RunResult;

struct Options {
  uint64_t seeds = 100, from = 1;
  std::optional<uint64_t> only;
  int jobs = 2;
  double minutes = 0;
  uint64_t twice_every = 0;
  std::vector<uint64_t> listed;
  bool trace = false, expect_caught = false, twice = false, quick = false;
};

int64_t now_ms() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000 + now.tv_nsec / 1'000'000;
}

int usage() {
  std::fprintf(stderr, "usage: evlog-sim [--seeds N | --minutes M] [--from S] [--jobs J] [--twice | --twice-every K] [--quick] [--expect-caught] | --file FILE | --seed S [--trace]\n");
  return 2;
}

bool read_list(const char* path, std::vector<uint64_t>& into) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);)
    if (!line.empty() && line[0] >= '0' && line[0] <= '9') into.push_back(std::strtoull(line.c_str(), nullptr, 10));
  return !into.empty();
}

bool parse(int count, char** words, Options& options) {
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    const auto number = [&](auto& into) {
      if (++i >= count) return false;
      into = static_cast<std::remove_reference_t<decltype(into)>>(std::strtoull(words[i], nullptr, 10));
      return true;
    };
    if (word == "--trace") options.trace = true;
    else if (word == "--expect-caught") options.expect_caught = true;
    else if (word == "--twice") options.twice = true;
    else if (word == "--quick") options.quick = true;
    else if (word == "--file") { if (++i >= count || !read_list(words[i], options.listed)) return false; }
    else if (word == "--seeds") { if (!number(options.seeds)) return false; }
    else if (word == "--from") { if (!number(options.from)) return false; }
    else if (word == "--jobs") { if (!number(options.jobs)) return false; }
    else if (word == "--twice-every") { if (!number(options.twice_every)) return false; }
    else if (word == "--minutes") { if (++i >= count) return false; options.minutes = std::strtod(words[i], nullptr); }
    else if (word == "--seed") { uint64_t seed = 0; if (!number(seed)) return false; options.only = seed; }
    else return false;
  }
  return true;
}

std::string describe(const RunResult& r) {
  return fmt::format("seed {} {} hash {:016x} {} ms for {} s: acknowledged {} read {} commits {} generations {} rolls {} clean stops {} trims {} retained {} growths {} committed {} aborted {}; {}{}{}", r.seed,
                     r.good ? "good" : "BAD", r.hash, r.real_ms, r.virtual_ms / 1000, r.acknowledged, r.read, r.commits, r.generations, r.rolls,
                     r.clean_stops, r.trims, r.retained, r.growths, r.committed, r.aborted, r.counters.text(), r.good ? "" : "\n  FAILED: ", r.failure);
}

// A seed is two worlds: one of a broker and its clients, and a small one of a log whose disk misplaces what it reads and writes.
RunResult run_worlds(uint64_t seed, const evlog::io::sim::Journal::Sink& trace = nullptr) {
  RunResult result = run_seed(seed, trace);
  const auto detection = evlog::cluster_test::run_detection(seed, trace);
  result.counters.misdirected_reads += detection.counters.misdirected_reads;
  result.counters.misdirected_writes += detection.counters.misdirected_writes;
  result.hash = result.hash * 31 + detection.hash;
  if (result.good && !detection.failure.empty()) {
    result.good = false;
    std::snprintf(result.failure, sizeof result.failure, "%s", detection.failure.c_str());
  }
  return result;
}

RunResult timed(uint64_t seed, evlog::io::sim::Journal::Sink trace = nullptr) {
  const int64_t begun = now_ms();
  RunResult result = run_worlds(seed, trace);
  result.real_ms = now_ms() - begun;
  return result;
}

int run_one(const Options& options) {
  evlog::io::sim::Journal::Sink sink;
  if (options.trace) std::setvbuf(stdout, nullptr, _IOLBF, 0);  // an assertion must not swallow the last lines
  if (options.trace) sink = [](std::string_view line) { std::printf("%.*s\n", static_cast<int>(line.size()), line.data()); };
  const RunResult result = timed(*options.only, std::move(sink));
  std::printf("%s\n", describe(result).c_str());
  if (options.twice && timed(*options.only).hash != result.hash) {
    std::printf("seed %llu runs differently the second time\n", static_cast<unsigned long long>(*options.only));
    return 1;
  }
  return result.good ? 0 : 1;
}

// Each seed in a child: an assertion or a crash ends that run only, and is that seed's failure.
class Crowd {
 public:
  explicit Crowd(const Options& options) : options_(options) {}
  int run() {
    const int64_t begun = now_ms();
    std::vector<uint64_t> seeds = options_.listed;
    if (seeds.empty() && options_.minutes == 0)
      for (uint64_t i = 0; i < options_.seeds; ++i) seeds.push_back(options_.from + i);
    const auto more = [&](size_t next) {
      if (options_.minutes > 0) return static_cast<double>(now_ms() - begun) < options_.minutes * 60'000;
      return next < seeds.size();
    };
    for (size_t next = 0; more(next) && !enough();) {
      while (children_.size() < static_cast<size_t>(options_.jobs) && more(next)) {
        start(next < seeds.size() ? seeds[next] : options_.from + next);
        ++next;
      }
      finish_one();
    }
    while (!children_.empty()) finish_one();
    return summary(now_ms() - begun);
  }

 private:
  struct Child { uint64_t seed; int pipe; };
  bool enough() const { return options_.expect_caught && bad_ > 0; }

  void start(uint64_t seed) {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    std::fflush(stdout);
    const pid_t pid = ::fork();
    if (pid == 0) {
      ::alarm(120);  // a run that hangs in real time is a failure too
      RunResult result = timed(seed);
      const bool twice = options_.twice || (options_.twice_every > 0 && seed % options_.twice_every == 0);
      result.runs = twice && result.good ? 2 : 1;
      if (result.runs == 2 && run_worlds(seed).hash != result.hash) {
        result.good = false;
        std::snprintf(result.failure, sizeof result.failure, "it runs differently the second time");
      }
      const bool told = ::write(ends[1], &result, sizeof result) == sizeof result;
      ::_exit(told ? 0 : 1);
    }
    ::close(ends[1]);
    children_[pid] = {seed, ends[0]};
  }

  void finish_one() {
    int status = 0;
    const pid_t pid = ::wait(&status);
    const auto found = children_.find(pid);
    if (found == children_.end()) return;
    const Child child = found->second;
    children_.erase(found);
    RunResult result;
    if (::read(child.pipe, &result, sizeof result) != sizeof result) {
      result = {};
      result.seed = child.seed;
      std::snprintf(result.failure, sizeof result.failure, "died of %s", WIFSIGNALED(status) ? ::strsignal(WTERMSIG(status)) : "an exit");
    }
    ::close(child.pipe);
    add(result);
  }

  void add(const RunResult& result) {
    ++runs_;
    twice_ += result.runs == 2;
    if (!result.good) ++bad_, classify(result.failure);
    if (!result.good) std::printf("%s\n", describe(result).c_str());
    const auto* from = reinterpret_cast<const uint64_t*>(&result.counters);
    auto* to = reinterpret_cast<uint64_t*>(&total_.counters);
    for (size_t i = 0; i < sizeof total_.counters / sizeof(uint64_t); ++i) to[i] += from[i];
    total_.acknowledged += result.acknowledged, total_.read += result.read, total_.commits += result.commits;
    total_.generations += result.generations, total_.rolls += result.rolls, total_.clean_stops += result.clean_stops;
    total_.trims += result.trims, total_.retained += result.retained, total_.growths += result.growths, total_.tunings += result.tunings;
    total_.wal_commits += result.wal_commits, total_.wal_settled += result.wal_settled, total_.wal_redone_bytes += result.wal_redone_bytes;
    total_.failed_directories += result.failed_directories;
    total_.committed += result.committed, total_.aborted += result.aborted;
    total_.snapshots += result.snapshots, total_.snapshots_rotten += result.snapshots_rotten;
    total_.virtual_ms += result.virtual_ms;
  }

  // For the scoreboard, by the words of History and of the invariants.
  void classify(std::string_view failure) {
    const auto says = [&](std::string_view words) { return failure.find(words) != failure.npos; };
    if (says("is lost") || says("shorter than") || says("nothing is read back") || says("went back")) ++lost_;
    else if (says("of an idempotent producer is at")) ++duplicated_;
    else if (says("stands behind number")) ++reordered_;
  }

  int summary(int64_t real_ms) {
    const auto& c = total_.counters;
    std::printf("%llu seeds, %llu failed, %.1f s for %lld simulated s: acknowledged %llu read %llu commits %llu generations %llu rolls %llu clean stops %llu "
                "trims %llu retained %llu growths %llu committed %llu aborted %llu\n%s\n",
                static_cast<unsigned long long>(runs_), static_cast<unsigned long long>(bad_), static_cast<double>(real_ms) / 1000,
                static_cast<long long>(total_.virtual_ms / 1000), static_cast<unsigned long long>(total_.acknowledged),
                static_cast<unsigned long long>(total_.read), static_cast<unsigned long long>(total_.commits),
                static_cast<unsigned long long>(total_.generations), static_cast<unsigned long long>(total_.rolls),
                static_cast<unsigned long long>(total_.clean_stops), static_cast<unsigned long long>(total_.trims),
                static_cast<unsigned long long>(total_.retained), static_cast<unsigned long long>(total_.growths),
                static_cast<unsigned long long>(total_.committed), static_cast<unsigned long long>(total_.aborted), c.text().c_str());
    if (options_.expect_caught) return bad_ > 0 ? 0 : 1;
    if (options_.quick || !options_.listed.empty()) return bad_ > 0 ? 1 : 0;
    const bool good = enough_happened() && bad_ == 0;
    scoreboard(good);
    return good ? 0 : 1;
  }

  // A simulator that tests nothing fails: each of these happens at least so often per seed, on average.
  bool enough_happened() {
    const auto& c = total_.counters;
    constexpr double rarely = 0.01;
    const struct { const char* what; uint64_t count; double least; } needed[] = {
        {"power cuts", c.power_cuts, 0.3}, {"power cuts with un-synced bytes", c.power_cuts_with_unsynced_bytes, 0.3}, {"kills", c.kills, 0.5},
        {"torn writes", c.torn_writes, 0.1}, {"lost names", c.names_lost, 1}, {"files extended with zeros", c.zero_extensions, rarely},
        {"disk errors", c.disk_errors, 0.1}, {"failed syncs", c.sync_failures, rarely}, {"refusals of a full disk", c.disk_full, 0.3},
        {"short reads", c.short_reads, rarely}, {"short writes", c.short_writes, rarely}, {"misdirected reads", c.misdirected_reads, rarely},
        {"misdirected writes", c.misdirected_writes, rarely}, {"times without a descriptor", c.file_shortages, rarely},
        {"slow syncs", c.slow_syncs, 0.3}, {"slow reads and writes", c.slow_operations, 1}, {"hanging disks", c.disk_hangs, 0.1},
        {"resets", c.resets, 1}, {"network partitions", c.partitions, 0.1}, {"clock jumps", c.clock_jumps, rarely}, {"pauses", c.pauses, 0.1},
        {"segment rolls", total_.rolls, 1}, {"rebalances", total_.generations, 2}, {"acknowledged records", total_.acknowledged, 50},
        {"deletions of records", total_.trims, 1}, {"retained segments", total_.retained, 0.3}, {"additions of partitions", total_.growths, 0.3},
        {"changes of configuration", total_.tunings, 1}, {"commits through write-ahead files", total_.wal_commits, 50},
        {"write-ahead files settled", total_.wal_settled, 2}, {"bytes redone from write-ahead files", total_.wal_redone_bytes, 100},
        {"failed directories", total_.failed_directories, 0.05}, {"committed transactions", total_.committed, 3},
        {"aborted transactions", total_.aborted, 2}, {"metadata snapshots", total_.snapshots, 2},
        {"damaged metadata snapshots", total_.snapshots_rotten, 0.1}};
    bool enough = true;
    for (const auto& one : needed) {
      if (one.least == rarely && runs_ < 100) continue;  // in so few it may not happen
      const double least = one.least * static_cast<double>(runs_);
      if (static_cast<double>(one.count) >= least) continue;
      std::printf("too few %s: %llu in %llu runs, %.0f are asked for\n", one.what, static_cast<unsigned long long>(one.count), static_cast<unsigned long long>(runs_), least);
      enough = false;
    }
    return enough;
  }

  void scoreboard(bool good) {
    const auto& c = total_.counters;
    const uint64_t faults = c.kills + c.power_cuts + c.resets + c.partitions + c.clogs + c.disk_errors + c.disk_full + c.disk_hangs + c.clock_jumps + c.pauses +
                            c.slow_syncs + c.file_shortages + c.misdirected_reads + c.misdirected_writes + total_.snapshots_rotten;
    std::printf("sim seeds %llu (%llu twice) from %llu, %.1f simulated hours, faults %llu (power cuts %llu, kills %llu) acked %llu lost %llu dup %llu reordered %llu "
                "other %llu %s\n",
                static_cast<unsigned long long>(runs_), static_cast<unsigned long long>(twice_), static_cast<unsigned long long>(options_.from),
                static_cast<double>(total_.virtual_ms) / 3'600'000, static_cast<unsigned long long>(faults), static_cast<unsigned long long>(c.power_cuts),
                static_cast<unsigned long long>(c.kills), static_cast<unsigned long long>(total_.acknowledged), static_cast<unsigned long long>(lost_),
                static_cast<unsigned long long>(duplicated_), static_cast<unsigned long long>(reordered_),
                static_cast<unsigned long long>(bad_ - lost_ - duplicated_ - reordered_), good ? "PASS" : "FAIL");
  }

  const Options& options_;
  std::map<pid_t, Child> children_;
  uint64_t runs_ = 0, bad_ = 0, twice_ = 0;
  uint64_t lost_ = 0, duplicated_ = 0, reordered_ = 0;  // of bad_
  RunResult total_;
};

}  // namespace

int main(int count, char** words) {
  Options options;
  if (!parse(count, words, options) || options.jobs < 1) return usage();
  return options.only ? run_one(options) : Crowd(options).run();
}
