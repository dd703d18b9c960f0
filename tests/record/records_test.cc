#include "base/varint.h"
#include "record/support.h"

using namespace evlog;
using namespace evlog::record;
using namespace evlog::record::test;

namespace {

std::string text_of(const std::optional<Bytes>& bytes) { return bytes ? std::string(as_text(*bytes)) : "null"; }

}  // namespace

TEST_CASE("records of kafka-python are read whole: keys, nulls, headers and times, in every codec") {
  for (Compression codec : all_codecs) {
    CAPTURE(compression_name(codec));
    const Buffer bytes = golden("kafka-python-" + std::string(compression_name(codec)) + ".batch");
    RecordIterator records(*parse_batch(bytes));
    for (int i = 0; i < 100; ++i) {
      const auto record = records.next();
      REQUIRE(record);
      std::string value = "value " + std::to_string(i) + " ";
      for (int n = 0; n < i % 20; ++n) value += "evlog ";
      CHECK(text_of(record->key) == (i % 7 == 3 ? "null" : "key-" + std::to_string(i)));
      CHECK(text_of(record->value) == (i % 11 == 5 ? "null" : value));
      CHECK(record->offset == Offset(i));
      CHECK(record->timestamp == 1700000000000 + (i * 37) % 1000);
      CHECK(record->sequence == sequence_plus(2147483600, i));
      REQUIRE(record->headers.size() == (i % 3 == 0 ? 3 : 0));
      const std::vector<Header> headers(record->headers.begin(), record->headers.end());
      if (headers.empty()) continue;
      CHECK(headers[0].key == "trace");
      CHECK(text_of(headers[0].value) == std::to_string(i));
      CHECK(headers[1].value->empty());
      CHECK_FALSE(headers[2].value);
    }
    CHECK_FALSE(records.next());
    CHECK(records.status());
  }
}

TEST_CASE("segments that Kafka wrote for its own Java producer are read whole in every codec") {
  for (Compression codec : all_codecs) {
    CAPTURE(compression_name(codec));
    const Buffer segment = golden("java-" + std::string(compression_name(codec)) + ".log");
    BatchIterator batches(segment);
    int i = 0;
    while (auto batch = batches.next()) {
      CHECK(batch->check_crc());
      CHECK(batch->compression() == codec);
      RecordIterator records(*batch);
      for (; auto record = records.next(); ++i) {
        CHECK(text_of(record->key) == "key-" + std::to_string(i));
        CHECK(text_of(record->value) == "value of java record " + std::to_string(i));
        CHECK(record->offset == Offset(i));
        CHECK(text_of(record->headers.begin()->value) == "a");
      }
      CHECK(records.status());
    }
    CHECK(batches.stop() == BatchIterator::Stop::end);
    CHECK(i == 100);
  }
}

TEST_CASE("what the builder builds is byte for byte what kafka-python builds") {
  const Buffer theirs = golden("kafka-python-none.batch");
  RecordIterator records(*parse_batch(theirs));
  BatchBuilder builder({.producer_id = ProducerId(4000000001), .producer_epoch = ProducerEpoch(7), .base_sequence = 2147483600});
  while (auto record = records.next()) {
    const std::vector<Header> headers(record->headers.begin(), record->headers.end());
    builder.add({.timestamp = record->timestamp, .key = record->key, .value = record->value, .headers = headers});
  }
  Buffer ours = builder.build();
  set_partition_leader_epoch(ours.mutable_bytes(), BatchView(theirs).partition_leader_epoch());  // they write 0 or -1
  CHECK(as_text(ours) == as_text(theirs));
}

TEST_CASE("records survive the builder and the reader in every codec, with gaps, flags and large values") {
  for (Compression codec : all_codecs) {
    CAPTURE(compression_name(codec));
    const std::string large(300000, 'x');
    BatchBuilder builder({.compression = codec, .base_offset = Offset(1000), .leader_epoch = LeaderEpoch(4), .producer_id = ProducerId(8),
                          .producer_epoch = ProducerEpoch(1), .base_sequence = 3, .transactional = true});
    builder.add_at(Offset(1000), {.timestamp = 50, .key = as_bytes(""), .value = as_bytes(large)});
    builder.add_at(Offset(1007), {.timestamp = 40, .value = as_bytes("b")});
    CHECK(builder.size_with({.value = as_bytes("ccc")}) > builder.size_bytes());
    const Buffer bytes = builder.build();
    CHECK(builder.empty());
    const BatchView batch = *parse_batch(bytes);
    CHECK(batch.check_crc());
    CHECK(batch.last_offset() == Offset(1007));
    CHECK(batch.is_transactional());
    CHECK(batch.base_timestamp() == 50);
    CHECK(batch.max_timestamp() == 50);
    CHECK((codec == Compression::none || batch.size_bytes() < 30000));
    RecordIterator records(batch);
    auto record = records.next();
    CHECK(text_of(record->key) == "");
    CHECK(text_of(record->value) == large);
    record = records.next();
    CHECK(record->offset == Offset(1007));
    CHECK(record->sequence == 10);
    CHECK(record->timestamp == 40);
    CHECK_FALSE(record->key);
    CHECK_FALSE(records.next());
    CHECK(records.status());
  }
}

