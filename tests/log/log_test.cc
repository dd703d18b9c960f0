#include "log/file_names.h"
#include "rig.h"

using namespace evlog;
using namespace evlog::log;
using namespace evlog::log::test;
using io::sim::Death;

TEST_CASE("what was appended and flushed is read back at its offsets, and never before it is written") {
  Rig rig;
  auto log = open_log(rig);
  const auto first = append(*log, {.records = 3});
  REQUIRE(first);
  CHECK(first->first_offset == Offset(0));
  CHECK(first->last_offset == Offset(2));
  CHECK(append(*log, {.records = 2})->first_offset == Offset(3));
  CHECK(log->log_end_offset() == Offset(5));
  CHECK(log->written_end_offset() == Offset(0));
  auto nothing = rig.run(log->read({.from = Offset(0), .upper = Offset(5), .bytes_max = 1 << 20}));
  REQUIRE(nothing);
  CHECK(nothing->file == nullptr);

  REQUIRE(rig.run(log->flush(false)));
  CHECK(log->written_end_offset() == Offset(5));
  CHECK(log->durable_end_offset() == Offset(0));
  REQUIRE(rig.run(log->flush(true)));
  CHECK(log->durable_end_offset() == Offset(5));
  CHECK(read_all(rig, *log, Offset(0)) == std::vector<int64_t>{0, 3});
  CHECK(read_all(rig, *log, Offset(4)) == std::vector<int64_t>{3});
}

TEST_CASE("a fetch never shows a batch that is not wholly below its bound, and gives one whole batch when asked to") {
  Rig rig;
  auto log = open_log(rig);
  for (int i = 0; i < 4; ++i) REQUIRE(append(*log, {.records = 2, .value_bytes = 100}));
  REQUIRE(rig.run(log->flush(true)));
  const auto read = [&](int64_t from, int64_t upper, uint32_t bytes_max, bool one) {
    auto slice = rig.run(log->read({.from = Offset(from), .upper = Offset(upper), .bytes_max = bytes_max, .at_least_one_batch = one}));
    REQUIRE(slice);
    return std::move(*slice);
  };
  const uint32_t batch_bytes = read(0, 2, 1 << 20, true).size_bytes;
  CHECK(read(0, 4, 1 << 20, true).size_bytes == 2 * batch_bytes);
  CHECK(read(0, 5, 1 << 20, true).size_bytes == 2 * batch_bytes);
  CHECK(read(0, 1, 1 << 20, true).file == nullptr);
  CHECK(read(3, 8, 1 << 20, true).first_batch_offset == Offset(2));
  CHECK(read(0, 8, 10, true).size_bytes == batch_bytes);
  CHECK(read(0, 8, 10, true).first_batch_too_large);
  CHECK(read(0, 8, 10, false).file == nullptr);
  CHECK(read(0, 8, batch_bytes + 7, false).size_bytes == batch_bytes + 7);
  CHECK(read(8, 8, 100, true).file == nullptr);
  auto beyond = rig.run(log->read({.from = Offset(9), .upper = Offset(9), .bytes_max = 10}));
  REQUIRE(!beyond);
  CHECK(beyond.error().code == ErrorCode::OFFSET_OUT_OF_RANGE);
}

TEST_CASE("a full segment is followed by a new one and every offset is still found, through sparse indexes") {
  Rig rig;
  config::TopicConfig config;
  config.segment_bytes = 4000;
  config.index_interval_bytes = 200;
  auto log = open_log(rig, config);
  for (int i = 0; i < 200; ++i) append_durably(rig, *log, {.records = 2, .timestamp_ms = 1000 + 10 * i});
  CHECK(log->segments().size() > 5);
  for (const auto& segment : log->segments()) CHECK(segment.size_bytes <= 4000);
  for (int64_t offset = 0; offset < 400; offset += 7) CHECK(read_all(rig, *log, Offset(offset)).front() == offset / 2 * 2);
  CHECK(read_all(rig, *log, Offset(0)).size() == 200);
  REQUIRE(rig.run(log->close()));
  const auto second = log->segments()[1].base_offset;
  CHECK(rig.exists(partition_path + "/" + segment_file_name(second, suffix_snapshot)));
  log.reset();

  SUBCASE("opened clean, nothing is scanned") {
    log = open_log(rig, config, {.clean = true});
    CHECK(log->recovery().scanned_bytes == 0);
  }
  SUBCASE("opened after a crash") { log = open_log(rig, config); }
  SUBCASE("opened with an index missing and one that is rubbish") {
    rig.disk().remove(partition_path + "/00000000000000000000.index");
    rig.write(partition_path + "/" + segment_file_name(second, suffix_time_index), "rubbish, not twelve bytes each");
    log = open_log(rig, config, {.clean = true});
  }
  CHECK(log->log_end_offset() == Offset(400));
  CHECK(read_all(rig, *log, Offset(0)).size() == 200);
  CHECK(read_all(rig, *log, Offset(33)).front() == 32);
  CHECK(rig.run(log->offset_for_timestamp(1011, Offset(400)))->offset == Offset(3));
  CHECK(append(*log)->first_offset == Offset(400));
}

