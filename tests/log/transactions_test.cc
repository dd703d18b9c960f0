#include <algorithm>
#include <map>

#include "base/random.h"
#include "log/file_names.h"
#include "log/producer_snapshot.h"
#include "record/record_iterator.h"
#include "rig.h"

using namespace evlog;
using namespace evlog::log;
using namespace evlog::log::test;
using io::sim::Death;

namespace {

const std::string first_index = partition_path + "/00000000000000000000.txnindex";

// Producer 1 begins at 0, producer 2 at 2; 2 aborts at 5, 1 commits at 6; 3 has one open from 7 on. Ends at 9.
void write_three(Log& log) {
  REQUIRE(append(log, {.records = 2, .producer_id = 1, .transactional = true}));                      // 0
  REQUIRE(append(log, {.records = 2, .producer_id = 2, .transactional = true}));                      // 2
  REQUIRE(append(log, {.producer_id = 1, .base_sequence = 2, .transactional = true}));                // 4
  REQUIRE(append_marker(log, {.producer_id = 2, .commit = false}));                                   // 5
  REQUIRE(append_marker(log, {.producer_id = 1, .commit = true}));                                    // 6
  REQUIRE(append(log, {.records = 2, .producer_id = 3, .transactional = true}));                      // 7
}

// One aborted transaction of `records` batches; gives the offset of its marker.
int64_t write_aborted(Rig& rig, Log& log, int64_t producer, int records, int32_t sequence = 0) {
  for (int i = 0; i < records; ++i) REQUIRE(append(log, {.producer_id = producer, .base_sequence = sequence + i, .transactional = true}));
  const auto marker = append_marker(log, {.producer_id = producer, .commit = false});
  REQUIRE(marker);
  REQUIRE(rig.run(log.flush(true)));
  return marker->first_offset.value();
}

std::vector<AbortedTransaction> aborted(Rig& rig, Log& log, int64_t from, int64_t upper = INT64_MAX, uint32_t bytes_max = 1 << 20) {
  auto slice = rig.run(log.read({.from = Offset(from), .upper = Offset(upper), .bytes_max = bytes_max}));
  if (!slice) FAIL(slice.error().message);
  auto found = rig.run(log.aborted_in(Offset(from), *slice));
  if (!found) FAIL(found.error().message);
  return std::move(*found);
}

AbortedTransaction entry(int64_t producer, int64_t first, int64_t last, int64_t last_stable) {
  return {ProducerId(producer), Offset(first), Offset(last), Offset(last_stable)};
}

int64_t stable(Log& log, int64_t high_watermark = INT64_MAX) {
  return log.last_stable_offset(std::min(Offset(high_watermark), log.log_end_offset())).value();
}

ErrorCode code_of(const Result<AppendInfo>& info) { return info ? ErrorCode::NONE : info.error().code; }

}  // namespace

TEST_CASE("read_committed sees nothing of a transaction before its marker is below the high watermark") {
  Rig rig;
  auto log = open_log(rig);
  REQUIRE(append(*log, {.records = 3}));
  CHECK(stable(*log) == 3);
  REQUIRE(append(*log, {.records = 2, .producer_id = 1, .transactional = true}));
  REQUIRE(append(*log, {.records = 4}));
  CHECK(stable(*log) == 3);                 // what comes behind an open transaction waits for it
  CHECK(stable(*log, 2) == 2);              // and nothing passes the high watermark
  REQUIRE(append_marker(*log, {.producer_id = 1}));
  CHECK(stable(*log, 9) == 3);              // the marker, at 9, could still be lost
  CHECK(stable(*log, 10) == 10);
}

