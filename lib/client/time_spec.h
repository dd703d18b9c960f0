// Times as people write them. Unix seconds (10 digits), milliseconds (13), nanoseconds (19); 2026-01-31[T10:00[:00[.000]]] with
// Z or ±hh:mm or in the local zone; -15m, 1h30m (ago); now, today, yesterday. Pure but for the zone, which comes from TZ.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"

namespace evlog::client {

// Milliseconds since 1970 UTC. INVALID_TIMESTAMP with a sentence for anything else.
Result<int64_t> parse_time(std::string_view text, int64_t now_ms);

// "1h30m", "15m", "10s", "250ms", "2d", or bare seconds: milliseconds, never negative.
Result<int64_t> parse_duration(std::string_view text);

// 2026-01-31T10:00:00.000Z
std::string iso_time(int64_t ms);

}  // namespace evlog::client
