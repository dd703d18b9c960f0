// Variable-length integers: base 128, low group first; signed ones are zig-zag coded. As in protobuf, records and tagged fields.
#pragma once

#include <cstdint>
#include <optional>

#include "base/bytes.h"

namespace evlog {

inline constexpr size_t varint32_size_max = 5;
inline constexpr size_t varint64_size_max = 10;

inline constexpr uint32_t zigzag(int32_t v) { return (static_cast<uint32_t>(v) << 1) ^ static_cast<uint32_t>(v >> 31); }
inline constexpr uint64_t zigzag(int64_t v) { return (static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63); }
inline constexpr int32_t unzigzag(uint32_t v) { return static_cast<int32_t>(v >> 1) ^ -static_cast<int32_t>(v & 1); }
inline constexpr int64_t unzigzag(uint64_t v) { return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1); }

inline constexpr size_t varint_size(uint64_t v) {
  size_t n = 1;
  while (v >= 0x80) { v >>= 7; ++n; }
  return n;
}

inline uint8_t* put_varint(uint8_t* to, uint64_t v) {  // room for varint64_size_max; returns the end
  while (v >= 0x80) { *to++ = static_cast<uint8_t>(v | 0x80); v >>= 7; }
  *to++ = static_cast<uint8_t>(v);
  return to;
}

// Takes one varint off the front of `from`; nothing (and `from` unchanged) when it is cut short or longer than U allows.
template <class U>
std::optional<U> take_varint(Bytes& from) {
  constexpr size_t size_max = (sizeof(U) * 8 + 6) / 7;
  U value = 0;
  for (size_t i = 0; i < size_max && i < from.size(); ++i) {
    value |= static_cast<U>(from[i] & 0x7f) << (7 * i);
    if (!(from[i] & 0x80)) {
      // The last group of a 32- or 64-bit number has only 4 or 1 bits to give.
      if (i == size_max - 1 && (from[i] >> (sizeof(U) * 8 - 7 * i)) != 0) return std::nullopt;
      from = from.subspan(i + 1);
      return value;
    }
  }
  return std::nullopt;
}

}  // namespace evlog
