#include "record/murmur2.h"
#include "record/support.h"

using namespace evlog;
using namespace evlog::record;
using namespace evlog::record::test;

TEST_CASE("every field of a real client's header is read as the client wrote it") {
  const Buffer bytes = golden("kafka-python-lz4.batch");
  const auto batch = parse_batch(bytes);
  REQUIRE(batch);
  CHECK(batch->size_bytes() == bytes.size());
  CHECK(batch->base_offset() == Offset(0));
  CHECK(batch->last_offset() == Offset(99));
  CHECK(batch->next_offset() == Offset(100));
  CHECK(batch->record_count() == 100);
  CHECK(batch->magic() == 2);
  CHECK(batch->compression() == Compression::lz4);
  CHECK(batch->timestamp_type() == TimestampType::create_time);
  CHECK(batch->base_timestamp() == 1700000000000);
  CHECK(batch->max_timestamp() == 1700000000999);
  CHECK(batch->producer_id() == ProducerId(4000000001));
  CHECK(batch->producer_epoch() == ProducerEpoch(7));
  CHECK(batch->base_sequence() == 2147483600);
  CHECK(batch->last_sequence() == 51);  // past 2^31-1 it starts again at 0
  CHECK_FALSE(batch->is_control());
  CHECK_FALSE(batch->is_transactional());
  CHECK_FALSE(batch->has_delete_horizon());
  CHECK(batch->check_crc());
}

TEST_CASE("sequences wrap as Kafka's, or a long-lived producer is refused after two thousand million records") {
  CHECK(sequence_plus(INT32_MAX, 1) == 0);
  CHECK(sequence_plus(INT32_MAX - 1, 1) == INT32_MAX);
  CHECK(sequence_plus(5, INT32_MAX) == 4);
  CHECK(sequence_minus(0, 1) == INT32_MAX);
  CHECK(sequence_minus(4, INT32_MAX) == 5);
}

TEST_CASE("a batch that is cut anywhere is incomplete, never read past its end") {
  const Buffer bytes = batch_of(3);
  for (size_t n = 0; n < bytes.size(); ++n) {
    const Buffer cut(bytes.bytes().first(n));
    CHECK(probe_batch(cut).front == Front::incomplete);
    CHECK(parse_batch(cut).error().code == ErrorCode::CORRUPT_MESSAGE);
    BatchIterator batches(cut);
    CHECK_FALSE(batches.next());
    CHECK(batches.stop() == (n ? BatchIterator::Stop::incomplete : BatchIterator::Stop::end));
    CHECK(batches.size_needed() == (n < length_end ? 0 : bytes.size()));
  }
}

TEST_CASE("lengths and formats that cannot be are told apart from bytes that are still to come") {
  for (int32_t length : {-1, 0, 13, INT32_MIN}) {
    Buffer bytes = batch_of(1);
    store_be<int32_t>(bytes.data() + at::batch_length, length);
    CHECK(probe_batch(bytes).front == Front::corrupt);
    CHECK(parse_batch(bytes).error().code == ErrorCode::CORRUPT_MESSAGE);
  }
  Buffer bytes = batch_of(1);
  store_be<int32_t>(bytes.data() + at::batch_length, 48);  // one byte less than a header
  CHECK(probe_batch(bytes).front == Front::corrupt);
  store_be<int32_t>(bytes.data() + at::batch_length, INT32_MAX);
  CHECK(probe_batch(bytes).front == Front::incomplete);
  for (int8_t magic : {int8_t{3}, int8_t{-1}}) {
    bytes = batch_of(1);
    bytes.data()[at::magic] = static_cast<uint8_t>(magic);
    CHECK(parse_batch(bytes).error().code == ErrorCode::CORRUPT_MESSAGE);
  }
  for (uint8_t magic : {0, 1}) {
    bytes = batch_of(1);
    bytes.data()[at::magic] = magic;
    CHECK(parse_batch(bytes).error().code == ErrorCode::UNSUPPORTED_FOR_MESSAGE_FORMAT);
  }
}

