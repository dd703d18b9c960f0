// Starting again: what a clean stop, a crash, a Kafka in between and a damaged checkpoint leave, and what is looked at then.
#include <doctest/doctest.h>

#include <algorithm>

#include "base/crc32c.h"
#include "broker/config_rig.h"
#include "broker/partitions.h"
#include "io/sim/disk_image.h"

using namespace evlog;
using namespace evlog::broker::test;
using io::sim::Death;

namespace {

const std::string checkpoint_path = "/data/evlog-checkpoint", mark_path = "/data/.kafka_cleanshutdown";

void stop(ServerRig& rig) {
  REQUIRE(rig.rig.run(rig.server->stop()).has_value());
  rig.server.reset();
}

void produce_some(ServerRig& rig, std::string_view topic, int count) {
  for (int i = 0; i < count; ++i) REQUIRE(accepted(produce(rig, batch_of_bytes(rig, 50), -1, topic)));
}

partition::Partition& of(ServerRig& rig, std::string_view topic) {
  auto* found = rig.server->broker().partitions->find(topic, 0);
  REQUIRE(found);
  return *found;
}

void create_with(ServerRig& rig, std::string_view name, int partitions) {
  const auto made = rig.ask("CreateTopics", 4, fmt::format(R"({{"topics":[{{"name":"{}","numPartitions":{},"replicationFactor":1}}],"timeoutMs":1000}})", name, partitions));
  REQUIRE_MESSAGE(has(made, "\"errorCode\":0"), made);
}

bool logged(const ServerRig& rig, std::string_view part) {
  return std::ranges::any_of(rig.log, [&](const auto& line) { return line.find(part) != std::string::npos; });
}

std::vector<std::string> names_in_data(ServerRig& rig, std::string_view suffix) {
  std::vector<std::string> names;
  for (const auto& [name, inode] : rig.rig.disk().find("/data")->names)
    if (name.ends_with(suffix)) names.push_back(name);
  return names;
}

int64_t readable(ServerRig& rig, std::string_view topic) {
  auto& log = of(rig, topic).log();
  return static_cast<int64_t>(log::test::read_all(rig.rig, log, log.log_start_offset()).size());
}

}  // namespace

TEST_CASE("after a clean stop every log sleeps, knows its end, and wakes for the first reader and writer") {
  ServerRig rig;
  create(rig, "orders");
  create(rig, "empty");
  produce_some(rig, "orders", 3);
  stop(rig);
  rig.start();
  CHECK_FALSE(of(rig, "orders").lazy_log().awake());
  CHECK(of(rig, "orders").log_end_offset() == Offset(3));
  CHECK(of(rig, "orders").high_watermark() == Offset(3));
  CHECK_FALSE(of(rig, "empty").lazy_log().awake());
  CHECK_FALSE(rig.rig.exists("/data/empty-0"));
  stop(rig);  // and sleeps through another stop
  rig.start();
  CHECK_FALSE(of(rig, "orders").lazy_log().awake());
  CHECK(readable(rig, "orders") == 3);
  produce_some(rig, "orders", 2);
  CHECK(readable(rig, "orders") == 5);
  produce_some(rig, "empty", 1);
  CHECK(rig.rig.exists("/data/empty-0/partition.metadata"));
}

TEST_CASE("evlog.checkpoint.bytes: after so much a crash finds a checkpoint, and scans only what came behind") {
  const auto scanned = [](std::string bytes) {
    ServerRig rig({"evlog.checkpoint.bytes=" + bytes});
    create(rig, "orders");
    produce_some(rig, "orders", 30);
    rig.rig.let_pass(seconds(1));
    rig.crash(Death::power_cut);
    CHECK(readable(rig, "orders") == 30);
    CHECK(of(rig, "orders").log_end_offset() == Offset(30));
    return of(rig, "orders").log().recovery().scanned_bytes;
  };
  CHECK(scanned("1") == 0);
  CHECK(scanned("1000000000") > 1500);
}

