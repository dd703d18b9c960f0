#include <cerrno>

#include "base/random.h"
#include "log/file_names.h"
#include "rig.h"

using namespace evlog;
using namespace evlog::log;
using namespace evlog::log::test;
using io::sim::Death;
using io::sim::Knobs;

namespace {

const std::string first_log = partition_path + "/00000000000000000000.log";

struct Appended { int64_t base_offset; std::string bytes; };

// Random appends, flushes and rolls; then the power fails. Whatever was reported durable must be there, byte for byte, at its offset;
// whatever else is there must be what was appended, without a gap.
void survive(uint64_t seed, int& torn) {
  CAPTURE(seed);
  Random random(seed);
  Knobs knobs;
  knobs.sector_bytes = 64;
  knobs.sector_torn = 0.3;
  knobs.write_delayed = random.chance(0.5) ? 0.3 : 0;
  knobs.read_miss = random.chance(0.5) ? 0.3 : 0;
  Rig rig(seed, knobs);
  config::TopicConfig config;
  config.segment_bytes = static_cast<int32_t>(random.between(300, 3000));
  config.index_interval_bytes = static_cast<int32_t>(random.between(0, 400));
  config.unsynced_bytes_max = random.between(500, 4000);
  config.max_message_bytes = 500;
  config.durability = config::Durability::disk;
  std::vector<Appended> all;
  int32_t epoch = 0, sequence = 0;
  size_t durable = 0;

  for (int life = 0; life < 4; ++life) {
    auto log = open_log(rig, config);
    REQUIRE(!log->offline());
    torn += log->recovery().cut_bytes > 0;
    CHECK(log->durable_end_offset() == log->log_end_offset());
    // What came back: a prefix of what was appended, at least all that was durable.
    std::vector<Appended> found;
    for (Offset at(0); at < log->log_end_offset();) {
      auto bytes = rig.run(log->read_bytes({.from = at, .upper = log->log_end_offset(), .bytes_max = 1000}));
      REQUIRE(bytes);
      REQUIRE(!bytes->empty());
      record::BatchIterator batches(*bytes);
      while (auto batch = batches.next()) {
        found.push_back({batch->base_offset().value(), std::string(as_text(batch->bytes()))});
        at = batch->next_offset();
      }
    }
    REQUIRE(found.size() >= durable);
    REQUIRE(found.size() <= all.size());
    for (size_t i = 0; i < found.size(); ++i) {
      REQUIRE(found[i].base_offset == all[i].base_offset);
      REQUIRE(found[i].bytes == all[i].bytes);
    }
    all.resize(found.size());
    durable = all.size();
    sequence = static_cast<int32_t>(all.size());
    ++epoch;

    for (int step = 0; step < 30; ++step) {
      if (random.chance(0.6)) {
        auto batch = make_batch({.value_bytes = random.below(200), .timestamp_ms = 1000 + step, .producer_id = 7, .base_sequence = sequence});
        if (!log->has_room(batch->size())) continue;
        const auto view = batch->mutable_bytes();
        auto info = log->append(view, LeaderEpoch(epoch), {}, batch);
        if (!info) FAIL(info.error().message);
        ++sequence;
        all.push_back({info->first_offset.value(), std::string(as_text(view))});
      } else if (random.chance(0.1)) {
        REQUIRE(rig.run(log->roll()));
      } else {
        REQUIRE(rig.run(log->flush(random.chance(0.5))));
      }
      while (durable < all.size() && Offset(all[durable].base_offset) < log->durable_end_offset()) ++durable;
    }
    log.reset();
    rig.crash(random.chance(0.8) ? Death::power_cut : Death::kill);
  }
}

}  // namespace

TEST_CASE("no power cut takes back what was durable, and what remains is a prefix of what was appended") {
  int torn = 0;
  for (uint64_t seed = 1; seed <= 150; ++seed) survive(seed, torn);
  CHECK(torn > 20);  // else this tests nothing
}

TEST_CASE("a torn last batch is cut, reported with offset and bytes, and nothing before it is lost") {
  Rig rig;
  auto log = open_log(rig);
  for (int i = 0; i < 3; ++i) append_durably(rig, *log);
  log.reset();
  std::string bytes = rig.content(first_log);
  bytes.resize(bytes.size() - 5);
  rig.write(first_log, bytes);
  log = open_log(rig);
  CHECK(!log->offline());
  CHECK(log->log_end_offset() == Offset(2));
  CHECK(log->recovery().cut_at == Offset(2));
  CHECK(log->recovery().cut_bytes == bytes.size() - log->size_bytes());
  CHECK(rig.content(first_log).size() == log->size_bytes());
  CHECK(read_all(rig, *log, Offset(0)).size() == 2);
}

TEST_CASE("a rotten batch further from the end than a crash can tear takes the partition offline and drops nothing") {
  Rig rig;
  config::TopicConfig config;
  config.unsynced_bytes_max = 300;
  config.max_message_bytes = 300;
  auto log = open_log(rig, config);
  for (int i = 0; i < 20; ++i) append_durably(rig, *log);
  log.reset();
  const std::string good = rig.content(first_log);
  SUBCASE("in the last segment") {
    std::string bad = good;
    bad[200] ^= 1;
    rig.write(first_log, bad);
    log = open_log(rig, config);
    CHECK(log->offline());
    CHECK(rig.content(first_log) == bad);
    CHECK(log->offline_error().message.find("To mend") != std::string::npos);
    CHECK(append(*log).error().code == ErrorCode::KAFKA_STORAGE_ERROR);
    CHECK(rig.run(log->flush(true)).error().code == ErrorCode::KAFKA_STORAGE_ERROR);
  }
  SUBCASE("near the end, after a clean stop, when nothing can be torn") {
    std::string bad = good;
    bad.resize(bad.size() - 1);
    rig.write(first_log, bad);
    log = open_log(rig, config, {.clean = true});
    CHECK(log->offline());
    CHECK(rig.content(first_log) == bad);
  }
  SUBCASE("zeros behind the last batch are a preallocated tail, however many") {
    rig.write(first_log, good + std::string(5000, '\0'));
    log = open_log(rig, config);
    CHECK(!log->offline());
    CHECK(log->log_end_offset() == Offset(20));
    CHECK(rig.content(first_log) == good);
  }
}

