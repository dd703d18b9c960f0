// The checkpoint of a log directory, and logs that are opened from what it says instead of by reading.
#include "log/dir_checkpoint.h"

#include "base/crc32c.h"
#include "log/file_names.h"
#include "log/lazy_log.h"
#include "log/log_dir.h"
#include "log/rig.h"

using namespace evlog;
using namespace evlog::log;
using namespace evlog::log::test;
using io::sim::Death;

namespace {

const TopicPartition orders{"orders", PartitionIndex(0)};

OpenOptions keeping_producers() {
  OpenOptions options;
  options.producer_id_expiration_ms = INT64_MAX / 2;
  return options;
}

std::unique_ptr<Log> resume(Rig& rig, const LogState& state, config::TopicConfig config = {}) {
  return Log::resume(rig.loop(), partition_path, config, keeping_producers(), state);
}

// What a log says of itself: two logs that agree here answer every client alike.
std::string told(Rig& rig, Log& log) {
  std::string text = fmt::format("{} {} {} epochs", log.log_start_offset().value(), log.log_end_offset().value(), log.durable_end_offset().value());
  for (const auto& entry : log.state().epochs) text += fmt::format(" {}@{}", entry.epoch.value(), entry.start_offset.value());
  for (const auto& [id, entry] : log.producers().entries()) {
    text += fmt::format(" producer {} epoch {} batches", id.value(), entry.epoch.value());
    for (uint8_t i = 0; i < entry.batch_count; ++i) text += fmt::format(" {}:{}", entry.batches[i].first_sequence(), entry.batches[i].first_offset().value());
  }
  text += " offsets";
  for (const int64_t offset : read_all(rig, log, log.log_start_offset())) text += fmt::format(" {}", offset);
  for (const int64_t time : {0, 1'500, 3'000, 9'999}) {
    const auto hit = rig.run(log.offset_for_timestamp(time, log.log_end_offset()));
    REQUIRE(hit);
    text += fmt::format(" t{}={}", time, hit->offset.value());
  }
  const auto newest = rig.run(log.max_timestamp(log.log_end_offset()));
  REQUIRE(newest);
  return text + fmt::format(" max {}", newest->timestamp_ms);
}

config::TopicConfig small_segments() {
  config::TopicConfig config;
  config.segment_bytes = 600;
  config.index_interval_bytes = 100;
  config.unsynced_bytes_max = 100'000;
  return config;
}

void fill(Rig& rig, Log& log, int batches, int from = 0) {
  for (int i = from; i < from + batches; ++i)
    append_durably(rig, log, {.records = 2, .timestamp_ms = 1000 + i * 100, .producer_id = 7, .base_sequence = i * 2}, LeaderEpoch(i / 4));
}

DirCheckpoint one_entry(const LogState& state, bool complete) {
  auto owner = std::make_shared<const Buffer>(encode_log_state(state));
  const Bytes bytes = owner->bytes();
  DirCheckpoint checkpoint;
  checkpoint.directory_id = {1, 2};
  checkpoint.broker_epoch = 9;
  checkpoint.complete = complete;
  checkpoint.entries.push_back({orders, Uuid{7, 8}, {std::move(owner), bytes}});
  return checkpoint;
}

}  // namespace

TEST_CASE("a log opened from its state answers as one that was opened by reading, and goes on where it ended") {
  Rig rig;
  {
    auto log = open_log(rig, small_segments());
    fill(rig, *log, 12);
    CHECK(log->segments().size() > 2);
    REQUIRE(rig.run(log->close()));
    const LogState state = log->state();
    CHECK(state.closed);
    const auto decoded = decode_log_state(encode_log_state(state));
    REQUIRE(decoded);
    log.reset();
    auto resumed = resume(rig, *decoded, small_segments());
    log = open_log(rig, small_segments(), {.clean = true});
    const std::string at_once = told(rig, *resumed), by_reading = told(rig, *log);
    CHECK(at_once.substr(0, at_once.find(" producer")) == by_reading.substr(0, by_reading.find(" producer")));
    CHECK(at_once.substr(at_once.find(" offsets")) == by_reading.substr(by_reading.find(" offsets")));
    CHECK(append(*resumed, {.records = 2, .producer_id = 7, .base_sequence = 16})->duplicate);  // the last five are known, not only the last
    CHECK_FALSE(append(*resumed, {.producer_id = 7, .base_sequence = 99}, LeaderEpoch(3)));
    fill(rig, *resumed, 6, 12);
    CHECK(resumed->log_end_offset() == Offset(36));
    REQUIRE(rig.run(resumed->close()));
  }
  auto log = open_log(rig, small_segments(), {.clean = true});
  CHECK(read_all(rig, *log, Offset(0)).size() == 18);
}

TEST_CASE("after a crash only what lies behind the checkpoint is scanned, and the log is the one that a full scan finds") {
  for (const Death death : {Death::kill, Death::power_cut}) {
    for (const int behind : {0, 1, 9}) {
      CAPTURE(behind);
      Rig rig;
      auto log = open_log(rig, small_segments());
      fill(rig, *log, 7);
      REQUIRE(append(*log, {.records = 2, .timestamp_ms = 1700, .producer_id = 7, .base_sequence = 14}, LeaderEpoch(1)));  // queued: counts
      const LogState state = log->state();
      CHECK(state.end == Offset(16));
      REQUIRE(rig.run(log->flush(true)));
      fill(rig, *log, behind, 8);
      log.reset();
      rig.crash(death);
      auto options = keeping_producers();
      options.state = &state;
      log = open_log(rig, small_segments(), options);
      CHECK(log->recovery().notes.empty());
      if (behind == 0) CHECK(log->recovery().scanned_bytes == 0);
      const uint64_t scanned = log->recovery().scanned_bytes;
      const std::string short_way = told(rig, *log);
      const uint64_t all = log->size_bytes();
      log.reset();
      log = open_log(rig, small_segments(), keeping_producers());
      CHECK(scanned < all);
      // A scan of everything knows of each producer what its snapshots tell, at least the last batch; offsets and times are the same.
      const std::string long_way = told(rig, *log);
      CHECK(short_way.substr(short_way.find(" offsets")) == long_way.substr(long_way.find(" offsets")));
      CHECK(append(*log, {.records = 2, .producer_id = 7, .base_sequence = (7 + behind) * 2}, LeaderEpoch(4))->duplicate);
    }
  }
}

TEST_CASE("a torn tail behind the checkpoint is cut as always, and nothing before it is looked at") {
  Rig rig;
  auto log = open_log(rig);
  fill(rig, *log, 4);
  const LogState state = log->state();
  const std::string path = partition_path + "/00000000000000000000.log";
  const std::string good = rig.content(path);
  log.reset();
  rig.crash(Death::kill);
  rig.write(path, good + good.substr(0, 70));
  auto options = keeping_producers();
  options.state = &state;
  log = open_log(rig, {}, options);
  CHECK(log->recovery().cut_bytes == 70);
  CHECK(log->log_end_offset() == Offset(8));
  CHECK(rig.content(path) == good);
}

TEST_CASE("files that contradict the checkpoint are scanned without it, and a note says which") {
  Rig rig;
  auto log = open_log(rig);
  fill(rig, *log, 6);
  LogState state = log->state();
  log.reset();
  rig.crash(Death::kill);
  auto options = keeping_producers();
  options.state = &state;
  std::string why;
  SUBCASE("a file that is shorter") {
    const std::string path = partition_path + "/00000000000000000000.log";
    rig.write(path, rig.content(path).substr(0, rig.content(path).size() / 6 * 2));
    why = "bytes, and";
  }
  SUBCASE("a segment that is not there") {
    state.segments.back().base_offset = Offset(5);
    why = "is gone";
  }
  SUBCASE("another history") {
    rig.write(partition_path + "/leader-epoch-checkpoint", "0\n2\n0 0\n3 6\n");
    state.epochs = {{LeaderEpoch(0), Offset(0)}, {LeaderEpoch(1), Offset(8)}};
    why = "leader epoch 1 ended";
  }
  log = open_log(rig, {}, options);
  REQUIRE(log->recovery().notes.size() >= 1);
  CHECK_MESSAGE(log->recovery().notes[0].find(why) != std::string::npos, log->recovery().notes[0]);
  CHECK(log->recovery().scanned_bytes == log->size_bytes() + log->recovery().cut_bytes);
  CHECK(read_all(rig, *log, Offset(0)).size() == static_cast<size_t>(log->log_end_offset().value() / 2));
}

TEST_CASE("a file that is missing or was exchanged takes its partition offline when it is needed, by name, and not its directory") {
  bool by_a_read = false;
  SUBCASE("by a read") { by_a_read = true; }
  SUBCASE("by a write") {}
  for (const std::string change : {"missing", "shorter", "longer"}) {
    CAPTURE(change);
    Rig rig;
    auto log = open_log(rig);
    fill(rig, *log, 3);
    REQUIRE(rig.run(log->close()));
    const LogState state = log->state();
    log.reset();
    const std::string path = partition_path + "/00000000000000000000.log";
    std::string why;
    if (change == "missing") {
      REQUIRE(rig.disk().find(partition_path)->names.erase("00000000000000000000.log") == 1);
      why = path + " is missing";
    }
    if (change == "shorter") {
      rig.write(path, rig.content(path).substr(0, 10));
      why = path + " has 10 bytes where";
    }
    if (change == "longer") {
      rig.write(path, rig.content(path) + "more");
      why = "it was changed while evlog was stopped";
    }
    auto options = keeping_producers();
    int failed = 0;
    options.on_offline = [&](const Error&) { ++failed; };
    log = Log::resume(rig.loop(), partition_path, {}, options, state);
    if (by_a_read) {
      const auto read = rig.run(log->read_bytes({.from = Offset(0), .upper = Offset(6), .bytes_max = 1000}));
      REQUIRE_FALSE(read);
      CHECK_MESSAGE(read.error().message.find(why) != std::string::npos, read.error().message);
    } else {
      REQUIRE(append(*log, {}, LeaderEpoch(1)));
      const auto flushed = rig.run(log->flush(true));
      REQUIRE_FALSE(flushed);
      CHECK_MESSAGE(flushed.error().message.find(why) != std::string::npos, flushed.error().message);
    }
    CHECK(log->offline());
    CHECK(failed == 0);
  }
}

TEST_CASE("indexes that are missing or wrong are made again when they are needed") {
  Rig rig;
  auto log = open_log(rig, small_segments());
  fill(rig, *log, 12);
  REQUIRE(rig.run(log->close()));
  const LogState state = log->state();
  const std::string before = told(rig, *log);
  log.reset();
  for (const auto& [name, inode] : rig.disk().find(partition_path)->names)
    if (name.ends_with(".timeindex")) rig.write(partition_path + "/" + name, "rubbish");
  std::erase_if(rig.disk().find(partition_path)->names, [](const auto& one) { return one.first.ends_with(".index"); });
  log = resume(rig, state, small_segments());
  CHECK(told(rig, *log) == before);
}

TEST_CASE("a log without a record has no directory; its first batch makes it, durably, with the topic's id in it") {
  for (const Death death : {Death::kill, Death::power_cut}) {
    Rig rig;
    auto dir = rig.run(LogDir::open(rig.loop(), "/data", {.new_cluster_id = "c"}));
    REQUIRE(dir);
    auto options = keeping_producers();
    options.directory = dir->get();
    options.name = "orders-0";
    options.topic_id = Uuid{7, 8};
    auto log = Log::begin(rig.loop(), partition_path, {}, options);
    log->begin_epoch(LeaderEpoch(3));
    REQUIRE(rig.run(log->flush(true)));
    REQUIRE(rig.run(log->roll()));
    CHECK(rig.run(log->offset_for_timestamp(0, Offset(0)))->offset == offset_none);
    CHECK(rig.run(log->read_bytes({.from = Offset(0), .upper = Offset(0), .bytes_max = 10}))->empty());
    CHECK_FALSE(rig.exists(partition_path));
    REQUIRE(append(*log, {.producer_id = 7}, LeaderEpoch(3)));
    REQUIRE(rig.run(log->flush(true)));
    log.reset();
    dir->reset();
    rig.crash(death);
    dir = rig.run(LogDir::open(rig.loop(), "/data", {.new_cluster_id = "c"}));
    REQUIRE(dir);
    const auto found = rig.run((*dir)->partitions());
    REQUIRE(found->size() == 1);
    CHECK(found->at(0).topic_id == Uuid{7, 8});
    log = open_log(rig);
    CHECK(log->log_end_offset() == Offset(1));
    CHECK(log->latest_epoch() == LeaderEpoch(3));
  }
}

TEST_CASE("what lies under the name of a new log is set aside, and a full disk on the way costs nothing but the answer") {
  Rig rig;
  open_log(rig).reset();
  rig.write("/data/orders-0/00000000000000000000.log", "another topic's");
  auto dir = rig.run(LogDir::open(rig.loop(), "/data", {.new_cluster_id = "c"}));
  REQUIRE(dir);
  auto options = keeping_producers();
  options.directory = dir->get();
  options.name = "orders-0";
  options.topic_id = Uuid{7, 8};
  auto log = Log::begin(rig.loop(), partition_path, {}, options);
  rig.node().space_bytes = rig.disk().used_bytes();
  REQUIRE(append(*log));
  const auto refused = rig.run(log->flush(true));
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::NOT_ENOUGH_REPLICAS);
  CHECK_FALSE(log->offline());
  rig.node().space_bytes = UINT64_MAX;
  append_durably(rig, *log);
  CHECK(log->log_end_offset() == Offset(1));
  int aside = 0;
  for (const auto& [name, inode] : rig.disk().find("/data")->names) aside += name.starts_with("orders-0.") && name.ends_with("-stray");
  CHECK(aside == 1);
}

