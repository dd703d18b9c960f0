// The one grammar of positions in a partition, for consume, offsets and dump:
//   beginning|start|earliest|oldest  end|latest|newest  stored  N  -N (before the end)  +N (after the start)
//   A:B  A:  :B  :end (B is not included)  @T  @T1:T2 with T as in time_spec.h  s@ms  e@ms (kcat's)
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"

namespace evlog::client {

struct Position {
  enum class Kind : uint8_t { beginning, end, stored, offset, before_end, after_start, time };
  Kind kind = Kind::beginning;
  int64_t value = 0;  // an offset, a number of records, or milliseconds since 1970
  bool operator==(const Position&) const = default;
};

struct OffsetSpec {
  std::optional<Position> start;  // unset: the command's default
  std::optional<Position> stop;   // not included
  bool operator==(const OffsetSpec&) const = default;
};

Result<OffsetSpec> parse_offset_spec(std::string_view text, int64_t now_ms);

}  // namespace evlog::client