TEST_CASE("the oldest open transaction holds the last stable offset, whoever ends first") {
  Rig rig;
  auto log = open_log(rig);
  REQUIRE(append(*log, {.producer_id = 1, .transactional = true}));
  REQUIRE(append(*log, {.producer_id = 2, .transactional = true}));
  CHECK(stable(*log) == 0);
  REQUIRE(append_marker(*log, {.producer_id = 2}));
  CHECK(stable(*log) == 0);
  REQUIRE(append_marker(*log, {.producer_id = 1}));
  CHECK(stable(*log) == 4);
  REQUIRE(append_marker(*log, {.producer_id = 1}));  // of an empty transaction
  CHECK(stable(*log) == 5);
}

TEST_CASE("the list of aborted transactions has those that overlap what was read, and no others") {
  Rig rig;
  config::TopicConfig config;
  config.index_interval_bytes = 0;  // an index entry for each batch: the list ends where the answer does
  auto log = open_log(rig, config);
  write_three(*log);
  REQUIRE(rig.run(log->flush(true)));
  CHECK(aborted(rig, *log, 0) == std::vector{entry(2, 2, 5, 0)});
  CHECK(aborted(rig, *log, 5) == std::vector{entry(2, 2, 5, 0)});
  CHECK(aborted(rig, *log, 6).empty());
  REQUIRE(append_marker(*log, {.producer_id = 3, .commit = false}));
  REQUIRE(rig.run(log->flush(true)));
  CHECK(aborted(rig, *log, 0, 2) == std::vector{entry(2, 2, 5, 0)});  // near it; Kafka lists it too
  CHECK(aborted(rig, *log, 0) == std::vector{entry(2, 2, 5, 0), entry(3, 7, 9, 10)});
  CHECK(aborted(rig, *log, 6) == std::vector{entry(3, 7, 9, 10)});
}

TEST_CASE("an aborted transaction whose marker lies segments later is found from its first record") {
  Rig rig;
  auto log = open_log(rig);
  REQUIRE(append(*log, {.producer_id = 1, .transactional = true}));
  REQUIRE(rig.run(log->roll()));
  REQUIRE(append(*log, {.producer_id = 2, .transactional = true}));
  REQUIRE(append_marker(*log, {.producer_id = 2, .commit = false}));
  REQUIRE(rig.run(log->roll()));
  REQUIRE(append_marker(*log, {.producer_id = 1, .commit = false}));
  REQUIRE(rig.run(log->flush(true)));
  CHECK(aborted(rig, *log, 0) == std::vector{entry(1, 0, 3, 4)});
  CHECK(aborted(rig, *log, 1) == std::vector{entry(2, 1, 2, 0), entry(1, 0, 3, 4)});
}

TEST_CASE("a clean stop and a crash leave open transactions, aborted ones and epochs as they were") {
  for (const bool clean : {true, false}) {
    CAPTURE(clean);
    Rig rig;
    auto log = open_log(rig);
    write_three(*log);
    REQUIRE(rig.run(log->flush(true)));
    const auto producers = log->producers().entries();
    if (clean) REQUIRE(rig.run(log->close()));
    log.reset();
    rig.crash(Death::power_cut);
    log = open_log(rig, {}, {.clean = clean});
    CHECK(aborted(rig, *log, 0) == std::vector{entry(2, 2, 5, 0)});
    CHECK(stable(*log) == 7);
    CHECK(log->producers().find(ProducerId(3))->transaction_first_offset == Offset(7));
    CHECK(log->producers().find(ProducerId(1))->transaction_first_offset == offset_none);
    if (!clean) CHECK(log->producers().entries() == producers);
    REQUIRE(append_marker(*log, {.producer_id = 3, .commit = false}));
    REQUIRE(rig.run(log->flush(true)));
    CHECK(stable(*log) == 10);
    CHECK(aborted(rig, *log, 6) == std::vector{entry(3, 7, 9, 10)});
  }
}

