// A server whose disk is nearly full, full, broken in one of several directories, or hangs; and the settings that say how much of it
// may be used.
#include <doctest/doctest.h>

#include "broker/config_rig.h"
#include "broker/upkeep.h"

using namespace evlog;
using namespace evlog::broker::test;
using io::sim::Death;

namespace {

void create_spread(ServerRig& rig, std::string_view name, int partitions) {
  const auto made = rig.ask("CreateTopics", 4, fmt::format(R"({{"topics":[{{"name":"{}","numPartitions":{},"replicationFactor":1}}],"timeoutMs":5000}})", name, partitions));
  REQUIRE_MESSAGE(has(made, "\"errorCode\":0"), made);
}

std::string produce_to(ServerRig& rig, std::string_view topic, int index, size_t bytes = 50) {
  const Buffer batch = batch_of_bytes(rig, bytes);
  wire::ProduceRequest request;
  request.acks = -1;
  request.timeout_ms = 1000;
  auto& data = request.topic_data.emplace_back();
  data.name = topic;
  auto& partition = data.partition_data.emplace_back();
  partition.index = index;
  partition.records = wire::Records{.bytes = batch.bytes()};
  auto frame = std::make_shared<Buffer>();
  wire::Encoder encoder(*frame);
  wire::encode(encoder, 9, request);
  return rig.ask_raw(0, 9, frame);
}

const std::string& directory_of(ServerRig& rig, std::string_view topic, int index) {
  auto& partitions = *rig.server->broker().partitions;
  return partitions.dir_of(*partitions.find(topic, index))->path();
}

Metrics& metrics(ServerRig& rig) { return rig.server->broker().metrics; }

// What a coordinator writes: not a client's record.
bool coordinator_writes(ServerRig& rig) {
  record::BatchBuilder builder;
  builder.add({.timestamp = now_ms(rig), .key = as_bytes("key"), .value = as_bytes("value")});
  auto batch = std::make_shared<Buffer>(builder.build());
  return partition_of(rig).append(batch->mutable_bytes(), partition::Acks::all, {.origin = log::AppendOrigin::coordinator}, batch).has_value();
}

void leave_free(ServerRig& rig, uint64_t bytes) {
  rig.rig.node().space_bytes = rig.rig.disk().used_bytes() + bytes;
  rig.rig.let_pass(seconds(2));
}

}  // namespace

TEST_CASE("one directory fails: its partitions acknowledge nothing any more, those in the other go on, new ones go there, and DescribeLogDirs says so") {
  ServerRig rig({"log.dirs=/data,/more"});
  create_spread(rig, "spread", 6);
  for (int i = 0; i < 6; ++i) REQUIRE(accepted(produce_to(rig, "spread", i)));
  rig.rig.node().failing_path = "/more";
  const auto answers = [&](bool first) {
    int lost = 0;
    for (int i = 0; i < 6; ++i) {
      const auto answer = produce_to(rig, "spread", i);
      const bool broken = directory_of(rig, "spread", i) == "/more";
      CAPTURE(i);
      CHECK(broken == refused(answer, ErrorCode::KAFKA_STORAGE_ERROR));
      lost += broken;
    }
    CHECK(lost == 3);
    CHECK(metrics(rig).log_dirs_offline == 1);
    (void)first;
  };
  answers(true);
  rig.rig.node().failing_path.clear();  // seems well again, and is not trusted
  answers(false);
  const auto described = rig.ask("DescribeLogDirs", 4, R"({"topics":null})");
  CHECK(has(described, R"({"errorCode":56,"logDir":"/more")"));
  CHECK(has(described, R"({"errorCode":0,"logDir":"/data")"));
  create_spread(rig, "later", 2);
  for (int i = 0; i < 2; ++i) {
    CHECK(directory_of(rig, "later", i) == "/data");
    CHECK(accepted(produce_to(rig, "later", i)));
  }
  rig.crash(Death::power_cut);
  for (int i = 0; i < 6; ++i) CHECK(accepted(produce_to(rig, "spread", i)));
  for (int i = 0; i < 6; ++i) CHECK(rig.server->broker().partitions->find("spread", i)->log_end_offset() >= Offset(directory_of(rig, "spread", i) == "/more" ? 2 : 4));
}

TEST_CASE("what is under way when another partition's sync fails is not acknowledged either") {
  ServerRig rig({"log.dirs=/data,/more"});
  create_spread(rig, "spread", 4);
  std::vector<partition::Partition*> there;
  for (int i = 0; i < 4; ++i)
    if (directory_of(rig, "spread", i) == "/more") there.push_back(rig.server->broker().partitions->find("spread", i));
  REQUIRE(there.size() == 2);
  const auto put = [&](partition::Partition& partition) -> io::task<Result<void>> {
    const auto batch = std::make_shared<Buffer>(batch_of_bytes(rig, 100));
    auto appended = partition.append(batch->mutable_bytes(), partition::Acks::all, {}, batch);
    if (!appended) co_return fail(appended.error());
    co_return co_await partition.wait_durable(*appended, partition::Acks::all, std::nullopt);
  };
  rig.rig.node().disk_hangs_until = rig.rig.world().now() + seconds(5);
  std::optional<Result<void>> waiting;
  io::Nursery nursery;
  nursery.spawn([](io::task<Result<void>> work, std::optional<Result<void>>& into) -> io::task<> { into.emplace(co_await std::move(work)); }(put(*there[0]), waiting));
  rig.rig.let_pass(milliseconds(100));
  CHECK(!waiting);
  rig.server->broker().partitions->dir_of(*there[1])->group().give_up({ErrorCode::KAFKA_STORAGE_ERROR, "input/output error", 5});
  rig.rig.let_pass(milliseconds(100));
  REQUIRE(waiting);
  REQUIRE(!*waiting);
  CHECK(waiting->error().code == ErrorCode::KAFKA_STORAGE_ERROR);
}

