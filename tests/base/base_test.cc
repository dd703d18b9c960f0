#include <doctest/doctest.h>

#include "base/base.h"
#include "base/crc32c.h"
#include "base/histogram.h"
#include "base/text.h"
#include "base/uuid.h"
#include "base/varint.h"

using namespace evlog;

TEST_CASE("CRC32C gives the value every Kafka client computes") {
  CHECK(crc32c(as_bytes("123456789")) == 0xE3069283u);
  CHECK(crc32c(as_bytes("6789"), crc32c(as_bytes("12345"))) == 0xE3069283u);
  CHECK(crc32c({}) == 0);
}

TEST_CASE("varints survive the round trip, and a cut or overlong one is refused without being consumed") {
  for (int64_t v : {int64_t{0}, int64_t{-1}, int64_t{127}, int64_t{128}, INT64_MIN, INT64_MAX}) {
    uint8_t raw[varint64_size_max];
    const auto* end = put_varint(raw, zigzag(v));
    Bytes in(raw, end);
    CHECK(varint_size(zigzag(v)) == in.size());
    auto cut = in.first(in.size() - 1);
    CHECK_FALSE(take_varint<uint64_t>(cut));
    CHECK(unzigzag(*take_varint<uint64_t>(in)) == v);
    CHECK(in.empty());
  }
  const uint8_t overlong[] = {0x80, 0x80, 0x80, 0x80, 0x10};
  Bytes in(overlong);
  CHECK_FALSE(take_varint<uint32_t>(in));
  CHECK(in.size() == 5);
}

TEST_CASE("ids read and write as Kafka's") {
  CHECK(Uuid{}.text() == "AAAAAAAAAAAAAAAAAAAAAA");
  Random random(1);
  const auto u = Uuid::random(random);
  CHECK(u.text().size() == 22);
  CHECK(Uuid::parse(u.text()) == u);
  CHECK_FALSE(Uuid::parse("short"));
  CHECK(base64_decode("AQI=") == std::string("\1\2"));
  CHECK(base64(reinterpret_cast<const uint8_t*>("\1\2"), 2) == "AQI=");
}

TEST_CASE("a group hashes as in Java, surrogate pairs included") {
  CHECK(java_hash("") == 0);
  CHECK(java_hash("group") == 98629247);
  CHECK(java_hash("\xF0\x9F\x98\x80") == 1772899);
  CHECK(valid_utf8("gr\xC3\xBC\xC3\x9F"));
  CHECK_FALSE(valid_utf8("\xC0\xAF"));
  CHECK_FALSE(valid_utf8("\xED\xA0\x80"));
}

TEST_CASE("quantiles are within a sixteenth and never above the maximum") {
  Histogram h;
  for (uint64_t i = 1; i <= 100000; ++i) h.record(i);
  CHECK(h.quantile(0.5) == doctest::Approx(50000).epsilon(1.0 / 16));
  CHECK(h.quantile(0.99) == doctest::Approx(99000).epsilon(1.0 / 16));
  CHECK(h.quantile(1.0) == 100000);
  CHECK(Histogram().quantile(0.5) == 0);
}

TEST_CASE("a buffer grows and keeps its bytes; a moved-from one is empty") {
  Buffer b;
  for (int i = 0; i < 1000; ++i) b.append(as_bytes("abc"));
  CHECK(b.size() == 3000);
  CHECK(as_text(b.bytes().subspan(2997)) == "abc");
  Buffer moved = std::move(b);
  CHECK(b.empty());
  CHECK(moved.size() == 3000);
}

TEST_CASE("error codes carry Kafka's numbers") {
  CHECK(static_cast<int>(ErrorCode::UNSUPPORTED_VERSION) == 35);
  CHECK(error_name(ErrorCode::UNKNOWN_TOPIC_ID) == "UNKNOWN_TOPIC_ID");
  CHECK(error_retriable(ErrorCode::NOT_LEADER_OR_FOLLOWER));
}

TEST_CASE("did you mean") {
  CHECK(edit_distance("consum", "consume") == 1);
  CHECK(edit_distance("ordres", "orders") == 1);
  CHECK(parse_int("-12") == -12);
  CHECK_FALSE(parse_int("12x"));
}
