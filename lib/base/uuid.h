// Kafka's ids of topics, directories and clusters: 16 bytes, written as 22 characters of URL-safe base64 without padding.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/random.h"

namespace evlog {

struct Uuid {
  uint64_t high = 0;
  uint64_t low = 0;
  constexpr auto operator<=>(const Uuid&) const = default;
  constexpr bool is_zero() const { return high == 0 && low == 0; }

  std::string text() const;                                  // "AAAAAAAAAAAAAAAAAAAAAA" for zero
  static std::optional<Uuid> parse(std::string_view text);   // accepts padding; nothing for any other length
  static Uuid random(Random& random);                        // version 4, never one of Kafka's reserved ids, never starting with '-'
};

// Reserved directory ids (KIP-858).
inline constexpr Uuid directory_unassigned{0, 0};
inline constexpr Uuid directory_lost{0, 1};
inline constexpr Uuid directory_migrating{0, 2};

std::string base64_url(const uint8_t* data, size_t size);    // without padding
std::string base64(const uint8_t* data, size_t size);        // standard alphabet with padding
std::optional<std::string> base64_decode(std::string_view);  // either alphabet, padding optional

}  // namespace evlog

template <>
struct std::hash<evlog::Uuid> {
  size_t operator()(const evlog::Uuid& u) const noexcept { return u.high * 0x9E3779B97F4A7C15ull ^ u.low; }
};
