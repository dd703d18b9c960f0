#include "record/support.h"

using namespace evlog;
using namespace evlog::record;
using namespace evlog::record::test;

namespace {

constexpr int64_t now = 1'700'000'000'000;

ErrorCode verdict(Bytes records, const ProduceRules& rules = {.produce_version = 12, .partition = "t-0"}) {
  const auto verified = verify_produced(records, rules, now);
  return verified ? ErrorCode::NONE : verified.error().error.code;
}

}  // namespace

TEST_CASE("what real clients send is accepted in every codec") {
  for (Compression codec : all_codecs) {
    const Buffer batch = golden("kafka-python-" + std::string(compression_name(codec)) + ".batch");
    CHECK(verdict(batch) == ErrorCode::NONE);
    CHECK(verdict(batch, {.produce_version = 12, .check_everything = true}) == ErrorCode::NONE);
  }
}

TEST_CASE("a partition gets exactly one whole batch of format 2 per request") {
  Buffer two = batch_of(1);
  two.append(batch_of(1));
  CHECK(verdict({}) == ErrorCode::INVALID_RECORD);
  CHECK(verdict(two) == ErrorCode::INVALID_RECORD);
  CHECK(verdict(two.bytes().first(two.size() - 1)) == ErrorCode::NONE);       // the cut second one is ignored, as Kafka does
  CHECK(verdict(batch_of(1).bytes().first(60)) == ErrorCode::INVALID_RECORD);  // a cut one is none
  Buffer zeros = batch_of(1);
  zeros.append(Buffer(Bytes(std::vector<uint8_t>(20))));
  CHECK(verdict(zeros) == ErrorCode::CORRUPT_MESSAGE);
  for (uint8_t magic : {0, 1}) {
    Buffer old = batch_of(1);
    old.data()[at::magic] = magic;
    CHECK(verdict(old) == ErrorCode::INVALID_RECORD);
  }
  const Buffer zstd = batch_of(1, {.compression = Compression::zstd});
  CHECK(verdict(zstd, {.produce_version = 6}) == ErrorCode::UNSUPPORTED_COMPRESSION_TYPE);
  CHECK(verdict(zstd, {.produce_version = 7}) == ErrorCode::NONE);
}

TEST_CASE("headers that lie are refused with Kafka's errors, and the checksum is judged before the rest") {
  const Buffer good = batch_of(3);
  Buffer rotten(good.bytes());
  rotten.data()[header_size] ^= 1;
  CHECK(verdict(rotten) == ErrorCode::CORRUPT_MESSAGE);
  CHECK(verdict(with<int64_t>(good, at::base_offset, 1)) == ErrorCode::INVALID_RECORD);
  CHECK(verdict(good, {.produce_version = 12, .batch_bytes_max = good.size() - 1}) == ErrorCode::MESSAGE_TOO_LARGE);
  CHECK(verdict(rotten, {.produce_version = 12, .batch_bytes_max = good.size() - 1}) == ErrorCode::MESSAGE_TOO_LARGE);
  CHECK(verdict(with<int32_t>(good, at::record_count, 0)) == ErrorCode::INVALID_RECORD);
  CHECK(verdict(with<int32_t>(good, at::record_count, -1)) == ErrorCode::INVALID_RECORD);
  CHECK(verdict(with<int32_t>(good, at::record_count, 4)) == ErrorCode::INVALID_RECORD);
  CHECK(verdict(with<int32_t>(good, at::last_offset_delta, -1)) == ErrorCode::INVALID_RECORD);
  CHECK(verdict(with<int32_t>(good, at::last_offset_delta, INT32_MAX)) == ErrorCode::INVALID_RECORD);
  CHECK(verdict(with<int16_t>(good, at::attributes, attribute_control)) == ErrorCode::INVALID_RECORD);
  CHECK(verdict(with<int64_t>(good, at::producer_id, 5)) == ErrorCode::INVALID_RECORD);  // with no sequence
  CHECK(verdict(with<int16_t>(good, at::attributes, 5)) == ErrorCode::UNSUPPORTED_COMPRESSION_TYPE);
  CHECK(verdict(good) == ErrorCode::NONE);
}

