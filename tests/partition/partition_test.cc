#include <doctest/doctest.h>

#include "log/rig.h"
#include "partition/partition.h"
#include "record/batch_builder.h"

using namespace evlog;
using namespace evlog::partition;
using Rig = log::test::Rig;

namespace {

cluster::PartitionView view(std::vector<BrokerId> replicas, std::vector<BrokerId> isr, int32_t epoch = 0) {
  cluster::PartitionView v;
  v.leader = BrokerId{1};
  v.leader_epoch = LeaderEpoch{epoch};
  v.replicas = std::move(replicas);
  v.isr = std::move(isr);
  return v;
}

struct Bench {
  explicit Bench(Rig& rig, config::TopicConfig config = {}) : rig(rig) {
    auto log = log::test::open_log(rig, config);
    partition = std::make_unique<Partition>(rig.loop(), nursery, metrics, BrokerId{1}, TopicPartition{"orders", PartitionIndex{0}}, Uuid{7, 7}, std::move(log));
    partition->apply(view({BrokerId{1}}, {BrokerId{1}}), config);
  }
  Result<Partition::Appended> append(Acks acks = Acks::all) {
    record::BatchBuilder builder;
    builder.add({.timestamp = 1, .value = as_bytes("v")});
    auto batch = std::make_shared<Buffer>(builder.build());
    return partition->append(batch->mutable_bytes(), acks, {}, batch);
  }
  Result<void> wait(Partition::Appended appended, Acks acks = Acks::all, Duration at_most = seconds(30)) {
    return rig.run(partition->wait_durable(appended, acks, rig.loop().mono() + at_most));
  }

  Rig& rig;
  Metrics metrics;
  io::Nursery nursery;
  std::unique_ptr<Partition> partition;
};

}  // namespace

TEST_CASE("visible means durable: the high watermark does not pass what was synced") {
  Rig rig;
  Bench bench(rig);
  const auto appended = bench.append();
  REQUIRE(appended);
  CHECK(bench.partition->high_watermark() == Offset{0});
  REQUIRE(bench.wait(*appended));
  CHECK(bench.partition->high_watermark() == Offset{1});
  CHECK(bench.partition->log().durable_end_offset() == Offset{1});
}

TEST_CASE("a sync that hangs is REQUEST_TIMED_OUT for the producer, and nothing becomes visible") {
  Rig rig;
  Bench bench(rig);
  rig.world().knobs().sync_min = rig.world().knobs().sync_max = seconds(100000);
  const auto appended = bench.append();
  REQUIRE(appended);
  const auto done = bench.wait(*appended, Acks::all, milliseconds(100));
  REQUIRE_FALSE(done);
  CHECK(done.error().code == ErrorCode::REQUEST_TIMED_OUT);
  CHECK(bench.partition->high_watermark() == Offset{0});
  bench.nursery.clear();
}

TEST_CASE("acks=all is refused before anything is written when the ISR is too small; acks=1 is not") {
  Rig rig;
  config::TopicConfig config;
  config.min_insync_replicas = 2;
  Bench bench(rig, config);
  bench.partition->apply(view({BrokerId{1}, BrokerId{2}}, {BrokerId{1}}, 1), config);
  const auto refused = bench.append();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == ErrorCode::NOT_ENOUGH_REPLICAS);
  CHECK(bench.partition->log_end_offset() == Offset{0});
  const auto taken = bench.append(Acks::leader);
  REQUIRE(taken);
  REQUIRE(bench.wait(*taken, Acks::leader));
  CHECK(bench.partition->high_watermark() == Offset{0});  // not enough replicas hold it to show it
}

TEST_CASE("one replica can always reach its own minimum: min.insync.replicas counts no more than there are replicas") {
  Rig rig;
  config::TopicConfig config;
  config.min_insync_replicas = 2;
  Bench bench(rig, config);
  const auto taken = bench.append();
  REQUIRE(taken);
  REQUIRE(bench.wait(*taken));
}

TEST_CASE("the high watermark waits for the slowest in-sync replica and never goes back") {
  Leader leader(BrokerId{1}, LeaderEpoch{3}, Offset{0}, Offset{0});
  leader.apply(view({BrokerId{1}, BrokerId{2}}, {BrokerId{1}, BrokerId{2}}), 1);
  CHECK_FALSE(leader.durable(BrokerId{1}, Offset{10}));
  CHECK(leader.durable(BrokerId{2}, Offset{4}));
  CHECK(leader.high_watermark() == Offset{4});
  CHECK_FALSE(leader.durable(BrokerId{2}, Offset{2}));
  CHECK(leader.high_watermark() == Offset{4});
  leader.apply(view({BrokerId{1}, BrokerId{2}}, {BrokerId{1}}), 1);
  CHECK(leader.durable(BrokerId{1}, Offset{11}));
  CHECK(leader.high_watermark() == Offset{11});
}

TEST_CASE("an old or a future leader epoch of a client is told apart") {
  Rig rig;
  Bench bench(rig);
  bench.partition->apply(view({BrokerId{1}}, {BrokerId{1}}, 5), config::TopicConfig{});
  CHECK(bench.partition->check_leader(LeaderEpoch{4}).error().code == ErrorCode::FENCED_LEADER_EPOCH);
  CHECK(bench.partition->check_leader(LeaderEpoch{6}).error().code == ErrorCode::UNKNOWN_LEADER_EPOCH);
  CHECK(bench.partition->check_leader(LeaderEpoch{5}));
  CHECK(bench.partition->check_leader(std::nullopt));
}

TEST_CASE("a producer that waits is answered when leadership or the topic goes away") {
  Rig rig;
  Bench bench(rig);
  rig.world().knobs().sync_min = rig.world().knobs().sync_max = seconds(100000);
  const auto appended = bench.append();
  REQUIRE(appended);
  std::optional<Result<void>> result;
  io::Nursery waiting;
  waiting.spawn([](Bench& b, Partition::Appended a, std::optional<Result<void>>& r) -> io::task<> { r = co_await b.partition->wait_durable(a, Acks::all, std::nullopt); }(bench, *appended, result));
  bench.partition->retire(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  rig.let_pass(milliseconds(1));
  REQUIRE(result);
  CHECK(result->error().code == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  bench.nursery.clear();
}

TEST_CASE("appends of one partition keep their order even when an earlier one must be judged elsewhere first") {
  Rig rig;
  Bench bench(rig);
  AppendTurns turns(rig.loop());
  AppendTurns::Place first(turns);
  AppendTurns::Place second(turns);
  AppendTurns::Place third(turns);
  CHECK(first.first());
  second.release();  // its connection went away
  CHECK_FALSE(third.first());
  first.release();
  CHECK(third.first());
}