TEST_CASE("a log that nothing was written to since the checkpoint sleeps through a crash, in a new leader epoch") {
  ServerRig rig({"evlog.checkpoint.bytes=1"});
  create(rig, "orders");
  produce_some(rig, "orders", 2);
  stop(rig);
  rig.start();
  rig.rig.let_pass(seconds(1));
  for (const Death death : {Death::kill, Death::power_cut}) {
    const LeaderEpoch before = of(rig, "orders").leader_epoch();
    rig.crash(death);
    rig.rig.let_pass(seconds(1));
    CHECK_FALSE(of(rig, "orders").lazy_log().awake());
    CHECK(of(rig, "orders").leader_epoch() > before);
  }
  produce_some(rig, "orders", 1);
  CHECK(of(rig, "orders").log().latest_epoch() == of(rig, "orders").leader_epoch());
  CHECK(readable(rig, "orders") == 3);
}

TEST_CASE("a checkpoint that was damaged costs a warning that names it and a scan, never a record") {
  for (const bool clean : {true, false}) {
    ServerRig rig({"evlog.checkpoint.bytes=1"});
    create(rig, "orders");
    produce_some(rig, "orders", 4);
    rig.rig.let_pass(seconds(1));
    const std::string old = rig.rig.content(checkpoint_path);
    if (clean) stop(rig);
    rig.server.reset();
    std::string content = rig.rig.content(checkpoint_path);
    REQUIRE(content.size() > 40);
    content[content.size() - 9] ^= 0x10;
    rig.rig.write(checkpoint_path, content);
    rig.log.clear();
    rig.crash(Death::kill);
    CHECK(logged(rig, checkpoint_path + ": the checksum does not match"));
    CHECK(readable(rig, "orders") == 4);
    produce_some(rig, "orders", 1);
  }
}

TEST_CASE("a checkpoint of a newer evlog refuses the start and says how to go on; without the file it starts") {
  ServerRig rig;
  create(rig, "orders");
  produce_some(rig, "orders", 2);
  stop(rig);
  Buffer content(as_bytes(rig.rig.content(checkpoint_path)));
  store_be<uint16_t>(content.data() + 8, 2);
  store_be<uint32_t>(content.data() + 12, crc32c(content.bytes().subspan(16, 48), crc32c(content.bytes().first(12))));
  rig.rig.write(checkpoint_path, std::string(as_text(content)));
  const auto refused = rig.try_start();
  REQUIRE(refused.has_value());
  CHECK_MESSAGE(refused->message.find("evlog-checkpoint: version 2, this evlog knows 1") != std::string::npos, refused->message);
  CHECK(refused->message.find("remove the file") != std::string::npos);
  rig.rig.disk().find("/data")->names.erase("evlog-checkpoint");
  rig.start();
  CHECK(readable(rig, "orders") == 2);
}

TEST_CASE("when a Kafka ran in between, what the checkpoint says is not believed, after a clean stop or a crash") {
  for (const bool clean : {true, false}) {
    ServerRig rig({"evlog.checkpoint.bytes=1"});
    create(rig, "orders");
    produce_some(rig, "orders", 2);
    rig.rig.let_pass(seconds(1));
    stop(rig);
    const std::string ours = rig.rig.content(checkpoint_path);
    // Another run of this broker, which registers itself, writes records and knows nothing of our checkpoint.
    rig.start();
    produce_some(rig, "orders", 3);
    if (clean) stop(rig);
    rig.server.reset();
    rig.rig.write(checkpoint_path, ours);
    rig.crash(Death::kill);
    CHECK(of(rig, "orders").log_end_offset() == Offset(5));
    CHECK(readable(rig, "orders") == 5);
  }
}

TEST_CASE("a crash right after a start finds the checkpoint of the stop before it: it was claimed before the broker registered") {
  ServerRig rig({"evlog.checkpoint.bytes=1000000"});
  create(rig, "orders");
  produce_some(rig, "orders", 20);
  stop(rig);
  rig.start();
  for (int crash = 0; crash < 3; ++crash) {
    rig.crash(Death::power_cut);
    CHECK_FALSE(of(rig, "orders").lazy_log().awake());
  }
  produce_some(rig, "orders", 1);
  rig.crash(Death::kill);
  CHECK(of(rig, "orders").log().recovery().scanned_bytes < 200);
  CHECK(readable(rig, "orders") == 21);
}

