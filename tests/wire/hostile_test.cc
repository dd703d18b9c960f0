// Frames that lie. Memory is counted by hooks on the allocator: decoding may take at most twice the frame.
#include <doctest/doctest.h>

#include <cstdlib>
#include <new>
#include <string>

#include "base/varint.h"
#include "wire/api/create_topics.h"
#include "wire/api/fetch.h"
#include "wire/api/heartbeat.h"
#include "wire/api/metadata.h"
#include "wire/api/produce.h"
#include "wire/registry.h"
#include "wire/type.h"
#include "wire/wire.h"

namespace {

thread_local bool counting = false;
thread_local size_t allocated_bytes = 0;

void* allocate(size_t size) {
  if (counting) allocated_bytes += size;
  if (void* p = std::malloc(size)) return p;
  std::abort();
}

}  // namespace

void* operator new(size_t size) { return allocate(size); }
void* operator new[](size_t size) { return allocate(size); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, size_t) noexcept { std::free(p); }
void operator delete[](void* p, size_t) noexcept { std::free(p); }

using namespace evlog;
using namespace evlog::wire;

namespace {

template <class F>
size_t allocations_of(F&& f) {
  allocated_bytes = 0;
  counting = true;
  f();
  counting = false;
  return allocated_bytes;
}

void put_varint_to(Buffer& out, uint64_t v) {
  uint8_t raw[varint64_size_max];
  out.append({raw, static_cast<size_t>(put_varint(raw, v) - raw)});
}

}  // namespace

TEST_CASE("a million empty topics cost no memory beyond their frame") {
  constexpr uint32_t count = 1'000'000;
  Buffer frame;
  put_varint_to(frame, count + 1);
  const uint8_t topic[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, /*name ""*/ 1, /*tags*/ 0};
  for (uint32_t i = 0; i < count; ++i) frame.append(topic);
  const uint8_t rest[] = {1, 0, 0};
  frame.append(rest);
  MetadataRequest request;
  bool ok = false;
  const size_t bytes = allocations_of([&] {
    ok = decode(frame, 12, request).has_value();
    size_t seen = 0;
    for (const auto& t : *request.topics) seen += t.name->empty();
    ok = ok && seen == count;
  });
  CHECK(ok);
  CHECK(bytes <= 2 * frame.size());
}

TEST_CASE("elements of one byte, which a vector of structures would make two hundred times larger, cost nothing") {
  // CreateTopics v2: names of two bytes length 0, in an array that claims as many as there are bytes.
  Buffer frame;
  const uint32_t count = 1'000'000;
  uint8_t length[4];
  store_be(length, static_cast<int32_t>(count));
  frame.append(length);
  const size_t at = frame.size();
  frame.resize(at + count);
  std::memset(frame.data() + at, 0, count);
  CreateTopicsRequest request;
  bool ok = true;
  CHECK(allocations_of([&] { ok = decode(frame, 2, request).has_value(); }) <= 2 * frame.size());
  CHECK_FALSE(ok);
}

TEST_CASE("a length of 2^31 is told from the bytes left before anything is reserved") {
  for (const Entry& entry : all_messages()) {
    INFO(entry.info->name);
    auto message = entry.create();
    for (int16_t version = entry.info->versions.min; version <= entry.info->versions.max; ++version) {
      for (const uint8_t fill : {0x7f, 0xff, 0x80, 0xfe}) {
        uint8_t frame[64];
        std::memset(frame, fill, sizeof frame);
        const size_t bytes = allocations_of([&] {
          Decoder decoder(frame);
          entry.decode(decoder, version, message.get());
        });
        CHECK(bytes <= 2 * sizeof frame);
      }
    }
  }
}

TEST_CASE("tags out of order, twice, too long or too short are refused; unknown ones are passed over") {
  const auto heartbeat = [](std::initializer_list<uint8_t> tags) {
    Buffer frame;
    const uint8_t body[] = {2, 'g', 0, 0, 0, 1, 2, 'm', 0};
    frame.append(body);
    for (uint8_t b : tags) frame.push_back(b);
    HeartbeatRequest request;
    return decode(frame, 4, request).has_value();
  };
  CHECK(heartbeat({0}));
  CHECK(heartbeat({1, 9, 2, 'x', 'y'}));
  CHECK(heartbeat({2, 8, 0, 9, 1, 'x'}));
  CHECK_FALSE(heartbeat({2, 9, 0, 9, 0}));
  CHECK_FALSE(heartbeat({2, 9, 0, 8, 0}));
  CHECK_FALSE(heartbeat({1, 9, 3, 'x', 'y'}));
  CHECK_FALSE(heartbeat({2, 9, 0}));
  CHECK_FALSE(heartbeat({0xff, 0xff, 0xff, 0xff, 0x0f}));
  CHECK_FALSE(heartbeat({0xff, 0xff, 0xff, 0xff, 0x7f}));

  // A known tag whose content is longer or shorter than its field.
  ProduceResponse response;
  response.node_endpoints.emplace_back().node_id = 1;
  Buffer frame;
  encode(frame, 10, response);
  ProduceResponse back;
  REQUIRE(decode(frame, 10, back));
  // responses, throttle time, one tag, tag 0, its size …
  REQUIRE(frame.data()[5] == 1);
  REQUIRE(frame.data()[6] == 0);
  Buffer longer{Bytes(frame)};
  ++longer.data()[7];
  longer.push_back(0);
  CHECK_FALSE(decode(longer, 10, back));
  --frame.data()[7];
  CHECK_FALSE(decode(frame, 10, back));
}

TEST_CASE("the error names the field, so that whoever writes a client finds the fault") {
  const uint8_t frame[] = {0, 1, 'g', 0, 0, 0, 1, 0, 9, 'm'};
  HeartbeatRequest request;
  const auto r = decode(frame, 0, request);
  REQUIRE_FALSE(r);
  CHECK(r.error().code == ErrorCode::INVALID_REQUEST);
  CHECK(r.error().message.find("MemberId") != std::string::npos);
  CHECK(r.error().message.find("HeartbeatRequest") != std::string::npos);
}

TEST_CASE("null where a version has none is refused") {
  const uint8_t frame[] = {0xff, 0xff, 0, 0, 0, 1, 0, 0};
  HeartbeatRequest request;
  CHECK_FALSE(decode(frame, 0, request));
  const uint8_t compact[] = {0, 0, 0, 0, 1, 1, 0, 0};
  CHECK_FALSE(decode(compact, 4, request));
}

TEST_CASE("a request header that is cut, or of an unknown API, is an error and nothing else") {
  const uint8_t header[] = {0, 12, 0, 4, 0, 0, 0, 1, 0, 1, 'c', 0};
  for (size_t size = 0; size < sizeof header; ++size) CHECK_FALSE(decode_request_header(Bytes(header).first(size)));
  CHECK(decode_request_header(header));
  uint8_t unknown[sizeof header];
  std::memcpy(unknown, header, sizeof header);
  for (const int key : {-1, 4, 94, 127, 128, 32767}) {
    store_be(unknown, static_cast<int16_t>(key));
    CHECK_FALSE(decode_request_header(unknown));
  }
}

TEST_CASE("a text too long for the protocol is cut when sent, never a broken frame") {
  const std::string text(70'000, 'x');
  HeartbeatRequest request;
  request.group_id = text;
  for (const int16_t version : {0, 4}) {
    Buffer frame;
    encode(frame, version, request);
    HeartbeatRequest back;
    REQUIRE(decode(frame, version, back));
    CHECK(back.group_id.size() == 32767);
  }
}