TEST_CASE("the last directory, or that of the metadata log, fails: the server ends and says which") {
  for (const std::string broken : {"/data", "/more"}) {
    ServerRig rig(broken == "/data" ? std::vector<std::string>{"log.dirs=/data,/more"} : std::vector<std::string>{"log.dirs=/more", "metadata.log.dir=/data"});
    create_spread(rig, "spread", 2);
    rig.rig.node().failing_path = broken;
    for (int i = 0; i < 2; ++i) (void)produce_to(rig, "spread", i);
    const auto message = rig.rig.run(rig.server->failed());
    CHECK(has(message, "failed"));
    CHECK(has(message, broken));
  }
}

TEST_CASE("evlog.disk.reserve.bytes: with less than that free producers are refused, and served again when there is room") {
  ServerRig rig({"evlog.disk.reserve.bytes=100000"});
  create(rig, "orders");
  CHECK(accepted(produce_to(rig, "orders", 0)));
  leave_free(rig, 90'000);
  for (int i = 0; i < 3; ++i) CHECK(refused(produce_to(rig, "orders", 0), ErrorCode::NOT_ENOUGH_REPLICAS));
  CHECK(metrics(rig).disk_full_refusals == 3);
  CHECK(metrics(rig).log_dirs_full == 1);
  CHECK(coordinator_writes(rig));
  create(rig, "another");
  leave_free(rig, 110'000);
  CHECK(accepted(produce_to(rig, "orders", 0)));
  CHECK(metrics(rig).log_dirs_full == 0);
  // What is written since it was looked at counts.
  int taken = 0;
  while (taken < 100 && accepted(produce_to(rig, "orders", 0, 2000))) ++taken;
  CHECK(taken < 10);
}

TEST_CASE("5 % of a small disk are kept in reserve, and a deleted topic's files make room at once") {
  ServerRig rig;
  create(rig, "orders", R"({"name":"file.delete.delay.ms","value":"600000"})");
  create(rig, "kept");
  for (int i = 0; i < 20; ++i) REQUIRE(accepted(produce_to(rig, "orders", 0, 20'000)));
  REQUIRE(accepted(produce_to(rig, "kept", 0)));
  leave_free(rig, 10'000);
  CHECK(refused(produce_to(rig, "kept", 0), ErrorCode::NOT_ENOUGH_REPLICAS));
  REQUIRE(has(rig.ask("DeleteTopics", 5, R"({"topicNames":["orders"],"timeoutMs":1000})"), "\"errorCode\":0"));
  rig.rig.let_pass(seconds(1));
  CHECK(accepted(produce_to(rig, "kept", 0)));
  CHECK(partition_of(rig, "kept").log_end_offset() == Offset(2));
}

TEST_CASE("a disk that becomes full gives back what is deleted already, without waiting for file.delete.delay.ms") {
  ServerRig rig({"log.retention.check.interval.ms=600000"});
  create(rig, "orders", R"({"name":"file.delete.delay.ms","value":"600000"},{"name":"internal.segment.bytes","value":"30000"},{"name":"retention.bytes","value":"60000"})");
  for (int i = 0; i < 20; ++i) REQUIRE(accepted(produce_to(rig, "orders", 0, 20'000)));
  leave_free(rig, 10'000);
  CHECK(refused(produce_to(rig, "orders", 0), ErrorCode::NOT_ENOUGH_REPLICAS));
  rig.rig.let_pass(seconds(1));
  CHECK(accepted(produce_to(rig, "orders", 0)));
}

TEST_CASE("evlog.wal.bytes and evlog.wal.files.min: partitions that wait together share the sync of a write-ahead file, and none where there is none") {
  const auto commits = [](std::vector<std::string> sets) {
    ServerRig rig(std::move(sets));
    create_spread(rig, "spread", 8);
    std::vector<partition::Partition*> all;
    for (int i = 0; i < 8; ++i) all.push_back(rig.server->broker().partitions->find("spread", i));
    for (int round = 0; round < 3; ++round) {
      for (auto* partition : all) {
        const auto batch = std::make_shared<Buffer>(batch_of_bytes(rig, 100));
        REQUIRE(partition->append(batch->mutable_bytes(), partition::Acks::all, {}, batch));
      }
      rig.rig.let_pass(seconds(1));
    }
    for (auto* partition : all) CHECK(partition->log().durable_end_offset() == Offset(3));
    const uint64_t count = metrics(rig).wal_commits;
    rig.crash(Death::power_cut);
    for (int i = 0; i < 8; ++i) CHECK(rig.server->broker().partitions->find("spread", i)->log_end_offset() == Offset(3));
    return count;
  };
  CHECK(commits({}) >= 2);
  CHECK(commits({"evlog.wal.files.min=9"}) == 0);
  CHECK(commits({"evlog.wal.bytes=0"}) == 0);
}
