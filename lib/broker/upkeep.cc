#include "broker/upkeep.h"

#include <algorithm>
#include <cstdlib>

namespace evlog::broker {
namespace {

constexpr auto clock_jump_max = std::chrono::minutes(5);

}  // namespace

// The wall clock decides what is old. When it moved by minutes more or less than the other clock, it was set: then nothing is
// deleted by age this time, and the log says so.
bool Upkeep::wall_clock_steady() {
  const MonoTime mono = broker_.loop.mono();
  const WallTime wall = broker_.loop.wall();
  const auto drift = (wall - wall_seen_) - std::chrono::duration_cast<milliseconds>(mono - mono_seen_);
  mono_seen_ = mono;
  wall_seen_ = wall;
  const bool steady = std::chrono::abs(drift) < clock_jump_max;
  if (!steady)
    broker_.log('W', "log", fmt::format("the wall clock jumped by {} s; nothing is deleted by age until it is steady", std::chrono::duration_cast<seconds>(drift).count()));
  return steady;
}

io::task<> Upkeep::run() {
  const auto& settings = broker_.settings;
  const auto retention_every = milliseconds(std::max<int64_t>(settings.retention_check_interval_ms, 1));
  const auto checkpoint_every = milliseconds(std::max<int64_t>(settings.checkpoint_interval_ms, 1));
  mono_seen_ = broker_.loop.mono();
  wall_seen_ = broker_.loop.wall();
  MonoTime retention_at = mono_seen_ + retention_every;
  MonoTime checkpoint_at = mono_seen_ + checkpoint_every;
  for (;;) {
    co_await broker_.loop.sleep_until(std::min(retention_at, checkpoint_at));
    if (broker_.loop.mono() >= retention_at) {
      co_await partitions_.retain(wall_clock_steady());
      retention_at = broker_.loop.mono() + retention_every;
    }
    if (broker_.loop.mono() >= checkpoint_at) {
      if (auto done = co_await partitions_.checkpoint(); !done) broker_.log('E', "log", fmt::format("checkpoint: {}", done.error().message));
      checkpoint_at = broker_.loop.mono() + checkpoint_every;
    }
  }
}

}  // namespace evlog::broker
