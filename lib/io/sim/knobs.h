// Knobs: how bad a world is. Probabilities are per operation. Each seed draws its own mixture, so that some runs are calm enough to
// get far and others break at once; a fault class is off altogether in about half of them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/random.h"
#include "base/time.h"

namespace evlog::io::sim {

struct Knobs {
  // Network
  Duration latency_min = microseconds(50), latency_max = microseconds(500);
  double latency_spike = 0;                    // a segment that takes up to latency_spike_max
  Duration latency_spike_max = milliseconds(500);
  double reset = 0;                            // per segment: both ends break, after any byte of it
  double short_transfer = 0;                   // a receive or send that moves less than it could
  double accept_failure = 0;                   // EMFILE
  size_t window_bytes = 64 << 10;              // sent and not yet read, per direction

  // Disk
  Duration sync_min = microseconds(200), sync_max = milliseconds(2);
  double sync_spike = 0;
  Duration sync_spike_max = seconds(3);
  double write_delayed = 0;                    // a write, truncate or name change that does not end inline
  Duration write_delay_max = milliseconds(5);
  double read_miss = 0;                        // a read that is not in the cache
  Duration read_miss_max = milliseconds(20);
  double write_error = 0, sync_error = 0, read_error = 0, name_error = 0;  // EIO
  double open_shortage = 0;                    // EMFILE
  // The bytes come from, or go to, another place of the same file, and nobody is told. Without a second copy that can only be noticed.
  double misdirected_read = 0, misdirected_write = 0;
  double bit_rot = 0;                          // per file and power cut: one durable bit turns
  size_t sector_bytes = 512;                   // what a power cut keeps or loses whole, mostly
  double sector_torn = 0;                      // and how often only in part
  uint64_t space_bytes = UINT64_MAX;
  // After a failed sync: true = the lost pages still read back until the power goes; false = they are gone when the process ends.
  bool failed_sync_keeps_pages = false;
  double crash_per_disk_operation = 0;         // a power cut right behind a write, sync or rename

  // Process and clocks
  Duration turn_max = microseconds(50);        // computing time of one turn
  double pause = 0;                            // per turn: the process stands still for up to pause_max
  Duration pause_max = seconds(2);
  int64_t wall_skew_ms_max = 0;
  int drift_ppm_max = 0;

  // Faults that come by themselves (chaos.h): mean distance, and weights of the kinds
  Duration fault_interval = Duration::zero();  // zero: none
  int kill = 0, power_cut = 0, partition = 0, clog = 0, disk_hang = 0, disk_errors = 0, disk_full = 0, clock_jump = 0, pause_now = 0,
      reset_node = 0;
  Duration down_max = seconds(3);              // between a crash and the restart
  Duration fault_length_max = seconds(5);
  int64_t clock_jump_ms_max = 600'000;

  static Knobs draw(Random& random);           // a seed's mixture
  Knobs calmed() const;                        // the same speeds without the faults
};

}  // namespace evlog::io::sim
