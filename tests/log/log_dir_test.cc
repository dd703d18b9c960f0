#include <cerrno>

#include "log/log_dir.h"
#include "rig.h"

using namespace evlog;
using namespace evlog::log;
using namespace evlog::log::test;
using io::sim::Death;

namespace {

const TopicPartition orders{"orders", PartitionIndex(0)};

std::unique_ptr<LogDir> open_dir(Rig& rig, LogDirOptions options = {.cluster_id = std::nullopt, .new_cluster_id = "cluster-a", .node_id = 1}) {
  auto dir = rig.run(LogDir::open(rig.loop(), "/data", options));
  if (!dir) FAIL(dir.error().message);
  return std::move(*dir);
}

}  // namespace

TEST_CASE("a directory keeps its identity, and refuses another cluster, another node and a second owner by name") {
  Rig rig;
  auto dir = open_dir(rig);
  CHECK(dir->was_new());
  CHECK(dir->was_clean());
  const Uuid id = dir->meta().directory_id;
  CHECK(!id.is_zero());
  auto second = rig.run(LogDir::open(rig.loop(), "/data", {}));
  REQUIRE(!second);
  CHECK(second.error().os_error == EAGAIN);
  CHECK(second.error().message.find("process") != std::string::npos);
  dir.reset();
  rig.crash(Death::power_cut);
  dir = open_dir(rig);
  CHECK(!dir->was_new());
  CHECK(!dir->was_clean());
  CHECK(dir->meta().directory_id == id);
  dir.reset();
  auto foreign = rig.run(LogDir::open(rig.loop(), "/data", {.cluster_id = "cluster-b", .new_cluster_id = "", .node_id = 1}));
  CHECK(foreign.error().code == ErrorCode::INCONSISTENT_CLUSTER_ID);
  CHECK(foreign.error().message.find("cluster-a") != std::string::npos);
  auto other_node = rig.run(LogDir::open(rig.loop(), "/data", {.cluster_id = std::nullopt, .new_cluster_id = "", .node_id = 2}));
  CHECK(other_node.error().message.find("node 1") != std::string::npos);
}

TEST_CASE("a clean stop is believed once; a crash right after the next start is not one") {
  Rig rig;
  auto dir = open_dir(rig);
  REQUIRE(rig.run(dir->mark_clean(18)));
  CHECK(rig.content("/data/.kafka_cleanshutdown") == "{\"version\":0,\"brokerEpoch\":18}");
  dir.reset();
  rig.crash(Death::power_cut);
  dir = open_dir(rig);
  CHECK(dir->was_clean());
  dir.reset();
  rig.crash(Death::power_cut);
  CHECK(!open_dir(rig)->was_clean());
}

TEST_CASE("checkpoints survive a power cut whole, and rubbish in one costs a note, not the start") {
  Rig rig;
  auto dir = open_dir(rig);
  REQUIRE(rig.run(dir->write_checkpoints([&] { return log::LogDir::AllEnds{{orders, {Offset(10), Offset(3), Offset(9)}}}; })));
  dir.reset();
  rig.crash(Death::power_cut);
  dir = open_dir(rig);
  CHECK(dir->recovery_point(orders) == Offset(10));
  CHECK(dir->log_start_offset(orders) == Offset(3));
  CHECK(dir->high_watermark(orders) == Offset(9));
  CHECK(dir->recovery_point({"other", PartitionIndex(0)}) == Offset(0));
  dir.reset();
  rig.write("/data/recovery-point-offset-checkpoint", "0\n5\nor");
  dir = open_dir(rig);
  CHECK(dir->recovery_point(orders) == Offset(0));
  CHECK(dir->notes().size() == 1);
}

TEST_CASE("a deleted partition is gone at once under its name, its files after the delay or at the next start, and its start is forgotten") {
  Rig rig;
  auto dir = open_dir(rig);
  {
    auto log = open_log(rig);
    append_durably(rig, *log);
  }
  REQUIRE(rig.run(dir->write_partition_metadata(orders, Uuid{1, 2})));
  REQUIRE(rig.run(dir->write_checkpoints([&] { return log::LogDir::AllEnds{{orders, {Offset(1), Offset(1), Offset(1)}}}; })));
  CHECK(rig.run(dir->partitions())->at(0).topic_id == Uuid{1, 2});
  REQUIRE(rig.run(dir->delete_partition(orders, seconds(60))));
  CHECK(rig.run(dir->partitions())->empty());
  CHECK(dir->log_start_offset(orders) == Offset(0));
  CHECK(dir->recovery_point(orders) == Offset(0));
  CHECK(rig.content("/data/log-start-offset-checkpoint") == "0\n0\n");
  const auto count_aside = [&] {
    int count = 0;
    for (const auto& [name, inode] : rig.disk().find("/data")->names) count += name.starts_with("orders-0.") && name.ends_with("-delete");
    return count;
  };
  CHECK(count_aside() == 1);
  SUBCASE("after the delay") {
    REQUIRE(rig.run(dir->remove_deleted(rig.loop().mono())));
    CHECK(count_aside() == 1);
    rig.let_pass(seconds(61));
    REQUIRE(rig.run(dir->remove_deleted(rig.loop().mono())));
    CHECK(!dir->next_removal());
  }
  SUBCASE("after a crash") {
    dir.reset();
    rig.crash(Death::power_cut);
    dir = open_dir(rig);
  }
  CHECK(count_aside() == 0);
}