TEST_CASE("the index has Kafka's bytes, and no file where nothing was aborted") {
  Rig rig;
  auto log = open_log(rig);
  REQUIRE(append(*log, {.producer_id = 1, .transactional = true}));
  REQUIRE(append_marker(*log, {.producer_id = 1}));
  REQUIRE(rig.run(log->roll()));
  CHECK(!rig.exists(first_index));
  write_aborted(rig, *log, 9, 2, 0);
  REQUIRE(rig.run(log->close()));
  const std::string second = partition_path + "/00000000000000000002.txnindex";
  const std::string expected("\0\0" "\0\0\0\0\0\0\0\x09" "\0\0\0\0\0\0\0\x02" "\0\0\0\0\0\0\0\x04" "\0\0\0\0\0\0\0\x05", 34);
  CHECK(rig.content(second) == expected);
}

TEST_CASE("a wrong index of aborted transactions is rebuilt from the log and its neighbours, never believed") {
  Rig rig;
  auto log = open_log(rig);
  REQUIRE(append(*log, {.producer_id = 7, .transactional = true}));  // ends in the second segment
  const int64_t marker = write_aborted(rig, *log, 1, 2);
  REQUIRE(rig.run(log->roll()));
  REQUIRE(append_marker(*log, {.producer_id = 7, .commit = false}));
  write_aborted(rig, *log, 1, 2, 2);
  REQUIRE(rig.run(log->roll()));
  REQUIRE(rig.run(log->close()));
  log.reset();
  const auto stem = partition_path + "/" + segment_file_name(Offset(marker + 1), "");
  const std::string good = rig.content(stem + ".txnindex");
  REQUIRE(good.size() == 68);
  const auto check = [&](const std::string& what) {
    CAPTURE(what);
    auto again = open_log(rig, {}, {.clean = true});
    CHECK(aborted(rig, *again, marker + 1) == std::vector{entry(7, 0, 4, 5), entry(1, 5, 7, 8)});
    again.reset();
    CHECK(rig.content(stem + ".txnindex") == good);
  };
  rig.write(stem + ".txnindex", good.substr(0, 50));
  check("cut in the middle of an entry");
  rig.write(stem + ".txnindex", std::string(34, '\0') + good.substr(34));
  check("zeroed at the front");
  rig.write(stem + ".txnindex", good.substr(34) + good.substr(0, 34));
  check("out of order");
  rig.write(stem + ".txnindex", good.substr(0, 34) + std::string(34, '\0'));
  check("zeroed at the end");
  rig.write(stem + ".txnindex", std::string(2, '\0') + std::string(32, '\xff') + good.substr(34));
  check("no transaction has such an entry");
  rig.disk().remove(stem + ".txnindex");
  rig.disk().remove(stem + ".index");
  check("gone, with the offset index");
}

TEST_CASE("an index of a newer version is refused by name") {
  Rig rig;
  auto log = open_log(rig);
  write_aborted(rig, *log, 1, 2);
  REQUIRE(rig.run(log->close()));
  log.reset();
  std::string file = rig.content(first_index);
  file[1] = 1;
  rig.write(first_index, file);
  log = open_log(rig, {}, {.clean = true});
  auto slice = rig.run(log->read({.from = Offset(0), .upper = Offset(3), .bytes_max = 1 << 20}));
  REQUIRE(slice);
  auto found = rig.run(log->aborted_in(Offset(0), *slice));
  REQUIRE(!found);
  CHECK(found.error().message.find("version 1") != std::string::npos);
  CHECK(found.error().message.find(".txnindex") != std::string::npos);
}

