// Two clocks, two types, neither with a now(): only io::Loop tells the time (mono() for timeouts, wall() for timestamps).
#pragma once

#include <chrono>
#include <cstdint>

namespace evlog {

using Duration = std::chrono::nanoseconds;
using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct MonoClock { using rep = int64_t; using period = std::nano; using duration = Duration; static constexpr bool is_steady = true; };
struct WallClock { using rep = int64_t; using period = std::milli; using duration = milliseconds; static constexpr bool is_steady = false; };

using MonoTime = std::chrono::time_point<MonoClock, Duration>;      // since an arbitrary moment; never goes back
using WallTime = std::chrono::time_point<WallClock, milliseconds>;  // since 1970 UTC, as record timestamps; may jump

inline constexpr int64_t to_ms(WallTime t) { return t.time_since_epoch().count(); }
inline constexpr WallTime wall_from_ms(int64_t ms) { return WallTime(milliseconds(ms)); }

}  // namespace evlog
