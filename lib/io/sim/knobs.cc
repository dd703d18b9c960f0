#include "io/sim/knobs.h"

#include <algorithm>
#include <cmath>

namespace evlog::io::sim {
namespace {

// Off in half of the worlds, else anything up to `most`, mostly small.
double rate(Random& random, double most) { return random.chance(0.5) ? 0 : most * std::pow(random.unit(), 2); }
int weight(Random& random, int most) { return random.chance(0.4) ? 0 : static_cast<int>(random.between(1, most)); }
Duration length(Random& random, Duration low, Duration high) { return Duration(random.between(low.count(), high.count())); }

}  // namespace

Knobs Knobs::draw(Random& random) {
  Knobs k;
  k.latency_min = length(random, microseconds(5), microseconds(200));
  k.latency_max = k.latency_min + length(random, microseconds(1), milliseconds(5));
  k.latency_spike = rate(random, 0.05);
  k.reset = rate(random, 0.01);
  k.short_transfer = random.chance(0.3) ? 0 : random.unit();
  k.accept_failure = rate(random, 0.1);
  k.window_bytes = size_t{1} << random.between(9, 18);
  k.sync_min = length(random, microseconds(50), milliseconds(1));
  k.sync_max = k.sync_min + length(random, microseconds(10), milliseconds(20));
  k.sync_spike = rate(random, 0.05);
  k.write_delayed = rate(random, 0.3);
  k.read_miss = rate(random, 0.3);
  k.write_error = rate(random, 0.0005);
  k.sync_error = rate(random, 0.001);
  k.read_error = rate(random, 0.0005);
  k.name_error = rate(random, 0.0005);
  k.sector_bytes = random.chance(0.5) ? 512 : 4096;
  k.sector_torn = rate(random, 0.5);
  k.crash_per_disk_operation = rate(random, 0.004);
  k.turn_max = length(random, microseconds(1), microseconds(300));
  k.pause = rate(random, 0.002);
  k.wall_skew_ms_max = random.chance(0.5) ? 0 : 100'000;
  k.drift_ppm_max = random.chance(0.5) ? 0 : 200;
  k.fault_interval = length(random, milliseconds(300), seconds(8));
  k.kill = weight(random, 4);
  k.power_cut = weight(random, 6);
  k.partition = weight(random, 3);
  k.clog = weight(random, 3);
  k.disk_hang = weight(random, 3);
  k.disk_errors = weight(random, 1);
  k.disk_full = weight(random, 2);
  k.clock_jump = weight(random, 2);
  k.pause_now = weight(random, 2);
  k.reset_node = weight(random, 2);
  k.down_max = length(random, milliseconds(10), seconds(5));
  k.open_shortage = rate(random, 0.0005);
  return k;
}

Knobs Knobs::calmed() const {
  Knobs k;
  k.latency_min = latency_min;
  k.latency_max = latency_max;
  k.short_transfer = short_transfer;
  k.window_bytes = std::max<size_t>(window_bytes, 4096);
  k.sync_min = sync_min;
  k.sync_max = sync_max;
  k.write_delayed = write_delayed;
  k.read_miss = read_miss;
  k.turn_max = turn_max;
  return k;
}

}  // namespace evlog::io::sim
