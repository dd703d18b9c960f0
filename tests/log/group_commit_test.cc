// The group commit of a log directory and its write-ahead files: what they make durable, what a crash may do to them.
#include <map>

#include "base/crc32c.h"
#include "base/metrics.h"
#include "log/group_commit.h"
#include "log/log_dir.h"
#include "log/wal.h"
#include "log/wal_redo.h"
#include "rig.h"

using namespace evlog;
using namespace evlog::log;
using namespace evlog::log::test;

namespace {

const std::string wal_0 = "/data/evlog-wal-0", wal_1 = "/data/evlog-wal-1";

// A directory with some partitions, through its life and after crashes.
struct Directory {
  explicit Directory(Rig& of, GroupCommitOptions options = {.wal_bytes = 1_MiB, .wal_files_min = 2}) : rig(of), commit(options) { open(); }

  void open() {
    LogDirOptions options{.cluster_id = std::nullopt, .new_cluster_id = "63mFDNumSRey6qzYjj_Jfg", .node_id = 1, .commit = commit, .metrics = &metrics};
    auto opened = rig.run(LogDir::open(rig.loop(), "/data", options));
    if (!opened) FAIL(opened.error().message);
    dir = std::move(*opened);
    dir->group().on_failed([this](const Error& error) { failure = error.message; });
  }
  Log& log(int number) {
    auto& log = logs[number];
    if (log) return *log;
    const TopicPartition name{"orders", PartitionIndex(number)};
    OpenOptions options{.clean = dir->was_clean(), .producer_id_expiration_ms = INT64_MAX / 2, .group = &dir->group(), .topic_id = topic};
    auto opened = rig.run(Log::open(rig.loop(), dir->partition_path(name), config, options));
    if (!opened) FAIL(opened.error().message);
    log = std::move(*opened);
    REQUIRE(rig.run(dir->write_partition_metadata(name, topic)));
    return *log;
  }
  void close_all() { logs.clear(), dir.reset(); }
  void crash(io::sim::Death death) {
    close_all();
    rig.crash(death);
    open();
  }
  // One batch to each of `count` partitions, made durable at the same time.
  std::vector<Result<void>> append_together(int count, BatchWanted wanted = {}) {
    std::vector<std::optional<Result<void>>> results(static_cast<size_t>(count));
    for (int i = 0; i < count; ++i) log(i);
    io::Nursery nursery;
    for (int i = 0; i < count; ++i) {
      REQUIRE(append(log(i), wanted));
      nursery.spawn(flush(log(i), results[static_cast<size_t>(i)]));
    }
    rig.node().loop->wake();
    REQUIRE(rig.world().run_until([&] { return nursery.empty(); }, seconds(600)));
    std::vector<Result<void>> all;
    for (auto& result : results) all.push_back(std::move(*result));
    return all;
  }
  static io::task<> flush(Log& log, std::optional<Result<void>>& into) { into.emplace(co_await log.flush(true)); }

  Rig& rig;
  GroupCommitOptions commit;
  Metrics metrics;
  config::TopicConfig config;
  Uuid topic{7, 8};
  std::string failure;
  std::unique_ptr<LogDir> dir;
  std::map<int, std::unique_ptr<Log>> logs;
};

uint64_t syncs(Rig& rig) { return rig.world().counters().syncs; }

}  // namespace

TEST_CASE("a hundred partitions become durable with one sync, and a power cut takes none of their records") {
  for (uint64_t seed = 1; seed <= 6; ++seed) {
    CAPTURE(seed);
    Rig rig(seed);
    Directory directory(rig);
    for (int i = 0; i < 100; ++i) directory.log(i);
    for (const auto& done : directory.append_together(100)) CHECK(done);
    const uint64_t before = syncs(rig);
    for (const auto& done : directory.append_together(100, {.records = 3})) CHECK(done);
    CHECK(syncs(rig) - before == 1);
    directory.crash(io::sim::Death::power_cut);
    CHECK(directory.metrics.wal_redone_bytes > 0);
    for (int i = 0; i < 100; ++i) {
      CHECK(directory.log(i).log_end_offset() == Offset(4));
      CHECK(directory.log(i).recovery().cut_bytes == 0);
    }
    CHECK(!rig.exists(wal_0));
  }
}