TEST_CASE("KAFKA-12153: after a truncation the last stable offset is no higher than the log, and open transactions are those that are left") {
  Rig rig;
  auto log = open_log(rig);
  write_three(*log);
  REQUIRE(rig.run(log->flush(true)));
  REQUIRE(rig.run(log->truncate_to(Offset(8))));     // into the third's transaction: batches are whole
  CHECK(log->log_end_offset() == Offset(8));
  CHECK(stable(*log) <= 8);
  REQUIRE(rig.run(log->truncate_to(Offset(6))));     // the first commits no more
  CHECK(stable(*log) == 0);
  CHECK(aborted(rig, *log, 0) == std::vector{entry(2, 2, 5, 0)});
  REQUIRE(rig.run(log->truncate_to(Offset(5))));     // the second aborts no more
  CHECK(stable(*log) == 0);
  CHECK(aborted(rig, *log, 0).empty());
  CHECK(log->producers().find(ProducerId(2))->transaction_first_offset == Offset(2));
  REQUIRE(append_marker(*log, {.producer_id = 1}));
  CHECK(stable(*log) == 2);
  REQUIRE(append_marker(*log, {.producer_id = 2, .commit = false}));
  REQUIRE(rig.run(log->flush(true)));
  CHECK(stable(*log) == 7);
  CHECK(aborted(rig, *log, 0) == std::vector{entry(2, 2, 6, 7)});
  REQUIRE(rig.run(log->truncate_to(Offset(0))));
  CHECK(stable(*log) == 0);
  CHECK(log->producers().entries().empty());
  REQUIRE(append(*log, {}));
  CHECK(stable(*log) == 1);
}

TEST_CASE("segments that are given up or deleted take their index of aborted transactions with them") {
  Rig rig;
  config::TopicConfig config;
  config.retention_bytes = 0;
  config.file_delete_delay_ms = 0;
  auto log = open_log(rig, config);
  const int64_t marker = write_aborted(rig, *log, 1, 2);
  REQUIRE(rig.run(log->roll()));
  write_aborted(rig, *log, 1, 2, 2);
  REQUIRE(rig.run(log->roll()));
  const std::string second = partition_path + "/" + segment_file_name(Offset(marker + 1), suffix_txn_index);
  REQUIRE(rig.exists(first_index));
  REQUIRE(rig.exists(second));
  REQUIRE(rig.run(log->truncate_to(Offset(1))));
  CHECK(!rig.exists(second));
  CHECK(rig.content(first_index).empty());
  REQUIRE(append_marker(*log, {.producer_id = 1, .commit = false}));
  REQUIRE(rig.run(log->roll()));
  CHECK(rig.exists(first_index));
  REQUIRE(rig.run(log->retain({.now = rig.loop().wall(), .high_watermark = log->log_end_offset()})));
  CHECK(!rig.exists(first_index));
}

TEST_CASE("where the log begins within an open transaction, read_committed begins there") {
  Rig rig;
  auto log = open_log(rig);
  REQUIRE(append(*log, {.records = 5, .producer_id = 1, .transactional = true}));
  REQUIRE(rig.run(log->flush(true)));
  REQUIRE(log->advance_log_start(Offset(3), Offset(5)));
  CHECK(stable(*log) == 3);
}

TEST_CASE("a full disk takes a marker back: its transaction is open again, and nothing is listed as aborted") {
  Rig rig;
  auto log = open_log(rig);
  REQUIRE(append(*log, {.producer_id = 1, .transactional = true}));
  REQUIRE(rig.run(log->flush(true)));
  rig.node().space_bytes = rig.disk().used_bytes();
  REQUIRE(append_marker(*log, {.producer_id = 1, .commit = false}));
  REQUIRE(append(*log, {.producer_id = 2, .transactional = true}));
  const auto refused = rig.run(log->flush(true));
  REQUIRE(!refused);
  REQUIRE(!log->offline());
  CHECK(stable(*log) == 0);
  CHECK(log->producers().find(ProducerId(2)) == nullptr);
  CHECK(aborted(rig, *log, 0).empty());
  rig.node().space_bytes = UINT64_MAX;
  REQUIRE(append_marker(*log, {.producer_id = 1, .commit = true}));
  REQUIRE(rig.run(log->flush(true)));
  CHECK(stable(*log) == 2);
  CHECK(aborted(rig, *log, 0).empty());
}

