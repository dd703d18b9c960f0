#include "base/random.h"
#include "log/epoch_cache.h"
#include "log/file_names.h"
#include "log/meta_properties.h"
#include "log/offset_checkpoint.h"
#include "log/producer_snapshot.h"
#include "rig.h"

using namespace evlog;
using namespace evlog::log;
using namespace evlog::log::test;

TEST_CASE("only Kafka's exact file names are segments, so that nothing foreign is read as one") {
  CHECK(segment_file_name(Offset(17), suffix_log) == "00000000000000000017.log");
  CHECK(parse_segment_file_name("00000000000000000017.log", suffix_log) == Offset(17));
  CHECK(parse_segment_file_name("09223372036854775807.index", suffix_index) == Offset(INT64_MAX));
  for (const char* name : {"17.log", "00000000000000000017.log.deleted", "0000000000000000001x.log", "99999999999999999999.log", "-0000000000000000017.log", ""}) {
    CHECK(!parse_segment_file_name(name, suffix_log));
  }
  CHECK(parse_partition_directory("a-b-12")->topic == "a-b");
  for (const char* name : {"orders", "-1", "orders-", "orders-x", "orders-01", "orders-0.abc-delete", "a/b-1", "orders-99999999999", "..-1x"}) {
    CHECK(!parse_partition_directory(name));
  }
}

TEST_CASE("a checkpoint that is cut short, from a newer version or with numbers out of range is refused, not half believed") {
  CHECK(parse_offset_checkpoint("0\n1\norders 3 17\n")->at({"orders", PartitionIndex(3)}) == Offset(17));
  CHECK(parse_offset_checkpoint("0\n0\n")->empty());
  for (const char* text : {"", "1\n0\n", "0\n", "0\n2\norders 3 17\n", "0\n1\norders 3\n", "0\n1\norders -3 17\n", "0\n1\norders 3 -17\n",
                           "0\n1\norders 3 17 9\n", "0\n-1\n", "0\n99999999999999999999\n", "0\nx\n"}) {
    CHECK(!parse_offset_checkpoint(text));
  }
  CHECK(EpochCache::parse("0\n2\n1 0\n4 5\n")->latest() == LeaderEpoch(4));
  for (const char* text : {"0\n2\n4 5\n1 7\n", "0\n2\n1 5\n4 0\n", "0\n1\n-1 5\n", "0\n1\n3000000000 5\n"}) CHECK(!EpochCache::parse(text));
  CHECK(!parse_partition_metadata("version: 1\ntopic_id: XNIBsGEeSmmCnopBoPh18w"));
  CHECK(!parse_partition_metadata("version: 0\ntopic_id: short"));
  const auto meta = parse_meta_properties("#x\nversion=1\ncluster.id=abc\nnode.id=3\ndirectory.id=JjJ_GX3KRG6y2jN2qJpxCw\n");
  REQUIRE(meta);
  CHECK(parse_meta_properties(format_meta_properties(*meta))->directory_id == meta->directory_id);
  CHECK(parse_meta_properties("version=0\nbroker.id=3\ncluster.id=abc\n").error().code == ErrorCode::UNSUPPORTED_VERSION);
  CHECK(!parse_meta_properties("version=1\nnode.id=3\n"));
  CHECK(!parse_meta_properties("version=1\ncluster.id=abc\nnode.id=-3\n"));
}

