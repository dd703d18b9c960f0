// Known bytes: what Kafka's own clients put on the wire for these messages.
#include <doctest/doctest.h>

#include <string>

#include "wire/api/api_versions.h"
#include "wire/api/fetch.h"
#include "wire/api/heartbeat.h"
#include "wire/api/metadata.h"
#include "wire/api/produce.h"
#include "wire/wire.h"

using namespace evlog;
using namespace evlog::wire;

namespace {

std::string hex(Bytes bytes) {
  std::string out;
  for (uint8_t b : bytes) out += fmt::format("{:02x}", b);
  return out;
}

template <class X>
std::string encoded(int16_t version, const X& message) {
  Buffer out;
  encode(out, version, message);
  CHECK(out.size() == encoded_size(version, message));
  return hex(out);
}

}  // namespace

TEST_CASE("a client could not heartbeat if texts, nulls or tags were written otherwise") {
  HeartbeatRequest request;
  request.group_id = "g", request.generation_id = 7, request.member_id = "m1";
  CHECK(encoded(0, request) == "000167" "00000007" "00026d31");
  CHECK(encoded(3, request) == "000167" "00000007" "00026d31" "ffff");
  CHECK(encoded(4, request) == "0267" "00000007" "036d31" "00" "00");
  request.group_instance_id = "i";
  CHECK(encoded(4, request) == "0267" "00000007" "036d31" "0269" "00");
}

TEST_CASE("tagged fields are written in order of tag, only when they say something, and read back") {
  FetchRequest request;
  request.cluster_id = "c";
  request.replica_state.replica_id = 3;
  auto& topic = request.topics.emplace_back();
  topic.topic_id = Uuid{1, 2};
  auto& partition = topic.partitions.emplace_back();
  partition.partition = 5;
  Buffer out;
  encode(out, 17, request);
  FetchRequest back;
  REQUIRE(decode(out, 17, back));
  CHECK(back.cluster_id == "c");
  CHECK(back.replica_state.replica_id == 3);
  CHECK(back.replica_state.replica_epoch == -1);
  REQUIRE(back.topics.size() == 1);
  CHECK(back.topics.front().topic_id == Uuid{1, 2});
  for (const auto& t : back.topics) for (const auto& p : t.partitions) CHECK(p.partition == 5);
}

TEST_CASE("the answer to ApiVersions keeps header v0, or no client could read it") {
  Buffer out;
  Encoder encoder(out);
  encode_response_header(encoder, 18, 3, 9);
  CHECK(hex(out) == "00000009");
  encode_response_header(encoder, 12, 4, 9);
  CHECK(hex(out) == "00000009" "0000000900");
}

TEST_CASE("the client id of request header v2 is not compact") {
  Buffer out;
  Encoder encoder(out);
  encode_request_header(encoder, {18, 3, 1, "x"});
  CHECK(hex(out) == "0012" "0003" "00000001" "000178" "00");
  const auto frame = decode_request_header(out);
  REQUIRE(frame);
  CHECK(frame->client_id == "x");
  CHECK(frame->body.empty());
}

TEST_CASE("records in a file leave a hole behind their length, and sizes count both parts") {
  FetchResponse response;
  auto& partition = response.responses.emplace_back().partitions.emplace_back();
  partition.records = Records{.attached_size = 300, .attachment = 2};
  Buffer out;
  Encoder encoder(out);
  encode(encoder, 12, response);
  REQUIRE(encoder.holes().size() == 1);
  const Hole hole = encoder.holes()[0];
  CHECK(hole.attachment == 2);
  CHECK(hole.size == 300);
  CHECK(encoder.attached_bytes() == 300);
  CHECK(encoder.size() == encoded_size(12, response));
  // 301 as compact length right before the hole.
  CHECK(hex(Bytes(out).subspan(hole.position - 2, 2)) == "ad02");
  const uint8_t zeros[300] = {};
  Buffer whole(Bytes(out).first(hole.position));
  whole.append(zeros);
  whole.append(Bytes(out).subspan(hole.position));
  FetchResponse back;
  REQUIRE(decode(whole, 12, back));
  CHECK(back.responses.front().partitions.front().records->bytes.size() == 300);
}

TEST_CASE("null and empty stay different where a version knows both") {
  MetadataRequest all;
  all.topics.reset();
  CHECK(encoded(1, all) == "ffffffff");
  CHECK(encoded(0, all) == "00000000");
  MetadataRequest back;
  Buffer out;
  encode(out, 12, all);
  REQUIRE(decode(out, 12, back));
  CHECK(!back.topics);
  const uint8_t null_v0[] = {0xff, 0xff, 0xff, 0xff};
  CHECK(!decode(null_v0, 0, back));
}