TEST_CASE("markers are judged by the epochs of producer and coordinator, data by the transaction that is open") {
  Rig rig;
  auto log = open_log(rig);
  REQUIRE(append(*log, {.producer_id = 1, .producer_epoch = 3, .transactional = true}));
  CHECK(code_of(append(*log, {.producer_id = 1, .producer_epoch = 3, .base_sequence = 1})) == ErrorCode::INVALID_TXN_STATE);
  CHECK(code_of(append_marker(*log, {.producer_epoch = 2})) == ErrorCode::INVALID_PRODUCER_EPOCH);
  REQUIRE(append_marker(*log, {.producer_epoch = 3, .coordinator_epoch = 5}));
  CHECK(code_of(append_marker(*log, {.producer_epoch = 3, .coordinator_epoch = 4})) == ErrorCode::TRANSACTION_COORDINATOR_FENCED);
  REQUIRE(append_marker(*log, {.producer_epoch = 3, .coordinator_epoch = 5}));
  // A coordinator that fenced the producer aborts with a higher epoch: the producer is told so, and its successor begins at 0.
  REQUIRE(append(*log, {.producer_id = 1, .producer_epoch = 3, .base_sequence = 1, .transactional = true}));
  REQUIRE(append_marker(*log, {.commit = false, .producer_epoch = 4, .coordinator_epoch = 5}));
  CHECK(code_of(append(*log, {.producer_id = 1, .producer_epoch = 3, .base_sequence = 2, .transactional = true})) == ErrorCode::INVALID_PRODUCER_EPOCH);
  CHECK(code_of(append(*log, {.producer_id = 1, .producer_epoch = 4, .base_sequence = 2, .transactional = true})) == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  REQUIRE(append(*log, {.producer_id = 1, .producer_epoch = 4, .base_sequence = 0, .transactional = true}));
}

TEST_CASE("KIP-890: a late marker of the transaction before does not end the next one, and a repeated one is no error") {
  Rig rig;
  auto log = open_log(rig);
  const auto marker = [&](int16_t epoch) { return append_marker(*log, {.producer_epoch = epoch, .transaction_version = 2}); };
  REQUIRE(append(*log, {.producer_id = 1, .producer_epoch = 3, .transactional = true}));
  CHECK(code_of(marker(3)) == ErrorCode::INVALID_PRODUCER_EPOCH);
  REQUIRE(marker(4));
  REQUIRE(marker(4));  // its answer was lost, the coordinator asks again
  REQUIRE(append(*log, {.producer_id = 1, .producer_epoch = 4, .transactional = true}));
  CHECK(code_of(marker(4)) == ErrorCode::INVALID_PRODUCER_EPOCH);  // again, late: not this transaction's
  CHECK(stable(*log) == 3);
  REQUIRE(append(*log, {.producer_id = 1, .producer_epoch = INT16_MAX, .transactional = true}));
  REQUIRE(marker(INT16_MAX));  // there is no higher one
}

TEST_CASE("a sequence that is used again after an abort is a new batch, not a copy of the aborted one") {
  Rig rig;
  auto log = open_log(rig);
  REQUIRE(append(*log, {.producer_id = 1, .transactional = true}));
  REQUIRE(append_marker(*log, {.commit = false, .producer_epoch = 1}));
  const auto again = append(*log, {.producer_id = 1, .producer_epoch = 1, .transactional = true});
  REQUIRE(again);
  CHECK(!again->duplicate);
  CHECK(again->first_offset == Offset(2));
}

TEST_CASE("KAFKA-9144: who only has markers is remembered with the coordinator's epoch, over a restart and until its time is over") {
  Rig rig;
  auto log = open_log(rig, {}, {.producer_id_expiration_ms = 10'000});
  const int64_t now = to_ms(rig.loop().wall());
  REQUIRE(append_marker(*log, {.coordinator_epoch = 7, .timestamp_ms = now}));
  REQUIRE(rig.run(log->close()));
  log.reset();
  log = open_log(rig, {}, {.clean = true, .producer_id_expiration_ms = 10'000});
  CHECK(code_of(append_marker(*log, {.coordinator_epoch = 6, .timestamp_ms = now})) == ErrorCode::TRANSACTION_COORDINATOR_FENCED);
  rig.let_pass(seconds(11));
  REQUIRE(rig.run(log->retain({.now = rig.loop().wall(), .high_watermark = log->log_end_offset()})));
  CHECK(log->producers().entries().empty());
}

TEST_CASE("producer.id.expiration.ms forgets who is silent, and never a transaction that is open, over a restart too") {
  Rig rig;
  const OpenOptions options{.producer_id_expiration_ms = 10'000};
  auto log = open_log(rig, {}, options);
  const int64_t now = to_ms(rig.loop().wall());
  REQUIRE(append(*log, {.timestamp_ms = now, .producer_id = 1}));
  REQUIRE(append(*log, {.timestamp_ms = now, .producer_id = 2, .transactional = true}));
  rig.let_pass(seconds(60));
  REQUIRE(rig.run(log->retain({.now = rig.loop().wall(), .high_watermark = log->log_end_offset()})));
  CHECK(log->producers().find(ProducerId(1)) == nullptr);
  CHECK(log->producers().find(ProducerId(2)) != nullptr);
  REQUIRE(rig.run(log->close()));
  log.reset();
  log = open_log(rig, {}, options);
  CHECK(stable(*log) == 1);
  CHECK(log->producers().entries().size() == 1);
}

TEST_CASE("a batch whose marker was compacted away changes nothing of its producer") {
  ProducerState state;
  auto data = make_batch({.producer_id = 1, .transactional = true});
  state.update(record::BatchView(*data));
  auto marker = make_marker({.producer_id = 1, .coordinator_epoch = 3});
  marker->resize(record::header_size);
  store_be<int32_t>(marker->data() + record::at::batch_length, static_cast<int32_t>(record::header_size - record::length_end));
  store_be<int32_t>(marker->data() + record::at::record_count, 0);
  const auto before = state.entries();
  CHECK(!state.update(record::BatchView(*marker)));
  CHECK(state.entries() == before);
}

namespace {

// What a reader of every batch from the start concludes, without an index or a snapshot.
struct Model {
  std::map<int64_t, int64_t> open;  // producer and first offset
  std::vector<AbortedTransaction> aborted;
  int64_t end = 0;

  int64_t stable() const {
    int64_t first = end;
    for (const auto& [producer, offset] : open) first = std::min(first, offset);
    return first;
  }
  void take(const record::BatchView& batch) {
    REQUIRE(batch.base_offset().value() >= end);  // a truncation into a batch leaves a gap
    end = batch.next_offset().value();
    const int64_t producer = batch.producer_id().value();
    if (!batch.is_control()) {
      if (batch.is_transactional()) open.try_emplace(producer, batch.base_offset().value());
      return;
    }
    record::RecordIterator records(batch);
    const bool commit = record::read_end_transaction(*records.next())->commit;
    const auto found = open.find(producer);
    if (found == open.end()) return;
    const int64_t first = found->second;
    open.erase(found);
    if (!commit) aborted.push_back({ProducerId(producer), Offset(first), batch.base_offset(), Offset(stable())});
  }
};

Model read_model(Rig& rig, Log& log) {
  Model model;
  while (model.end < log.written_end_offset().value()) {
    auto bytes = rig.run(log.read_bytes({.from = Offset(model.end), .upper = log.written_end_offset(), .bytes_max = 4000}));
    REQUIRE(bytes);
    record::BatchIterator batches(*bytes);
    if (bytes->empty()) break;
    while (auto batch = batches.next()) model.take(*batch);
  }
  model.end = log.written_end_offset().value();
  return model;
}

void compare(Rig& rig, Log& log, Random& random) {
  const Model model = read_model(rig, log);
  CHECK(stable(log, log.written_end_offset().value()) == model.stable());
  const int64_t from = random.between(0, std::max<int64_t>(model.end - 1, 0));
  const auto listed = aborted(rig, log, from);
  auto slice = rig.run(log.read({.from = Offset(from), .upper = Offset(INT64_MAX), .bytes_max = 1 << 20}));
  REQUIRE(slice);
  const auto segments = log.segments();
  const auto next = std::ranges::find_if(segments, [&](const auto& segment) { return segment.base_offset > slice->first_batch_offset; });
  const Offset seen = next == segments.end() ? Offset(model.end) : next->base_offset;
  for (const auto& transaction : model.aborted) {
    const bool overlaps = transaction.last >= Offset(from) && transaction.first < seen && model.end > 0;
    const bool is_listed = std::ranges::find(listed, transaction) != listed.end();
    if (overlaps) CHECK(is_listed);
    if (transaction.last < Offset(from)) CHECK(!is_listed);
  }
  for (const auto& transaction : listed) CHECK(std::ranges::find(model.aborted, transaction) != model.aborted.end());
}

// Random transactions of four producers, rolls, truncations, full disks, failing devices and power cuts.
void live_through(uint64_t seed) {
  CAPTURE(seed);
  Random random(seed);
  io::sim::Knobs knobs;
  knobs.sector_bytes = 64;
  knobs.sector_torn = 0.3;
  knobs.read_miss = random.chance(0.5) ? 0.3 : 0;
  knobs.write_error = random.chance(0.3) ? 0.01 : 0;
  Rig rig(seed, knobs);
  config::TopicConfig config;
  config.segment_bytes = static_cast<int32_t>(random.between(400, 4000));
  config.index_interval_bytes = static_cast<int32_t>(random.between(0, 400));
  config.unsynced_bytes_max = random.between(500, 4000);
  config.max_message_bytes = 400;
  for (int life = 0; life < 5; ++life) {
    auto opened = rig.run(Log::open(rig.loop(), partition_path, config, {.producer_id_expiration_ms = INT64_MAX / 2}));
    if (!opened) {  // the device failed while it was opened
      rig.crash(Death::power_cut);
      continue;
    }
    auto log = std::move(*opened);
    REQUIRE(!log->offline());
    compare(rig, *log, random);
    for (int step = 0; step < 60 && !log->offline(); ++step) {
      const int64_t producer = static_cast<int64_t>(random.below(4));
      const auto* entry = log->producers().find(ProducerId(producer));
      const int32_t sequence = entry && entry->last() ? entry->last()->last_sequence + 1 : 0;
      if (random.chance(0.4)) {
        auto batch = make_batch({.records = 1 + static_cast<int>(random.below(3)), .value_bytes = random.below(60), .producer_id = producer, .base_sequence = sequence, .transactional = true});
        if (log->has_room(batch->size())) REQUIRE(log->append(batch->mutable_bytes(), LeaderEpoch(0), {}, batch));
      } else if (random.chance(0.4)) {
        if (log->has_room(100)) REQUIRE(append_marker(*log, {.producer_id = producer, .commit = random.chance(0.4)}));
      } else if (random.chance(0.7)) {
        (void)rig.run(log->flush(random.chance(0.5)));
      } else if (random.chance(0.3)) {
        (void)rig.run(log->roll());
      } else if (random.chance(0.3)) {
        if (rig.run(log->flush(true))) (void)rig.run(log->truncate_to(Offset(random.between(0, log->log_end_offset().value()))));
      } else if (rig.run(log->flush(true)) && random.chance(0.5) && knobs.write_error == 0) {
        compare(rig, *log, random);
      }
    }
    const bool clean = !log->offline() && random.chance(0.3) && rig.run(log->close());
    log.reset();
    if (!clean) rig.crash(random.chance(0.7) ? Death::power_cut : Death::kill);
  }
}

}  // namespace

TEST_CASE("whatever happened to a log, its index and its open transactions are those that its batches tell") {
  for (uint64_t seed = 1; seed <= 60; ++seed) live_through(seed);
}
