// A strong number is an integer with a name: an Offset cannot be passed where a LeaderEpoch is meant.
// Arithmetic is with the raw type (offset + 3) and between two of a kind (offset - offset gives the raw type).
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace evlog {

template <class Tag, class Raw>
class Strong {
 public:
  using raw_type = Raw;
  constexpr Strong() = default;
  constexpr explicit Strong(Raw value) : value_(value) {}

  constexpr Raw value() const { return value_; }
  constexpr auto operator<=>(const Strong&) const = default;

  constexpr Strong& operator++() { ++value_; return *this; }
  constexpr Strong& operator+=(Raw n) { value_ = static_cast<Raw>(value_ + n); return *this; }
  friend constexpr Strong operator+(Strong a, Raw n) { return Strong(static_cast<Raw>(a.value_ + n)); }
  friend constexpr Strong operator-(Strong a, Raw n) { return Strong(static_cast<Raw>(a.value_ - n)); }
  friend constexpr Raw operator-(Strong a, Strong b) { return static_cast<Raw>(a.value_ - b.value_); }

 private:
  Raw value_{};
};

using Offset = Strong<struct OffsetTag, int64_t>;                  // position of a record in a partition; -1 = none
using LeaderEpoch = Strong<struct LeaderEpochTag, int32_t>;        // -1 = unknown
using PartitionIndex = Strong<struct PartitionIndexTag, int32_t>;  // >= 0
using ProducerId = Strong<struct ProducerIdTag, int64_t>;          // -1 = not idempotent
using ProducerEpoch = Strong<struct ProducerEpochTag, int16_t>;    // -1 = not idempotent
using BrokerId = Strong<struct BrokerIdTag, int32_t>;              // -1 = none

inline constexpr Offset offset_none{-1};
inline constexpr LeaderEpoch epoch_none{-1};

}  // namespace evlog

template <class Tag, class Raw>
struct std::hash<evlog::Strong<Tag, Raw>> {
  size_t operator()(const evlog::Strong<Tag, Raw>& v) const noexcept { return std::hash<Raw>{}(v.value()); }
};