TEST_CASE("uncompressed records are walked: counts, offsets and lengths must fit") {
  Buffer two = batch_of(2);
  CHECK(verdict(with<int32_t>(with<int32_t>(two, at::record_count, 1), at::last_offset_delta, 0)) == ErrorCode::INVALID_RECORD);
  CHECK(verdict(with<int32_t>(with<int32_t>(two, at::record_count, 3), at::last_offset_delta, 2)) == ErrorCode::INVALID_RECORD);
  BatchBuilder gap;
  gap.add_at(Offset(1), {.value = as_bytes("x")});
  CHECK(verdict(with<int32_t>(gap.build(), at::last_offset_delta, 0)) == ErrorCode::INVALID_RECORD);
}

TEST_CASE("compressed records are unpacked only where a rule needs it") {
  const uint8_t garbage[] = {1, 2, 3, 4};
  for (Compression codec : {Compression::gzip, Compression::snappy, Compression::lz4, Compression::zstd}) {
    const Buffer batch = batch_with_payload(garbage, 1, codec);
    CHECK(verdict(batch) == ErrorCode::NONE);
    CHECK(verdict(batch, {.produce_version = 12, .compacted = true}) == ErrorCode::INVALID_RECORD);
    CHECK(verdict(batch, {.produce_version = 12, .check_everything = true}) == ErrorCode::INVALID_RECORD);
  }
}

TEST_CASE("a compacted topic names each record without a key, in Kafka's words") {
  for (Compression codec : all_codecs) {
    BatchBuilder builder({.compression = codec});
    for (int i = 0; i < 6; ++i) builder.add({.timestamp = now, .key = i == 2 ? std::optional(as_bytes("k")) : std::nullopt});
    const Buffer batch = builder.build();
    const auto verified = verify_produced(batch, {.produce_version = 12, .partition = "t-0", .compacted = true}, now);
    REQUIRE_FALSE(verified);
    const Refusal& refusal = verified.error();
    CHECK(refusal.error.code == ErrorCode::INVALID_RECORD);
    CHECK(refusal.tell_client);
    REQUIRE(refusal.record_errors.size() == 5);
    CHECK(refusal.record_errors[2].batch_index == 3);
    CHECK(refusal.record_errors[2].message == "Compacted topic cannot accept message without key in topic partition t-0");
    CHECK(refusal.error.message.starts_with("One or more records have been rejected due to 5 record errors in total, and only showing the "
                                            "first three errors at most: [RecordError(batchIndex=0, message='Compacted topic"));
  }
}

TEST_CASE("timestamps outside the topic's range are refused record by record, compressed or not") {
  for (Compression codec : all_codecs) {
    BatchBuilder builder({.compression = codec});
    builder.add({.timestamp = now, .value = as_bytes("a")});
    builder.add({.timestamp = now + 3600001, .value = as_bytes("b")});
    builder.add({.timestamp = timestamp_none, .value = as_bytes("c")});
    const Buffer batch = builder.build();
    const auto verified = verify_produced(batch, {.produce_version = 12, .partition = "t-0"}, now);
    REQUIRE_FALSE(verified);
    CHECK(verified.error().error.code == ErrorCode::INVALID_TIMESTAMP);
    CHECK(verified.error().error.message == "One or more records have been rejected due to invalid timestamp");
    REQUIRE(verified.error().record_errors.size() == 1);
    CHECK(verified.error().record_errors[0].batch_index == 1);
    CHECK(verified.error().record_errors[0].message ==
          fmt::format("Timestamp {} of message with offset 1 is out of range. The timestamp should be within [{}, {}]", now + 3600001,
                      static_cast<int64_t>(static_cast<uint64_t>(now) - uint64_t{INT64_MAX}), now + 3600000));
    CHECK(verdict(batch, {.produce_version = 12, .timestamp_after_max_ms = 3600001}) == ErrorCode::NONE);
    CHECK(verdict(batch_of(1, {.compression = codec}), {.produce_version = 12, .timestamp_before_max_ms = 5}) == ErrorCode::INVALID_TIMESTAMP);
    CHECK(verdict(batch, {.produce_version = 12, .timestamp_type = TimestampType::log_append_time}) == ErrorCode::NONE);
  }
}