TEST_CASE("the epoch cache follows truncation at both ends") {
  EpochCache cache;
  cache.assign(LeaderEpoch(0), Offset(0));
  cache.assign(LeaderEpoch(2), Offset(10));
  cache.assign(LeaderEpoch(2), Offset(12));
  cache.assign(LeaderEpoch(5), Offset(20));
  CHECK(cache.format() == "0\n3\n0 0\n2 10\n5 20\n");
  SUBCASE("the end") {
    cache.truncate_from_end(Offset(20));
    CHECK(cache.format() == "0\n2\n0 0\n2 10\n");
  }
  SUBCASE("the start, in the middle of an epoch") {
    cache.truncate_from_start(Offset(15));
    CHECK(cache.format() == "0\n2\n2 15\n5 20\n");
    CHECK(cache.end_offset_for(LeaderEpoch(1), Offset(30)).epoch == LeaderEpoch(1));
    CHECK(cache.end_offset_for(LeaderEpoch(1), Offset(30)).end_offset == Offset(15));
    // Kafka takes only -1 for "none"; any other negative epoch lies before the first.
    CHECK(cache.end_offset_for(LeaderEpoch(-2), Offset(30)).epoch == LeaderEpoch(-2));
    CHECK(cache.end_offset_for(LeaderEpoch(-2), Offset(30)).end_offset == Offset(15));
    CHECK(cache.end_offset_for(epoch_none, Offset(30)).end_offset == offset_none);
    CHECK(cache.end_offset_for(LeaderEpoch(6), Offset(30)).end_offset == offset_none);
    CHECK(cache.end_offset_for(LeaderEpoch(5), Offset(30)).end_offset == Offset(30));
    CHECK(cache.end_offset_for(LeaderEpoch(3), Offset(30)).epoch == LeaderEpoch(2));
    CHECK(cache.end_offset_for(LeaderEpoch(3), Offset(30)).end_offset == Offset(20));
  }
  SUBCASE("the start, where an epoch begins") {
    cache.truncate_from_start(Offset(20));
    CHECK(cache.format() == "0\n1\n5 20\n");
  }
  SUBCASE("an epoch that begins where another was announced without records replaces it") {
    cache.assign(LeaderEpoch(6), Offset(20));
    CHECK(cache.format() == "0\n3\n0 0\n2 10\n6 20\n");
  }
}

namespace {

ProducerState state_after(std::vector<BatchWanted> batches, int64_t base = 0) {
  ProducerState state;
  for (const auto& wanted : batches) {
    auto batch = make_batch(wanted);
    record::set_base_offset(batch->mutable_bytes(), Offset(base));
    state.update(record::BatchView(*batch));
    base += wanted.records;
  }
  return state;
}

ErrorCode judge(const ProducerState& state, BatchWanted wanted, AppendOrigin origin = AppendOrigin::client) {
  auto batch = make_batch(wanted);
  const auto verdict = state.check(record::BatchView(*batch), {.origin = origin});
  return verdict ? ErrorCode::NONE : verdict.error().code;
}

}  // namespace