TEST_CASE("a walk over batches says where the whole ones end and how") {
  Buffer bytes = batch_of(2);
  const size_t first = bytes.size();
  bytes.append(batch_of(5, {.base_offset = Offset(2)}));
  const size_t whole = bytes.size();
  BatchIterator two(bytes);
  CHECK(two.next()->record_count() == 2);
  CHECK(two.position() == first);
  CHECK(two.next()->base_offset() == Offset(2));
  CHECK_FALSE(two.next());
  CHECK(two.stop() == BatchIterator::Stop::end);

  bytes.append(batch_of(1).bytes().first(20));
  BatchIterator tail(bytes);
  while (tail.next()) {}
  CHECK(tail.stop() == BatchIterator::Stop::incomplete);
  CHECK(tail.position() == whole);

  bytes.resize(whole);
  for (int i = 0; i < 100; ++i) bytes.push_back(0);  // preallocated space
  BatchIterator zeros(bytes);
  while (zeros.next()) {}
  CHECK(zeros.stop() == BatchIterator::Stop::corrupt);
  CHECK(zeros.position() == whole);
  CHECK(zeros.error().code == ErrorCode::CORRUPT_MESSAGE);
}

TEST_CASE("any flipped bit behind the checksum is found") {
  Buffer bytes = batch_of(3);
  for (size_t bit = at::crc * 8; bit < bytes.size() * 8; ++bit) {
    bytes.data()[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    CHECK_FALSE(BatchView(bytes).check_crc());
    bytes.data()[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
  }
  CHECK(BatchView(bytes).check_crc());
}

TEST_CASE("a batch gets its offset and epoch without its checksum changing, and its append time with a new one") {
  Buffer bytes = batch_of(3);
  const uint32_t crc = BatchView(bytes).crc();
  set_base_offset(bytes.mutable_bytes(), Offset(1234567890123));
  set_partition_leader_epoch(bytes.mutable_bytes(), LeaderEpoch(9));
  const BatchView batch(bytes);
  CHECK(batch.base_offset() == Offset(1234567890123));
  CHECK(batch.partition_leader_epoch() == LeaderEpoch(9));
  CHECK(batch.crc() == crc);
  CHECK(batch.check_crc());

  set_log_append_time(bytes.mutable_bytes(), 7777);
  CHECK(batch.timestamp_type() == TimestampType::log_append_time);
  CHECK(batch.max_timestamp() == 7777);
  CHECK(batch.check_crc());
  RecordIterator records(batch);
  CHECK(records.next()->timestamp == 7777);

  set_create_time(bytes.mutable_bytes(), 1002);
  CHECK(batch.crc() == crc);
  CHECK(batch.check_crc());
}

TEST_CASE("sums over a hostile header wrap instead of overflowing") {
  const Buffer bytes = with<int64_t>(with<int32_t>(batch_of(1), at::last_offset_delta, INT32_MAX), at::base_offset, INT64_MAX);
  CHECK(BatchView(bytes).last_offset().value() < 0);
  CHECK(BatchView(with<int32_t>(batch_of(1), at::last_offset_delta, INT32_MIN)).last_sequence() == sequence_none);
}

TEST_CASE("keys land on the partitions where Java's clients put them") {
  CHECK(murmur2(as_bytes("21")) == -973932308);
  CHECK(murmur2(as_bytes("foobar")) == -790332482);
  CHECK(murmur2(as_bytes("a-little-bit-long-string")) == -985981536);
  CHECK(murmur2(as_bytes("a-little-bit-longer-string")) == -1486304829);
  CHECK(murmur2(as_bytes("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8")) == -58897971);
  CHECK(murmur2(as_bytes("abc")) == 479470107);
  CHECK(partition_for_key(as_bytes("21"), 6) == (-973932308 & INT32_MAX) % 6);
}
