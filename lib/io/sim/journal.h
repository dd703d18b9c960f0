// Journal: the fingerprint of a run (every event is mixed into one hash), what happened how often, and the trace for people.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/time.h"

namespace evlog::io::sim {

// X(name)
#define EVLOG_SIM_COUNTERS(X)                                                                                             \
  X(events) X(turns) X(kills) X(power_cuts) X(restarts) X(power_cuts_with_unsynced_bytes) X(unsynced_bytes_lost) X(torn_writes) \
  X(names_lost) X(connections) X(refused) X(resets) X(silent_peers) X(short_receives) X(short_sends) X(partitions) X(clogs)     \
  X(writes) X(syncs) X(disk_errors) X(sync_failures) X(disk_full) X(disk_hangs) X(clock_jumps) X(pauses) X(rotten_bits)         \
  X(zero_extensions) X(slow_syncs) X(slow_operations) X(short_reads) X(short_writes) X(misdirected_reads) X(misdirected_writes)  \
  X(file_shortages)

struct Counters {
#define EVLOG_X(name) uint64_t name = 0;
  EVLOG_SIM_COUNTERS(EVLOG_X)
#undef EVLOG_X
  std::string text() const;  // "turns 12 kills 3 ...", those that are not zero
};

class Journal {
 public:
  using Sink = std::function<void(std::string_view line)>;
  Counters counters;

  void mix(uint64_t word) { hash_ = (hash_ ^ word) * 0x9E3779B97F4A7C15ull, hash_ ^= hash_ >> 29; }
  void mix(Bytes content);
  uint64_t hash() const { return hash_; }

  void set_sink(Sink sink) { sink_ = std::move(sink); }
  bool tracing() const { return static_cast<bool>(sink_); }
  template <class... Args>
  void note(Duration now, std::string_view who, fmt::format_string<Args...> text, Args&&... args) {
    if (sink_) sink_(fmt::format("{:>13.6f} {:<10} {}", static_cast<double>(now.count()) / 1e9, who, fmt::format(text, std::forward<Args>(args)...)));
  }

 private:
  uint64_t hash_ = 0xCBF29CE484222325ull;
  Sink sink_;
};

}  // namespace evlog::io::sim
