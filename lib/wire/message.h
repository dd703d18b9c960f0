// How a message is described. A message is a struct with `info`, its fields with their defaults, and one `visit`:
//
//   struct HeartbeatRequest {
//     static constexpr Message info{"HeartbeatRequest", 12, {0, 4}, /*flexible from*/ 4};
//     std::string_view group_id;
//     std::optional<std::string_view> group_instance_id;      // optional = nullable
//     static void visit(auto& io, auto& m) {
//       io("GroupId", m.group_id);
//       io("GroupInstanceId", m.group_instance_id, since(3));
//     }
//   };
//   EVLOG_WIRE_MESSAGE(HeartbeatRequest)                       // its functions, instantiated once, in its own .cc
//
// Rules behind a field: since/until/between = the versions that have it (all when not given), nullable_since = the versions
// in which null is allowed (all when not given), tagged = an optional field of flexible versions, never_compact = a text that
// keeps its two-byte length even there.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/error_code.h"
#include "base/uuid.h"
#include "wire/array.h"
#include "wire/codec.h"

namespace evlog::wire {

// Bytes of record batches. When sent they may lie in a file: `attachment` >= 0 names it (the sender knows which), and the
// encoder leaves a hole of `attached_size` bytes behind the length instead of copying `bytes`.
struct Records {
  Bytes bytes;
  uint32_t attached_size = 0;
  int32_t attachment = -1;
  uint32_t size() const { return attachment >= 0 ? attached_size : static_cast<uint32_t>(bytes.size()); }
};

struct Versions {
  int16_t min = 0;
  int16_t max = INT16_MAX;
  constexpr bool contains(int16_t version) const { return version >= min && version <= max; }
  constexpr bool operator==(const Versions&) const = default;
};

inline constexpr int16_t never_flexible = INT16_MAX;

struct Message {
  const char* name;
  int16_t api_key;                              // or the type of a log record; -1 = has none
  Versions versions;                            // described
  int16_t flexible_from = never_flexible;
  int16_t stable_max = versions.max;            // the highest version that may be advertised
  constexpr bool flexible(int16_t version) const { return version >= flexible_from; }
};

struct Rule {
  Versions versions{};
  Versions nullable{};
  int16_t tag = -1;
  bool never_compact = false;
};

struct NullableRule { Versions versions; };
struct TagRule { int16_t tag; Versions versions; };
struct NeverCompactRule {};

constexpr Versions since(int16_t version) { return {version, INT16_MAX}; }
constexpr Versions until(int16_t version) { return {0, version}; }
constexpr Versions between(int16_t first, int16_t last) { return {first, last}; }
constexpr NullableRule nullable_since(int16_t version) { return {since(version)}; }
constexpr TagRule tagged(int16_t tag, Versions versions) { return {tag, versions}; }
inline constexpr NeverCompactRule never_compact{};

constexpr void add(Rule& rule, Versions v) { rule.versions = v; }
constexpr void add(Rule& rule, NullableRule r) { rule.nullable = r.versions; }
constexpr void add(Rule& rule, TagRule r) { rule.tag = r.tag, rule.versions = r.versions; }
constexpr void add(Rule& rule, NeverCompactRule) { rule.never_compact = true; }
template <class... Rules>
constexpr Rule make_rule(Rules... rules) {
  Rule rule;
  (add(rule, rules), ...);
  return rule;
}

struct Type;  // a described type without its C++ type: what JSON, schema, random samples and comparison work on (wire/type.h)

template <class X>
concept Described = requires { X::info.versions; };

// Reads one message; the error stays in the decoder. Views point into the frame, which must outlive them.
// encode() appends; encode(Encoder&) also takes records that lie in files.
#define EVLOG_WIRE_MESSAGE(X)                                             \
  void decode(Decoder& decoder, int16_t version, X& out);                 \
  void encode(Encoder& encoder, int16_t version, const X& message);       \
  const Type& type_of(const X* message);

// Reads a whole frame (or the body behind a header); bytes left over are an error. Errors: INVALID_REQUEST, UNSUPPORTED_VERSION.
template <Described X>
Result<void> decode(Bytes frame, int16_t version, X& out) {
  Decoder decoder(frame);
  decode(decoder, version, out);
  return decoder.finish(X::info.name);
}

template <Described X>
void encode(Buffer& out, int16_t version, const X& message) {
  Encoder encoder(out);
  encode(encoder, version, message);
}

// What encode() will append, without attached records (those are counted by Encoder::attached_bytes).
template <Described X>
size_t encoded_size(int16_t version, const X& message) {
  Encoder counter;
  encode(counter, version, message);
  return counter.size();
}

}  // namespace evlog::wire