TEST_CASE("a checkpoint that outlived its clean mark is taken for one after a crash: what came behind it is found") {
  ServerRig rig;
  create(rig, "orders");
  produce_some(rig, "orders", 2);
  stop(rig);
  rig.rig.disk().find("/data")->names.erase(".kafka_cleanshutdown");
  rig.start();
  CHECK(of(rig, "orders").leader_epoch() == LeaderEpoch(1));
  CHECK(readable(rig, "orders") == 2);
}

// KAFKA-15375, KAFKA-10471: the mark is gone before anything is loaded, so that a crash in loading is no clean stop.
TEST_CASE("RELIABILITY 62: a start that dies anywhere is not taken for a clean stop, and no start after it loses a record") {
  int deaths = 0;
  for (int microseconds_in = 1; microseconds_in < 40'000; microseconds_in += microseconds_in / 12 + 37) {
    ServerRig rig;
    create(rig, "orders");
    produce_some(rig, "orders", 3);
    stop(rig);
    REQUIRE(rig.rig.exists(mark_path));
    const bool died = rig.die_in_start(std::chrono::microseconds(microseconds_in), deaths % 2 ? Death::kill : Death::power_cut);
    const bool was_marked = rig.rig.exists(mark_path);
    rig.start();
    deaths += died;
    if (died) CHECK((was_marked || of(rig, "orders").leader_epoch() > LeaderEpoch(0)));
    CHECK(readable(rig, "orders") == 3);
    produce_some(rig, "orders", 1);
    if (!died) break;
  }
  CHECK(deaths >= 10);
}

TEST_CASE("directories of partitions that the metadata log does not know are set aside with all they hold, and named") {
  ServerRig rig;
  create(rig, "orders");
  produce_some(rig, "orders", 2);
  rig.server.reset();
  const auto make = [](io::Disk& disk) -> io::task<Result<bool>> { co_return co_await disk.make_dirs("/data/unknown-3"); };
  rig.rig.crash(Death::kill);
  REQUIRE(rig.rig.run(make(rig.rig.loop().disk())));
  rig.rig.write("/data/unknown-3/00000000000000000000.log", "somebody's data");
  rig.start();
  CHECK(logged(rig, "/data/unknown-3 is not in the metadata log; it is set aside"));
  const auto stray = names_in_data(rig, "-stray");
  REQUIRE(stray.size() == 1);
  CHECK(stray[0].starts_with("unknown-3."));
  CHECK(rig.rig.content("/data/" + stray[0] + "/00000000000000000000.log") == "somebody's data");
  create_with(rig, "unknown", 4);
  CHECK(rig.server->broker().partitions->find("unknown", 3)->log_end_offset() == Offset(0));
}

TEST_CASE("deleting a topic survives a crash anywhere on the way: it is gone whole or there whole, and its name can be used again") {
  int gone = 0, there = 0;
  for (int microseconds_in = 1; microseconds_in < 30'000; microseconds_in += microseconds_in / 8 + 61) {
    ServerRig rig;
    create(rig, "orders");
    produce_some(rig, "orders", 3);
    rig.ask_and_die("DeleteTopics", 5, R"({"topicNames":["orders"],"timeoutMs":1000})", std::chrono::microseconds(microseconds_in), (gone + there) % 2 ? Death::kill : Death::power_cut);
    rig.start();
    if (rig.server->broker().image()->topic("orders")) {
      ++there;
      CHECK(readable(rig, "orders") == 3);
      continue;
    }
    ++gone;
    create(rig, "orders");
    CHECK(of(rig, "orders").log_end_offset() == Offset(0));
    produce_some(rig, "orders", 1);
    CHECK(readable(rig, "orders") == 1);
  }
  CHECK(gone + there > 20);
  CHECK(gone > 0);
}