TEST_CASE("markers that end transactions are told from other control records") {
  BatchBuilder builder({.producer_id = ProducerId(1), .producer_epoch = ProducerEpoch(0), .transactional = true, .control = true});
  const uint8_t value[6] = {0, 0, 0, 0, 0, 12};
  builder.add({.timestamp = 1, .key = control_key(ControlType::commit), .value = Bytes(value)});
  builder.add({.timestamp = 1, .key = control_key(ControlType::leader_change), .value = Bytes(value)});
  builder.add({.timestamp = 1, .key = as_bytes("abc"), .value = Bytes(value)});
  const Buffer bytes = builder.build();
  CHECK(BatchView(bytes).is_control());
  RecordIterator records{BatchView(bytes)};
  const auto marker = read_end_transaction(*records.next());
  REQUIRE(marker);
  CHECK(marker->commit);
  CHECK(marker->coordinator_epoch == 12);
  auto record = records.next();
  CHECK(read_control_key(*record)->type == 2);
  CHECK_FALSE(read_end_transaction(*record));
  CHECK_FALSE(read_control_key(*records.next()));
}

TEST_CASE("more or fewer records than the header counts are a fault, not a short answer") {
  for (Compression codec : all_codecs) {
    const Buffer batch = batch_of(3, {.compression = codec});
    for (int32_t count : {-1, 1, 2, 4, 1000, INT32_MAX})
      CHECK(read_all(BatchView(with<int32_t>(batch, at::record_count, count))).error().code == ErrorCode::INVALID_RECORD);
    CHECK(*read_all(BatchView(batch)) == 3);
  }
  for (int16_t codec : {5, 6, 7})
    CHECK(read_all(BatchView(with<int16_t>(batch_of(1), at::attributes, codec))).error().code == ErrorCode::UNSUPPORTED_COMPRESSION_TYPE);
}

TEST_CASE("a payload that is cut at any byte is a fault in every codec") {
  for (Compression codec : all_codecs) {
    CAPTURE(compression_name(codec));
    const Buffer batch = batch_of(4, {.compression = codec});
    for (size_t n = header_size; n < batch.size(); ++n) {
      const Buffer cut(batch.bytes().first(n));
      CHECK_FALSE(read_all(BatchView(cut)));  // also in the trailers of gzip and lz4, which hold no records
    }
  }
}

TEST_CASE("any flipped bit of a payload gives records or a fault, in every codec") {
  for (Compression codec : all_codecs) {
    Buffer batch = batch_of(4, {.compression = codec});
    for (size_t bit = at::attributes * 8; bit < batch.size() * 8; ++bit) {
      batch.data()[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      const auto read = read_all(BatchView(batch), 1_MiB);
      if (read) CHECK(*read >= 0);
      batch.data()[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    }
  }
}

TEST_CASE("lengths inside a record that lie are faults") {
  auto refused = [](std::initializer_list<uint8_t> payload) {
    const Buffer batch = batch_with_payload(Bytes(payload.begin(), payload.size()), 1);
    const auto read = read_all(BatchView(batch));
    return !read && read.error().code == ErrorCode::INVALID_RECORD;
  };
  // length, attributes, timestamp, offset, key, value, headers; lengths are zig-zag: 2 is 1, 1 is -1
  CHECK_FALSE(refused({12, 0, 0, 0, 1, 1, 0}));
  CHECK(refused({}));                                     // no record at all
  CHECK(refused({0}));                                    // a record of no bytes
  CHECK(refused({1}));                                    // length -1
  CHECK(refused({0x80, 0x80, 0x80, 0x80, 0x80, 0}));      // a length of six bytes
  CHECK(refused({0xff, 0xff, 0xff, 0xff, 0x1f, 0}));      // more bits than 32
  CHECK(refused({14, 0, 0, 0, 1, 1, 0}));                 // one byte too long for the batch
  CHECK(refused({10, 0, 0, 0, 1, 1, 0}));                 // one byte too short for the record
  CHECK(refused({14, 0, 0, 0, 1, 1, 0, 0}));              // a byte behind the headers
  CHECK(refused({12, 0, 0, 0, 60, 1, 0}));                // key longer than the record
  CHECK(refused({12, 0, 0, 0, 1, 60, 0}));                // value longer than the record
  CHECK(refused({12, 0, 0, 0, 1, 1, 1}));                 // -1 headers
  CHECK(refused({12, 0, 0, 0, 1, 1, 2}));                 // a header that is not there
  CHECK(refused({20, 0, 0, 0, 1, 1, 0xfe, 0xff, 0xff, 0xff, 0xf}));  // two thousand million headers
  CHECK(refused({16, 0, 0, 0, 1, 1, 2, 1, 1}));           // a header without a key
  CHECK(refused({16, 0, 0, 0, 1, 1, 2, 40, 1}));          // header key longer than the record
  CHECK(refused({16, 0, 0, 0, 1, 1, 2, 0, 40}));          // header value longer than the record
  CHECK_FALSE(refused({16, 0, 0, 0, 1, 1, 2, 0, 1}));     // empty header key, null value: Kafka takes it
}

TEST_CASE("a batch changes its codec and nothing else, and one that cannot be unpacked is refused") {
  for (Compression from : all_codecs) {
    for (Compression to : all_codecs) {
      const Buffer batch = golden("kafka-python-" + std::string(compression_name(from)) + ".batch");
      const auto again = recompress(*parse_batch(batch), to, level_usual, 1_MiB);
      REQUIRE(again);
      const auto view = parse_batch(*again);
      REQUIRE(view);
      CHECK(view->check_crc());
      CHECK(view->compression() == to);
      CHECK(view->base_sequence() == 2147483600);
      CHECK(*read_all(*view) == 100);
    }
    if (from != Compression::none) CHECK_FALSE(recompress(BatchView(batch_with_payload(as_bytes("none"), 1, from)), Compression::none, level_usual, 1_MiB));
  }
}