TEST_CASE("a full disk refuses what does not fit, keeps the rest, and serves on when there is space again") {
  Rig rig;
  config::TopicConfig config;
  config.segment_bytes = 1000;
  auto log = open_log(rig, config);
  for (int i = 0; i < 3; ++i) append_durably(rig, *log, {.producer_id = 3, .base_sequence = i}, LeaderEpoch(2));
  for (uint64_t room = 0; room < 400; room += 13) {
    CAPTURE(room);
    const Offset end = log->log_end_offset();
    const auto sequence = static_cast<int32_t>(end.value());
    rig.node().space_bytes = rig.disk().used_bytes() + room;
    for (int i = 0; i < 8; ++i) REQUIRE(append(*log, {.producer_id = 3, .base_sequence = sequence + i}, LeaderEpoch(2)));
    const auto flushed = rig.run(log->flush(true));
    REQUIRE(!flushed);
    CHECK(is_disk_full(flushed.error()));
    CHECK(error_retriable(flushed.error().code));
    CHECK(!log->offline());
    CHECK(log->log_end_offset() == log->written_end_offset());
    const auto again = static_cast<int32_t>(log->log_end_offset().value());
    rig.node().space_bytes = UINT64_MAX;
    append_durably(rig, *log, {.producer_id = 3, .base_sequence = again}, LeaderEpoch(2));
    CHECK(append(*log, {.producer_id = 3, .base_sequence = again}, LeaderEpoch(2))->duplicate);
  }
  const auto all = read_all(rig, *log, Offset(0));
  const Offset end = log->log_end_offset();
  CHECK(all.size() == static_cast<size_t>(end.value()));
  log.reset();
  rig.crash(Death::power_cut);
  log = open_log(rig, config);
  CHECK(log->log_end_offset() == end);
  CHECK(read_all(rig, *log, Offset(0)) == all);
}

TEST_CASE("after a failed write or sync nothing is acknowledged any more, and a restart has all that was") {
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    CAPTURE(seed);
    Rig rig(seed);
    config::TopicConfig config;
    config.segment_bytes = 500;
    int told = 0;
    OpenOptions options;
    options.on_offline = [&](const Error&) { ++told; };
    auto log = open_log(rig, config, options);
    rig.world().knobs().write_error = rig.world().knobs().sync_error = rig.world().knobs().name_error = 0.05;
    int64_t durable = 0;
    for (int i = 0; i < 40; ++i) {
      if (!append(*log)) break;
      const auto flushed = rig.run(log->flush(true));
      if (!flushed) break;
      durable = log->durable_end_offset().value();
    }
    if (log->offline()) {
      CHECK(told == 1);
      CHECK(append(*log).error().code == ErrorCode::KAFKA_STORAGE_ERROR);
      CHECK(rig.run(log->flush(true)).error().code == ErrorCode::KAFKA_STORAGE_ERROR);
      CHECK(log->durable_end_offset().value() == durable);
    }
    log.reset();
    rig.world().knobs().write_error = rig.world().knobs().sync_error = rig.world().knobs().name_error = 0;
    rig.crash(Death::power_cut);
    log = open_log(rig, config);
    CHECK(!log->offline());
    CHECK(log->log_end_offset().value() >= durable);
    CHECK(read_all(rig, *log, Offset(0)).size() == static_cast<size_t>(log->log_end_offset().value()));
  }
}

TEST_CASE("un-synced bytes stay within their bound even when nobody asks for a sync") {
  Rig rig;
  config::TopicConfig config;
  config.unsynced_bytes_max = 1000;
  config.max_message_bytes = 500;
  auto log = open_log(rig, config);
  for (int i = 0; i < 100; ++i) {
    REQUIRE(append(*log));
    if (i % 3 == 0) REQUIRE(rig.run(log->flush(false)));
    const int64_t unsynced = (log->written_end_offset() - log->durable_end_offset()) * 89;
    CHECK(unsynced <= 1000);
  }
  CHECK(log->durable_end_offset() > Offset(0));
}

TEST_CASE("appends that come while a flush is under way join the next one and lose nothing") {
  Rig rig(3, [] { Knobs knobs; knobs.write_delayed = 1; return knobs; }());
  auto log = open_log(rig);
  int flushes = 0;
  io::Nursery nursery;
  const auto flush = [](Log& of, int& done) -> io::task<> {
    auto flushed = co_await of.flush(true);
    CHECK(flushed);
    ++done;
  };
  for (int i = 0; i < 20; ++i) {
    REQUIRE(append(*log));
    nursery.spawn(flush(*log, flushes));
  }
  REQUIRE(append(*log));
  REQUIRE(rig.world().run_until([&] { return flushes == 20; }, seconds(60)));
  CHECK(log->durable_end_offset() == Offset(21));
  CHECK(read_all(rig, *log, Offset(0)).size() == 21);
}