TEST_CASE("under a bound on old timestamps compressed records are looked at one by one, for the header tells only the newest") {
  const ProduceRules bounded{.produce_version = 12, .timestamp_before_max_ms = 1000};
  for (Compression codec : all_codecs) {
    BatchBuilder builder({.compression = codec});
    for (const int64_t age : {0, 5000, 0}) builder.add({.timestamp = now - age, .value = as_bytes("a")});
    const Buffer batch = builder.build();
    const auto verified = verify_produced(batch, bounded, now);
    REQUIRE_FALSE(verified);
    CHECK(verified.error().error.code == ErrorCode::INVALID_TIMESTAMP);
    REQUIRE(verified.error().record_errors.size() == 1);
    CHECK(verified.error().record_errors[0].batch_index == 1);
    CHECK(needs_unpacking(batch, bounded, now) == (codec != Compression::none));
    CHECK_FALSE(needs_unpacking(batch, {.produce_version = 12}, now));
  }
}

TEST_CASE("a producer that stamps append time itself is refused where the broker would") {
  for (Compression codec : all_codecs) {
    const Buffer batch = batch_of(2, {.compression = codec, .log_append_time = 500});
    const auto verified = verify_produced(batch, {.produce_version = 12, .partition = "t-0", .timestamp_type = TimestampType::log_append_time}, now);
    REQUIRE_FALSE(verified);
    CHECK(verified.error().error.code == ErrorCode::INVALID_TIMESTAMP);
    CHECK(verified.error().record_errors.size() == 2);
    CHECK(verified.error().record_errors[0].message ==
          fmt::format("Invalid timestamp type in message {}(offset=0, timestamp=500, key=5 bytes, value=7 bytes). Producer should not set "
                      "timestamp type to LogAppendTime.", codec == Compression::none ? "DefaultRecord" : "PartialDefaultRecord"));
  }
}

TEST_CASE("a header whose max timestamp lies is mended, and a verified batch gets its place and stays whole") {
  Buffer batch = with<int64_t>(batch_of(3), at::max_timestamp, 5);
  auto verified = verify_produced(batch, {.produce_version = 12}, now);
  REQUIRE(verified);
  CHECK(verified->max_timestamp == 1002);
  stamp_for_append(batch.mutable_bytes(), *verified, Offset(40), LeaderEpoch(2));
  CHECK(BatchView(batch).max_timestamp() == 1002);
  CHECK(BatchView(batch).base_offset() == Offset(40));
  CHECK(BatchView(batch).check_crc());

  Buffer stamped = batch_of(3, {.compression = Compression::lz4});
  verified = verify_produced(stamped, {.produce_version = 12, .timestamp_type = TimestampType::log_append_time}, now);
  REQUIRE(verified);
  stamp_for_append(stamped.mutable_bytes(), *verified, Offset(43), LeaderEpoch(2));
  CHECK(BatchView(stamped).timestamp_type() == TimestampType::log_append_time);
  CHECK(BatchView(stamped).max_timestamp() == now);
  CHECK(BatchView(stamped).check_crc());
}

TEST_CASE("an answer names no more records than its bound, and still says how many were wrong") {
  BatchBuilder builder;
  for (int i = 0; i < 3000; ++i) builder.add({.timestamp = now});
  const auto verified = verify_produced(builder.build(), {.produce_version = 12, .partition = "t-0", .compacted = true}, now);
  REQUIRE_FALSE(verified);
  CHECK(verified.error().record_errors.size() == record_errors_max);
  CHECK(verified.error().error.message.find("due to 3000 record errors") != std::string::npos);
}

TEST_CASE("a batch that is none is refused in the words clients know from Kafka") {
  auto told = [](size_t at, int32_t length, uint8_t magic) {
    Buffer bytes = batch_of(1);
    store_be<int32_t>(bytes.data() + at, length);
    bytes.data()[at::magic] = magic;
    const auto verified = verify_produced(bytes, {.produce_version = 12}, now);
    REQUIRE_FALSE(verified);
    CHECK(verified.error().error.code == ErrorCode::CORRUPT_MESSAGE);
    return verified.error().tell_client ? verified.error().error.message : "";
  };
  CHECK(told(at::batch_length, -1, 2) == "Record size -1 is less than the minimum record overhead (14)");
  CHECK(told(at::batch_length, 60, 3) == "Invalid magic found in record: 3");
  CHECK(told(at::batch_length, 48, 2).empty());
}