TEST_CASE("sequences must follow one another, also where they wrap at 2^31") {
  const auto state = state_after({{.records = 3, .producer_id = 1, .base_sequence = 0}});
  CHECK(judge(state, {.producer_id = 1, .base_sequence = 3}) == ErrorCode::NONE);
  CHECK(judge(state, {.producer_id = 1, .base_sequence = 4}) == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  CHECK(judge(state, {.producer_id = 1, .base_sequence = 0}) == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  CHECK(judge(state, {.producer_id = 1, .base_sequence = 9}, AppendOrigin::replication) == ErrorCode::NONE);
  CHECK(judge(state, {.producer_id = 2, .base_sequence = 77}) == ErrorCode::NONE);  // unknown: its records may have been deleted
  CHECK(judge(state, {.producer_id = 1, .producer_epoch = 1, .base_sequence = 0}) == ErrorCode::NONE);
  CHECK(judge(state, {.producer_id = 1, .producer_epoch = 1, .base_sequence = 3}) == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);

  const auto wrapped = state_after({{.records = 4, .producer_id = 1, .base_sequence = INT32_MAX - 1}});  // MAX-1, MAX, 0, 1
  CHECK(judge(wrapped, {.producer_id = 1, .base_sequence = 2}) == ErrorCode::NONE);
  CHECK(wrapped.entries().begin()->second.last()->first_sequence() == INT32_MAX - 1);
  const auto at_end = state_after({{.records = 1, .producer_id = 1, .base_sequence = INT32_MAX}});
  CHECK(judge(at_end, {.producer_id = 1, .base_sequence = 0}) == ErrorCode::NONE);
}

TEST_CASE("an old epoch is fenced, and a new one forgets the batches of the old") {
  const auto state = state_after({{.producer_id = 1, .base_sequence = 0}, {.producer_id = 1, .producer_epoch = 3, .base_sequence = 0}});
  CHECK(judge(state, {.producer_id = 1, .producer_epoch = 2, .base_sequence = 1}) == ErrorCode::INVALID_PRODUCER_EPOCH);
  CHECK(judge(state, {.producer_id = 1, .producer_epoch = 2, .base_sequence = 1}, AppendOrigin::replication) == ErrorCode::NONE);
  CHECK(state.entries().begin()->second.batch_count == 1);
}

TEST_CASE("any of the last five batches is a duplicate with its own offset; an older one is out of order") {
  std::vector<BatchWanted> batches;
  for (int i = 0; i < 7; ++i) batches.push_back({.records = 2, .producer_id = 1, .base_sequence = 2 * i});
  const auto state = state_after(batches, 100);
  for (int i = 0; i < 7; ++i) {
    auto batch = make_batch(batches[static_cast<size_t>(i)]);
    const auto* copy = state.find_duplicate(record::BatchView(*batch));
    CHECK((copy != nullptr) == (i >= 2));
    if (copy) CHECK(copy->first_offset() == Offset(100 + 2 * i));
  }
  CHECK(judge(state, batches[1]) == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  auto longer = make_batch({.records = 3, .producer_id = 1, .base_sequence = 12});
  CHECK(state.find_duplicate(record::BatchView(*longer)) == nullptr);
}

TEST_CASE("a batch that could not be written leaves its producer as it was") {
  auto state = state_after({{.producer_id = 1, .base_sequence = 0}});
  const auto before = state.entries();
  auto first = make_batch({.producer_id = 1, .base_sequence = 1}), second = make_batch({.producer_id = 2, .base_sequence = 0});
  auto undo_first = state.update(record::BatchView(*first));
  auto undo_second = state.update(record::BatchView(*second));
  CHECK(state.entries() != before);
  state.undo(undo_second->undo);
  state.undo(undo_first->undo);
  CHECK(state.entries() == before);
}

TEST_CASE("a producer snapshot comes back as it was, and no flipped bit or missing byte goes unnoticed") {
  const auto state = state_after({{.producer_id = 1, .base_sequence = 5}, {.records = 3, .producer_id = 9, .producer_epoch = 2, .base_sequence = 0}}, 50);
  const Buffer file = format_producer_snapshot(state);
  CHECK(file.size() == 10 + 2 * 46);
  const auto back = parse_producer_snapshot(file);
  REQUIRE(back);
  CHECK(back->entries() == state.entries());
  for (size_t i = 0; i < file.size(); ++i) {
    Buffer bad(file.bytes());
    bad.data()[i] ^= 0x10;
    CHECK(!parse_producer_snapshot(bad));
    CHECK(!parse_producer_snapshot(file.bytes().first(i)));
  }
}

TEST_CASE("silent producers are forgotten after their time, unless a transaction of theirs is open") {
  auto state = state_after({{.timestamp_ms = 1000, .producer_id = 1}, {.timestamp_ms = 5000, .producer_id = 2}});
  ProducerEntry open;
  open.transaction_first_offset = Offset(7);
  state.load(ProducerId(3), open);
  state.remove_expired(6000, 2000);
  CHECK(state.find(ProducerId(1)) == nullptr);
  CHECK(state.find(ProducerId(2)) != nullptr);
  CHECK(state.find(ProducerId(3)) != nullptr);
  CHECK(state.first_unstable(Offset(100)) == Offset(7));
}