TEST_CASE("time lookups answer the first record at or after a time, also inside compressed batches and across segments") {
  Rig rig;
  config::TopicConfig config;
  config.segment_bytes = 2000;
  config.index_interval_bytes = 100;
  auto log = open_log(rig, config);
  for (int i = 0; i < 50; ++i) {
    append_durably(rig, *log, {.records = 4, .timestamp_ms = 1000 + 10 * i, .compression = i % 2 ? record::Compression::lz4 : record::Compression::none});
  }
  for (int64_t ts = 1000; ts < 1494; ++ts) {
    const auto hit = rig.run(log->offset_for_timestamp(ts, Offset(200)));
    REQUIRE(hit);
    const int64_t batch = (ts - 1000) / 10, within = (ts - 1000) % 10;
    CHECK(hit->offset.value() == (within <= 3 ? batch * 4 + within : (batch + 1) * 4));
  }
  CHECK(rig.run(log->offset_for_timestamp(1494, Offset(200)))->offset == offset_none);
  CHECK(rig.run(log->offset_for_timestamp(1003, Offset(3)))->offset == offset_none);
  const auto last = rig.run(log->max_timestamp(Offset(200)));
  CHECK(last->offset == Offset(199));
  CHECK(last->timestamp_ms == 1493);
}

TEST_CASE("the largest timestamp has an answer where records have no time, and where a compressed batch claims a larger one than it has") {
  Rig rig;
  auto log = open_log(rig);
  CHECK(rig.run(log->max_timestamp(Offset(0)))->offset == offset_none);
  append_durably(rig, *log, {.records = 1, .timestamp_ms = -1});
  append_durably(rig, *log, {.records = 1, .timestamp_ms = -1, .compression = record::Compression::zstd});
  CHECK(rig.run(log->max_timestamp(Offset(2)))->offset == Offset(0));
  CHECK(rig.run(log->max_timestamp(Offset(2)))->timestamp_ms == -1);

  auto lying = make_batch({.records = 3, .timestamp_ms = 500, .compression = record::Compression::gzip});
  store_be<int64_t>(lying->data() + record::at::max_timestamp, 9000);
  record::set_crc(lying->mutable_bytes());
  const MutableBytes bytes = lying->mutable_bytes();
  REQUIRE(log->append(bytes, LeaderEpoch(0), {}, std::move(lying)));
  REQUIRE(rig.run(log->flush(true)));
  const auto hit = rig.run(log->max_timestamp(Offset(5)));
  CHECK(hit->offset == Offset(4));
  CHECK(hit->timestamp_ms == 502);
}

TEST_CASE("segments roll by record time, and when the index is full, as Kafka's do") {
  Rig rig;
  config::TopicConfig config;
  config.segment_ms = 100;
  SUBCASE("by time") {
    auto log = open_log(rig, config);
    append_durably(rig, *log, {.timestamp_ms = 1000});
    append_durably(rig, *log, {.timestamp_ms = 1100});
    CHECK(log->segments().size() == 1);
    append_durably(rig, *log, {.timestamp_ms = 1101});
    CHECK(log->segments().size() == 2);
    append_durably(rig, *log, {.timestamp_ms = 5});  // older than the segment: no reason to roll
    CHECK(log->segments().size() == 2);
  }
  SUBCASE("by index") {
    config.segment_ms = 1'000'000;
    config.segment_index_bytes = 48;
    config.index_interval_bytes = 0;
    auto log = open_log(rig, config);
    for (int i = 0; i < 12; ++i) append_durably(rig, *log);
    CHECK(log->segments().size() > 2);
    CHECK(read_all(rig, *log, Offset(0)).size() == 12);
  }
}

