// One run: a world of one seed with a broker and its clients; faults, then calm in which everybody must finish, then everything is read
// once more.
#pragma once

#include <cstdint>
#include <string>

#include "io/sim/journal.h"

namespace evlog::cluster_test {

// Plain data: it comes home from a child process through a pipe.
struct RunResult {
  uint64_t seed = 0;
  bool good = false;
  int runs = 1;
  uint64_t hash = 0;
  io::sim::Counters counters;
  uint64_t acknowledged = 0, read = 0, commits = 0, generations = 0, rolls = 0, clean_stops = 0, trims = 0, retained = 0, growths = 0, tunings = 0;
  uint64_t wal_commits = 0, wal_settled = 0, wal_redone_bytes = 0, failed_directories = 0, committed = 0, aborted = 0;
  uint64_t snapshots = 0, snapshots_rotten = 0;
  int64_t virtual_ms = 0, real_ms = 0;
  char failure[600] = "";
};

RunResult run_seed(uint64_t seed, io::sim::Journal::Sink trace = nullptr);

}  // namespace evlog::cluster_test
