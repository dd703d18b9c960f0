// Readers beside the mutators, on a disk that makes everybody wait.
#include "base/random.h"
#include "rig.h"

using namespace evlog;
using namespace evlog::log;
using namespace evlog::log::test;

namespace {

struct Scene {
  Rig& rig;
  Log& log;
  bool done = false;
  int reads = 0, out_of_range = 0;
};

// Reads random offsets until the scene is over. Every answer is right for some moment of the read.
io::task<> reader(Scene& scene, uint64_t seed) {
  Random random(seed);
  while (!scene.done) {
    const Offset upper = scene.log.durable_end_offset();
    if (upper == Offset(0)) { co_await scene.rig.loop().sleep(milliseconds(1)); continue; }
    const Offset from(random.between(0, upper.value()));
    auto bytes = co_await scene.log.read_bytes({.from = from, .upper = upper, .bytes_max = static_cast<uint32_t>(random.between(0, 2000))});
    ++scene.reads;
    if (!bytes) {
      CHECK(bytes.error().code == ErrorCode::OFFSET_OUT_OF_RANGE);
      ++scene.out_of_range;
      continue;
    }
    record::BatchIterator batches(*bytes);
    Offset at = from;
    while (auto batch = batches.next()) {
      CHECK(batch->check_crc());
      CHECK(batch->base_offset() <= at);
      CHECK(batch->last_offset() < upper);
      at = batch->next_offset();
    }
    auto hit = co_await scene.log.offset_for_timestamp(1000 + random.between(0, 300), upper);
    CHECK(hit);
  }
}

io::task<> writer(Scene& scene) {
  for (int i = 0; i < 300; ++i) {
    CHECK(append(scene.log, {.records = 1 + i % 3, .timestamp_ms = 1000 + i}));
    if (i % 4 == 0) CHECK(co_await scene.log.flush(i % 8 == 0));
    if (i % 50 == 49) CHECK(co_await scene.log.retain({.now = wall_from_ms(2000), .high_watermark = scene.log.durable_end_offset()}));
  }
  CHECK(co_await scene.log.flush(true));
  scene.done = true;
}

}  // namespace

TEST_CASE("readers see whole right batches or are told that the offset is gone, while segments roll and are deleted under them") {
  for (uint64_t seed = 1; seed <= 8; ++seed) {
    CAPTURE(seed);
    io::sim::Knobs knobs;
    knobs.write_delayed = 0.4;
    knobs.read_miss = 0.6;
    Rig rig(seed, knobs);
    config::TopicConfig config;
    config.segment_bytes = 1500;
    config.index_interval_bytes = 100;
    config.retention_bytes = 6000;
    config.file_delete_delay_ms = 1;
    FilePool files(rig.loop().disk(), 3);  // fewer than the log has: files are opened and closed all the time
    auto log = open_log(rig, config, {.files = &files});
    Scene scene{rig, *log};
    io::Nursery nursery;
    for (uint64_t i = 0; i < 3; ++i) nursery.spawn(reader(scene, seed * 10 + i));
    nursery.spawn(writer(scene));
    rig.node().loop->wake();
    REQUIRE(rig.world().run_until([&] { return scene.done && nursery.empty(); }, seconds(600)));
    CHECK(scene.reads > 20);
    CHECK(!log->offline());
    CHECK(log->log_start_offset() > Offset(0));
    CHECK(log->log_end_offset() == Offset(600));
    CHECK(files.size() <= 10);
  }
}

TEST_CASE("a follower truncated while it is read from never shows what was cut as if it were still there") {
  Rig rig(5, [] { io::sim::Knobs knobs; knobs.read_miss = 1; return knobs; }());
  config::TopicConfig config;
  config.segment_bytes = 400;
  auto log = open_log(rig, config);
  for (int i = 0; i < 20; ++i) append_durably(rig, *log, {}, LeaderEpoch(1));
  std::optional<Result<ReadSlice>> slice;
  const auto read = [](Log& of, std::optional<Result<ReadSlice>>& into) -> io::task<> {
    into.emplace(co_await of.read({.from = Offset(17), .upper = Offset(20), .bytes_max = 1000}));
  };
  io::Nursery nursery;
  nursery.spawn(read(*log, slice));
  CHECK(!slice);
  REQUIRE(rig.run(log->truncate_to(Offset(10))));
  REQUIRE(rig.world().run_until([&] { return slice.has_value(); }, seconds(10)));
  if (*slice) CHECK((*slice)->file == nullptr);
  else CHECK((*slice).error().code == ErrorCode::OFFSET_OUT_OF_RANGE);
  CHECK(!log->offline());
}