TEST_CASE("one flush may roll several times, and every roll is synced before the next segment begins") {
  Rig rig;
  config::TopicConfig config;
  config.segment_bytes = 200;
  auto log = open_log(rig, config);
  for (int i = 0; i < 12; ++i) REQUIRE(append(*log, {.producer_id = 5, .base_sequence = i}));
  REQUIRE(rig.run(log->flush(true)));
  CHECK(log->segments().size() == 6);
  const auto bases = log->segments();
  log.reset();
  rig.crash(Death::power_cut);
  log = open_log(rig, config);
  CHECK(log->segments().size() == bases.size());
  CHECK(read_all(rig, *log, Offset(0)).size() == 12);
  CHECK(append(*log, {.producer_id = 5, .base_sequence = 11})->duplicate);
  CHECK(append(*log, {.producer_id = 5, .base_sequence = 12})->first_offset == Offset(12));
}

TEST_CASE("retention deletes whole old segments by time and by size, never above the high watermark, and files go after the delay") {
  Rig rig;
  config::TopicConfig config;
  config.segment_bytes = 200;
  config.retention_ms = -1;
  auto log = open_log(rig, config);
  for (int i = 0; i < 12; ++i) append_durably(rig, *log, {.timestamp_ms = 1000 + i});
  REQUIRE(log->segments().size() == 6);
  const auto retain = [&](int64_t now_ms, int64_t high_watermark) {
    auto count = rig.run(log->retain({.now = wall_from_ms(now_ms), .high_watermark = Offset(high_watermark)}));
    REQUIRE(count);
    return *count;
  };
  const std::string aside = partition_path + "/00000000000000000000.log.deleted";
  SUBCASE("by time") {
    config.retention_ms = 100;
    log->set_config(config);
    CHECK(retain(1101, 12) == 0);
    CHECK(retain(1104, 3) == 1);
    CHECK(log->log_start_offset() == Offset(2));
    CHECK(rig.exists(aside));
    CHECK(rig.run(log->read({.from = Offset(1), .upper = Offset(12), .bytes_max = 100})).error().code == ErrorCode::OFFSET_OUT_OF_RANGE);
    CHECK(retain(1104, 12) == 1);
    rig.let_pass(seconds(61));
    CHECK(retain(1104, 12) == 0);
    CHECK(!rig.exists(aside));
    SUBCASE("all of it, leaving an empty segment at the end") {
      CHECK(retain(9999, 12) == 4);
      CHECK(log->segments().size() == 1);
      CHECK(log->log_start_offset() == Offset(12));
      CHECK(log->size_bytes() == 0);
      CHECK(append(*log)->first_offset == Offset(12));
      REQUIRE(rig.run(log->flush(true)));
      CHECK(read_all(rig, *log, Offset(12)) == std::vector<int64_t>{12});
    }
  }
  SUBCASE("by size") {
    config.retention_bytes = static_cast<int64_t>(log->size_bytes()) - static_cast<int64_t>(log->segments()[0].size_bytes) - 1;
    log->set_config(config);
    CHECK(retain(1000, 12) == 1);
    CHECK(retain(1000, 12) == 0);
  }
  SUBCASE("by the log start, after DeleteRecords") {
    CHECK(log->advance_log_start(Offset(13), Offset(13)).error().code == ErrorCode::OFFSET_OUT_OF_RANGE);
    REQUIRE(log->advance_log_start(Offset(5), Offset(12)));
    CHECK(log->log_start_offset() == Offset(5));
    CHECK(retain(1000, 12) == 2);
    CHECK(read_all(rig, *log, Offset(5)).front() == 5);
  }
  SUBCASE("a crash in between leaves nothing behind") {
    config.retention_ms = 1;
    log->set_config(config);
    CHECK(retain(1010, 12) > 0);
    const Offset start = log->log_start_offset();
    log.reset();
    rig.crash(Death::power_cut);
    log = open_log(rig, config);
    CHECK(!rig.exists(aside));
    CHECK(log->log_start_offset() == start);
  }
}

TEST_CASE("epochs are durable before their first batch is, and answer where they ended") {
  Rig rig;
  auto log = open_log(rig);
  append_durably(rig, *log, {.records = 5}, LeaderEpoch(1));
  append_durably(rig, *log, {.records = 5}, LeaderEpoch(4));
  CHECK(append(*log, {}, LeaderEpoch(3)).error().code == ErrorCode::FENCED_LEADER_EPOCH);
  log.reset();
  rig.crash(Death::power_cut);
  CHECK(rig.content(partition_path + "/leader-epoch-checkpoint") == "0\n2\n1 0\n4 5\n");
  log = open_log(rig);
  const auto end = [&](int32_t epoch) { return log->end_offset_for_epoch(LeaderEpoch(epoch)); };
  CHECK(end(4).end_offset == Offset(10));
  CHECK(end(3).epoch == LeaderEpoch(1));
  CHECK(end(3).end_offset == Offset(5));
  CHECK(end(0).end_offset == Offset(0));
  CHECK(end(5).end_offset == offset_none);
  CHECK(log->epoch_at(Offset(4)) == LeaderEpoch(1));
}