TEST_CASE("every bit of the checkpoint is guarded, a short one is refused, and a newer version says so") {
  Rig rig;
  auto log = open_log(rig);
  fill(rig, *log, 2);
  REQUIRE(rig.run(log->close()));
  const Buffer file = encode_dir_checkpoint(one_entry(log->state(), true));
  const auto decoded = decode_dir_checkpoint(std::make_shared<const Buffer>(file.bytes()));
  REQUIRE(decoded);
  CHECK(decoded->complete);
  CHECK(decoded->broker_epoch == 9);
  REQUIRE(decoded->find(orders));
  CHECK(decoded->find(orders)->topic_id == Uuid{7, 8});
  CHECK(decoded->find({"orders", PartitionIndex(1)}) == nullptr);
  CHECK(decode_log_state(decoded->find(orders)->state.bytes)->end == Offset(4));
  for (size_t size = 0; size < file.size(); ++size) CHECK_FALSE(decode_dir_checkpoint(std::make_shared<const Buffer>(file.bytes().first(size))));
  for (size_t bit = 0; bit < file.size() * 8; ++bit) {
    Buffer damaged(file.bytes());
    damaged.data()[bit / 8] ^= static_cast<uint8_t>(1 << (bit % 8));
    const auto got = decode_dir_checkpoint(std::make_shared<const Buffer>(std::move(damaged)));
    REQUIRE_FALSE(got);
    CHECK(got.error().code == ErrorCode::CORRUPT_MESSAGE);
  }
  Buffer newer(file.bytes());
  store_be<uint16_t>(newer.data() + 8, 2);
  store_be<uint32_t>(newer.data() + 12, crc32c(newer.bytes().subspan(16, 48), crc32c(newer.bytes().first(12))));
  CHECK(decode_dir_checkpoint(std::make_shared<const Buffer>(std::move(newer))).error().code == ErrorCode::UNSUPPORTED_VERSION);
}

TEST_CASE("a state that was cut anywhere, or has one byte changed, is refused or is a state: nothing crashes on it") {
  Rig rig;
  auto log = open_log(rig, small_segments());
  fill(rig, *log, 8);
  const Buffer good = encode_log_state(log->state());
  for (size_t size = 0; size < good.size(); ++size) CHECK_FALSE(decode_log_state(good.bytes().first(size)));
  for (size_t at = 0; at < good.size(); ++at) {
    for (const int change : {0x01, 0x7f, 0x80, 0xff}) {
      Buffer other(good.bytes());
      other.data()[at] ^= static_cast<uint8_t>(change);
      (void)decode_log_state(other);
    }
  }
}