TEST_CASE("few partitions, large batches, and a directory without write-ahead files sync their own files") {
  Rig rig;
  Directory directory(rig, {.wal_bytes = 1_MiB, .wal_files_min = 3});
  for (const auto& done : directory.append_together(2)) CHECK(done);
  for (const auto& done : directory.append_together(5, {.value_bytes = 200'000})) CHECK(done);
  CHECK(directory.metrics.wal_commits == 0);
  Rig other;
  Directory without(other, {.wal_bytes = 0, .wal_files_min = 1});
  for (const auto& done : without.append_together(5)) CHECK(done);
  CHECK(without.metrics.wal_commits == 0);
  CHECK(!other.exists(wal_0));
}

TEST_CASE("write-ahead files are used in turn and settled in between: whatever the power takes at any moment, no acknowledged record is in it") {
  uint64_t settled = 0, redone = 0, ahead = 0;
  for (uint64_t seed = 1; seed <= 25; ++seed) {
    CAPTURE(seed);
    io::sim::Knobs knobs;
    knobs.sector_torn = 0.2;
    knobs.write_delayed = 0.1;
    Rig rig(seed, knobs);
    Directory directory(rig, {.wal_bytes = 8_KiB + 700 * (seed % 5), .wal_files_min = 1 + static_cast<uint32_t>(seed % 3)});
    directory.config.segment_bytes = 3000;
    Random random(seed);
    std::map<int, int64_t> acknowledged;
    for (int life = 0; life < 4; ++life) {
      std::vector<std::shared_ptr<std::optional<Result<void>>>> results;
      io::Nursery nursery;
      for (int round = 0; round < 12; ++round) {
        std::map<int, std::pair<int64_t, std::shared_ptr<std::optional<Result<void>>>>> now;
        for (int i = 0; i < 5; ++i) {
          if (random.chance(0.3)) continue;
          Log& log = directory.log(i);
          REQUIRE(append(log, {.records = 1 + static_cast<int>(random.below(4)), .value_bytes = random.below(300)}));
          now[i] = {log.log_end_offset().value(), std::make_shared<std::optional<Result<void>>>()};
          nursery.spawn([](Log& of, std::shared_ptr<std::optional<Result<void>>> into) -> io::task<> { into->emplace(co_await of.flush(true)); }(log, now[i].second));
        }
        if (random.chance(0.1)) rig.let_pass(seconds(6));
        rig.node().loop->wake();
        // The last round of a life is cut short where it stands.
        const bool last = round == 11;
        if (last) (void)rig.world().run_until([&] { return random.chance(0.05); }, milliseconds(20));
        else REQUIRE(rig.world().run_until([&] { return nursery.empty(); }, seconds(600)));
        for (auto& [i, one] : now)
          if (*one.second) {
            CHECK(**one.second);
            acknowledged[i] = std::max(acknowledged[i], one.first);
          }
      }
      settled += directory.metrics.wal_settled, ahead += directory.metrics.wal_commits, redone += directory.metrics.wal_redone_bytes;
      directory.metrics = {};
      nursery.clear();
      directory.crash(random.chance(0.7) ? io::sim::Death::power_cut : io::sim::Death::kill);
      for (const auto& [i, end] : acknowledged) {
        CAPTURE(i);
        Log& log = directory.log(i);
        if (log.recovery().cut_bytes > 0) INFO(log.recovery().notes.back());
        CHECK(log.log_end_offset().value() >= end);
        CHECK(read_all(rig, directory.log(i), directory.log(i).log_start_offset()).size() > 0);
      }
    }
  }
  CHECK(settled > 20);
  CHECK(ahead > 200);
  CHECK(redone > 10'000);
}

TEST_CASE("a quiet directory has nothing to redo after some seconds, and wakes nobody any more") {
  Rig rig;
  Directory directory(rig);
  for (const auto& done : directory.append_together(10)) CHECK(done);
  CHECK(rig.loop().timers().size() == 1);
  rig.let_pass(seconds(20));
  CHECK(rig.loop().timers().size() == 0);
  CHECK(directory.metrics.wal_settled == 1);
  directory.crash(io::sim::Death::power_cut);
  CHECK(directory.metrics.wal_redone_bytes == 0);
  for (int i = 0; i < 10; ++i) CHECK(directory.log(i).log_end_offset() == Offset(1));
}

TEST_CASE("what a follower gave up is not brought back by a redo") {
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    Rig rig(seed);
    Directory directory(rig);
    for (int i = 0; i < 5; ++i) for (const auto& done : directory.append_together(3, {.records = 2, .timestamp_ms = 1000 + i})) CHECK(done);
    REQUIRE(rig.run(directory.log(0).truncate_to(Offset(4))));
    REQUIRE(rig.run(directory.log(1).truncate_fully_and_start_at(Offset(100))));
    append_durably(rig, directory.log(0), {.records = 1, .value_bytes = 77});
    directory.crash(io::sim::Death::power_cut);
    CHECK(directory.log(0).log_end_offset() == Offset(5));
    CHECK(read_all(rig, directory.log(0), Offset(0)) == std::vector<int64_t>{0, 2, 4});
    CHECK(directory.log(1).log_end_offset() == Offset(100));
    CHECK(directory.log(2).log_end_offset() == Offset(10));
  }
}

TEST_CASE("a deleted partition's records do not appear in the next one of its name") {
  Rig rig;
  Directory directory(rig);
  for (const auto& done : directory.append_together(3)) CHECK(done);
  directory.logs.erase(1);
  REQUIRE(rig.run(directory.dir->delete_partition({"orders", PartitionIndex(1)}, seconds(60))));
  directory.log(1);
  directory.crash(io::sim::Death::power_cut);
  CHECK(directory.log(1).log_end_offset() == Offset(0));
  CHECK(directory.log(0).log_end_offset() == Offset(1));
}

TEST_CASE("after a clean stop there are no write-ahead files, and everything is in the partitions' own") {
  Rig rig;
  Directory directory(rig);
  for (const auto& done : directory.append_together(5)) CHECK(done);
  CHECK(rig.exists(wal_0));
  for (auto& [number, log] : directory.logs) REQUIRE(rig.run(log->close()));
  REQUIRE(rig.run(directory.dir->mark_clean(1)));
  CHECK(!rig.exists(wal_0));
  CHECK(!rig.exists(wal_1));
  directory.crash(io::sim::Death::power_cut);
  CHECK(directory.dir->was_clean());
  for (int i = 0; i < 5; ++i) CHECK(directory.log(i).log_end_offset() == Offset(1));
}

TEST_CASE("a full disk stops no commit: without room for a write-ahead file each partition syncs its own") {
  Rig rig;
  Directory directory(rig);
  for (int i = 0; i < 5; ++i) directory.log(i);
  rig.node().space_bytes = rig.disk().used_bytes() + 2000;
  for (const auto& done : directory.append_together(5)) CHECK(done);
  CHECK(directory.metrics.wal_commits == 0);
  CHECK(directory.failure.empty());
  rig.node().space_bytes = UINT64_MAX;
  for (const auto& done : directory.append_together(5)) CHECK(done);
  CHECK(directory.metrics.wal_commits == 1);
  directory.crash(io::sim::Death::power_cut);
  for (int i = 0; i < 5; ++i) CHECK(directory.log(i).log_end_offset() == Offset(2));
}

TEST_CASE("one failed sync is the end of its whole directory: nothing of it is acknowledged any more, also not what was under way") {
  Rig rig;
  Directory directory(rig);
  for (const auto& done : directory.append_together(5)) CHECK(done);
  rig.world().knobs().sync_error = 1;
  for (const auto& done : directory.append_together(5)) CHECK(!done);
  CHECK(!directory.failure.empty());
  rig.world().knobs().sync_error = 0;
  for (int i = 0; i < 5; ++i) CHECK(directory.log(i).offline());
  auto late = rig.run(directory.dir->group().commit({}));
  CHECK(!late);
  CHECK(late.error().code == ErrorCode::KAFKA_STORAGE_ERROR);
}

namespace {

// The durable state right after ten commits of five partitions each, with nothing settled.
std::string wal_after_commits(Rig& rig, Directory& directory) {
  for (int i = 0; i < 10; ++i) for (const auto& done : directory.append_together(5)) REQUIRE(done);
  directory.close_all();
  return rig.content(wal_0);
}

Result<std::unique_ptr<LogDir>> reopen(Rig& rig) {
  return rig.run(LogDir::open(rig.loop(), "/data", {.cluster_id = std::nullopt, .new_cluster_id = "63mFDNumSRey6qzYjj_Jfg", .node_id = 1}));
}

}  // namespace

TEST_CASE("a write-ahead file that is damaged in what was durable is told as damaged, and where; nothing is guessed") {
  for (const size_t at : {size_t{3}, size_t{20}, size_t{512}, size_t{4096 + 30}, size_t{4096 + 900}}) {
    CAPTURE(at);
    Rig rig;
    Directory directory(rig);
    std::string content = wal_after_commits(rig, directory);
    content[at] ^= 1;
    rig.write(wal_0, content);
    rig.crash(io::sim::Death::kill);
    const auto opened = reopen(rig);
    REQUIRE(!opened);
    CHECK(opened.error().code == ErrorCode::CORRUPT_MESSAGE);
    CHECK(opened.error().message.find("evlog-wal-0") != std::string::npos);
    CHECK(opened.error().message.find("position") != std::string::npos);
    CHECK(rig.exists(wal_0));
  }
}

TEST_CASE("the end of a write-ahead file may be torn: what was whole before it counts") {
  Rig rig;
  Directory directory(rig);
  std::string content = wal_after_commits(rig, directory);
  content.resize(content.size() - 40);
  rig.write(wal_0, content);
  rig.crash(io::sim::Death::kill);
  CHECK(reopen(rig));
}

TEST_CASE("a write-ahead file of a newer version, or of another directory, is refused by name") {
  Rig rig;
  Directory directory(rig);
  std::string content = wal_after_commits(rig, directory);
  auto* bytes = reinterpret_cast<uint8_t*>(content.data());
  store_be<uint32_t>(bytes + 8, 2);
  store_be<uint32_t>(bytes + 60, crc32c({bytes, 60}));
  rig.write(wal_0, content);
  rig.crash(io::sim::Death::kill);
  auto opened = reopen(rig);
  REQUIRE(!opened);
  CHECK(opened.error().message.find("newer evlog (version 2") != std::string::npos);
  store_be<uint32_t>(bytes + 8, 1);
  bytes[16] ^= 1;
  store_be<uint32_t>(bytes + 60, crc32c({bytes, 60}));
  rig.write(wal_0, content);
  opened = reopen(rig);
  REQUIRE(!opened);
  CHECK(opened.error().message.find("another log directory") != std::string::npos);
}

TEST_CASE("what another program wrote to a partition after our crash is not written over") {
  Rig rig;
  Directory directory(rig);
  for (int i = 0; i < 2; ++i) for (const auto& done : directory.append_together(2)) CHECK(done);
  REQUIRE(directory.metrics.wal_commits > 0);
  const std::string path = "/data/orders-0/00000000000000000000.log";
  const auto foreign = make_batch({.records = 5, .value_bytes = 3});
  record::set_base_offset(foreign->mutable_bytes(), Offset(1));
  const std::string content = rig.content(path).substr(0, rig.content(path).size() / 2) + std::string(as_text(*foreign));
  directory.close_all();
  rig.write(path, content);
  rig.crash(io::sim::Death::kill);
  directory.open();
  CHECK(rig.content(path) == content);
  REQUIRE(directory.dir->notes().size() == 1);
  CHECK(directory.dir->notes()[0].find("something else") != std::string::npos);
}