TEST_CASE("a truncated follower ends exactly where it was told, with epochs, indexes and producers to match") {
  Rig rig;
  config::TopicConfig config;
  config.segment_bytes = 200;
  config.index_interval_bytes = 50;
  auto log = open_log(rig, config);
  for (int i = 0; i < 12; ++i) append_durably(rig, *log, {.timestamp_ms = 1000 + i, .producer_id = 9, .base_sequence = i}, LeaderEpoch(i / 4));
  REQUIRE(rig.run(log->truncate_to(Offset(7))));
  CHECK(log->log_end_offset() == Offset(7));
  CHECK(log->latest_epoch() == LeaderEpoch(1));
  CHECK(read_all(rig, *log, Offset(0)).back() == 6);
  CHECK(rig.run(log->max_timestamp(Offset(7)))->offset == Offset(6));
  CHECK(append(*log, {.producer_id = 9, .base_sequence = 9}, LeaderEpoch(5)).error().code == ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
  append_durably(rig, *log, {.records = 2, .value_bytes = 30, .producer_id = 9, .base_sequence = 7}, LeaderEpoch(5));
  log.reset();
  rig.crash(Death::power_cut);
  log = open_log(rig, config);
  CHECK(log->log_end_offset() == Offset(9));
  CHECK(read_all(rig, *log, Offset(5)) == std::vector<int64_t>{5, 6, 7});

  REQUIRE(rig.run(log->truncate_fully_and_start_at(Offset(100))));
  CHECK(log->log_start_offset() == Offset(100));
  CHECK(log->log_end_offset() == Offset(100));
  CHECK(append(*log, {.producer_id = 9, .base_sequence = 77}, LeaderEpoch(5))->first_offset == Offset(100));
  REQUIRE(rig.run(log->flush(true)));
  log.reset();
  rig.crash(Death::power_cut);
  log = open_log(rig, config);
  CHECK(read_all(rig, *log, Offset(100)) == std::vector<int64_t>{100});
}

TEST_CASE("a replicated batch keeps its offset and epoch, and one below the end is refused") {
  Rig rig;
  auto log = open_log(rig);
  auto batch = make_batch({.records = 2});
  record::set_base_offset(batch->mutable_bytes(), Offset(10));
  record::set_partition_leader_epoch(batch->mutable_bytes(), LeaderEpoch(3));
  const auto bytes = batch->mutable_bytes();
  REQUIRE(log->append(bytes, LeaderEpoch(9), {AppendOrigin::replication}, batch));
  CHECK(log->log_end_offset() == Offset(12));
  CHECK(log->latest_epoch() == LeaderEpoch(3));
  CHECK(log->append(bytes, LeaderEpoch(9), {AppendOrigin::replication}, batch).error().code == ErrorCode::OFFSET_OUT_OF_RANGE);
  REQUIRE(rig.run(log->flush(true)));
  CHECK(read_all(rig, *log, Offset(0)) == std::vector<int64_t>{10});  // the gap leads to the next batch
}

TEST_CASE("while nothing can be written all logs of a server together hold no more than their backlog, and each at least one batch") {
  Rig rig;
  Backlog backlog{.bytes_max = 3000};
  FilePool files(rig.loop().disk(), 20);
  std::vector<std::unique_ptr<Log>> logs;
  for (int i = 0; i < 5; ++i) {
    auto log = rig.run(Log::open(rig.loop(), fmt::format("/data/orders-{}", i), {}, {.files = &files, .backlog = &backlog}));
    REQUIRE(log);
    logs.push_back(std::move(*log));
  }
  for (auto& log : logs) {
    CHECK(log->has_room(1000));
    REQUIRE(append(*log, {.value_bytes = 900}));
  }
  CHECK(backlog.bytes > 4500);
  for (auto& log : logs) CHECK(!log->has_room(1000));
  for (auto& log : logs) REQUIRE(rig.run(log->flush(true)));
  CHECK(backlog.bytes == 0);
  for (auto& log : logs) CHECK(log->has_room(1000));
  REQUIRE(append(*logs[0], {.value_bytes = 900}));
  logs.clear();
  CHECK(backlog.bytes == 0);
}

TEST_CASE("a log that is gone has no file open: the room of a deleted partition is free, and its name is nobody's") {
  Rig rig;
  FilePool files(rig.loop().disk(), 20);
  auto log = open_log(rig, {}, {.files = &files});
  append_durably(rig, *log);
  CHECK(files.size() > 0);
  log.reset();
  CHECK(files.size() == 0);
}
