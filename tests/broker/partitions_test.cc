// Partitions that are added, trimmed, elected and moved, and what crashes leave of it.
#include <doctest/doctest.h>

#include "broker/partitions.h"
#include "broker/rig.h"
#include "cluster/election.h"
#include "quorum/quorum.h"

using namespace evlog;
using broker::test::ServerRig;
using io::sim::Death;

namespace {

void create(ServerRig& rig, std::string_view name, int partitions, std::string_view configs = "") {
  const auto made = rig.ask("CreateTopics", 4, fmt::format(R"({{"topics":[{{"name":"{}","numPartitions":{},"replicationFactor":1,"configs":[{}]}}],"timeoutMs":1000}})", name, partitions, configs));
  REQUIRE_MESSAGE(made.find("\"errorCode\":0") != std::string::npos, made);
}

partition::Partition& partition_of(ServerRig& rig, std::string_view topic, int32_t index = 0) {
  auto* found = rig.server->broker().partitions->find(topic, index);
  REQUIRE(found);
  return *found;
}

// Durable batches of one record each.
void produce(ServerRig& rig, std::string_view topic, int count) {
  auto& partition = partition_of(rig, topic);
  for (int i = 0; i < count; ++i) {
    record::BatchBuilder builder;
    builder.add({.timestamp = to_ms(rig.rig.loop().wall()), .value = as_bytes("a record of some size, so that segments fill")});
    auto bytes = std::make_shared<Buffer>(builder.build());
    const auto appended = partition.append(bytes->mutable_bytes(), partition::Acks::all, {}, bytes);
    REQUIRE(appended);
    REQUIRE(rig.rig.run(partition.wait_durable(*appended, partition::Acks::all, std::nullopt)));
  }
}

std::string delete_below(ServerRig& rig, std::string_view topic, int64_t offset) {
  return rig.ask("DeleteRecords", 2, fmt::format(R"({{"topics":[{{"name":"{}","partitions":[{{"partitionIndex":0,"offset":{}}}]}}],"timeoutMs":1000}})", topic, offset));
}

bool has(const std::string& answer, std::string_view part) { return answer.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("new partitions can be used when they are answered, and are there after a power cut") {
  ServerRig rig;
  create(rig, "orders", 1);
  CHECK(has(rig.ask("CreatePartitions", 3, R"({"topics":[{"name":"orders","count":3,"assignments":null}],"timeoutMs":1000})"), "\"errorCode\":0"));
  CHECK(partition_of(rig, "orders", 2).leads());
  rig.crash(Death::power_cut);
  CHECK(partition_of(rig, "orders", 2).leads());
  CHECK(rig.server->broker().image()->topic("orders")->partitions.size() == 3);
}

TEST_CASE("what is refused, or only validated, leaves no trace in the metadata log") {
  ServerRig rig;
  create(rig, "orders", 2);
  create(rig, "keys", 1, R"({"name":"cleanup.policy","value":"compact"})");
  struct Refusal { const char* api; int16_t version; const char* json; };
  const Refusal refusals[] = {
      {"CreateTopics", 7, R"({"topics":[{"name":"orders","numPartitions":1,"replicationFactor":1}],"timeoutMs":1000})"},
      {"CreateTopics", 7, R"({"topics":[{"name":"bad name","numPartitions":1,"replicationFactor":1}],"timeoutMs":1000})"},
      {"CreateTopics", 7, R"({"topics":[{"name":"t","numPartitions":0,"replicationFactor":1}],"timeoutMs":1000})"},
      {"CreateTopics", 7, R"({"topics":[{"name":"t","numPartitions":1,"replicationFactor":3}],"timeoutMs":1000})"},
      {"CreateTopics", 7, R"({"topics":[{"name":"t","numPartitions":1,"replicationFactor":1,"configs":[{"name":"retention.ms","value":"x"}]}],"timeoutMs":1000})"},
      {"CreateTopics", 7, R"({"topics":[{"name":"t","numPartitions":1000000,"replicationFactor":1}],"timeoutMs":1000})"},
      {"CreateTopics", 7, R"({"topics":[{"name":"t","numPartitions":9999,"replicationFactor":1},{"name":"u","numPartitions":1,"replicationFactor":1}],"timeoutMs":1000})"},
      {"CreateTopics", 7, R"({"topics":[{"name":"t","numPartitions":1,"replicationFactor":1},{"name":"t","numPartitions":1,"replicationFactor":1}],"timeoutMs":1000})"},
      {"CreateTopics", 7, R"({"topics":[{"name":"t","numPartitions":1,"replicationFactor":1}],"timeoutMs":1000,"validateOnly":true})"},
      {"CreateTopics", 7, R"({"topics":[{"name":"t","numPartitions":1,"replicationFactor":1}],"timeoutMs":0})"},
      {"DeleteTopics", 6, R"({"topics":[{"name":"none"}],"timeoutMs":1000})"},
      {"DeleteTopics", 6, R"({"topics":[{"name":"orders"},{"name":"orders"}],"timeoutMs":1000})"},
      {"DeleteTopics", 6, R"({"topics":[{"name":null}],"timeoutMs":1000})"},
      {"DeleteTopics", 6, R"({"topics":[{"name":"orders"}],"timeoutMs":0})"},
      {"CreatePartitions", 3, R"({"topics":[{"name":"orders","count":2,"assignments":null}],"timeoutMs":1000})"},
      {"CreatePartitions", 3, R"({"topics":[{"name":"orders","count":1,"assignments":null}],"timeoutMs":1000})"},
      {"CreatePartitions", 3, R"({"topics":[{"name":"none","count":3,"assignments":null}],"timeoutMs":1000})"},
      {"CreatePartitions", 3, R"({"topics":[{"name":"orders","count":3,"assignments":[{"brokerIds":[9]}]}],"timeoutMs":1000})"},
      {"CreatePartitions", 3, R"({"topics":[{"name":"orders","count":4,"assignments":[{"brokerIds":[1]}]}],"timeoutMs":1000})"},
      {"CreatePartitions", 3, R"({"topics":[{"name":"orders","count":20000,"assignments":null}],"timeoutMs":1000})"},
      {"CreatePartitions", 3, R"({"topics":[{"name":"orders","count":2147483647,"assignments":null}],"timeoutMs":1000})"},
      {"CreatePartitions", 3, R"({"topics":[{"name":"orders","count":3,"assignments":null},{"name":"orders","count":4,"assignments":null}],"timeoutMs":1000})"},
      {"CreatePartitions", 3, R"({"topics":[{"name":"orders","count":3,"assignments":null}],"timeoutMs":1000,"validateOnly":true})"},
      {"CreatePartitions", 3, R"({"topics":[{"name":"orders","count":3,"assignments":null}],"timeoutMs":0})"},
      {"DeleteRecords", 2, R"({"topics":[{"name":"orders","partitions":[{"partitionIndex":0,"offset":1}]}],"timeoutMs":1000})"},
      {"DeleteRecords", 2, R"({"topics":[{"name":"keys","partitions":[{"partitionIndex":0,"offset":-1}]}],"timeoutMs":1000})"},
      {"ElectLeaders", 2, R"({"electionType":0,"topicPartitions":[{"topic":"orders","partitions":[0,9]}],"timeoutMs":1000})"},
      {"ElectLeaders", 2, R"({"electionType":1,"topicPartitions":null,"timeoutMs":1000})"},
      {"ElectLeaders", 2, R"({"electionType":7,"topicPartitions":null,"timeoutMs":1000})"},
      {"AlterPartitionReassignments", 1, R"({"topics":[{"name":"orders","partitions":[{"partitionIndex":0,"replicas":[1]},{"partitionIndex":1,"replicas":[2]}]}],"timeoutMs":1000})"},
      {"AlterPartitionReassignments", 1, R"({"topics":[{"name":"orders","partitions":[{"partitionIndex":0,"replicas":null}]}],"timeoutMs":1000})"},
      {"OffsetForLeaderEpoch", 4, R"({"replicaId":-1,"topics":[{"topic":"none","partitions":[{"partition":0,"currentLeaderEpoch":0,"leaderEpoch":0}]}]})"},
  };
  const Offset before = rig.server->broker().quorum->log().log_end_offset();
  for (const auto& refusal : refusals) {
    rig.ask(refusal.api, refusal.version, refusal.json);
    CHECK_MESSAGE(rig.server->broker().quorum->log().log_end_offset() == before, refusal.json);
  }
  rig.recorder.deny = {"Create", "Alter", "Delete", "Describe", "ClusterAction"};
  for (const auto& refusal : refusals) {
    rig.ask(refusal.api, refusal.version, refusal.json);
    CHECK_MESSAGE(rig.server->broker().quorum->log().log_end_offset() == before, refusal.json);
  }
}

TEST_CASE("records acknowledged as deleted do not come back, whatever crashes, and offsets are not used again") {
  for (const Death death : {Death::kill, Death::power_cut}) {
    ServerRig rig;
    create(rig, "orders", 1);
    produce(rig, "orders", 5);
    CHECK(has(delete_below(rig, "orders", 3), "\"lowWatermark\":3"));
    CHECK(partition_of(rig, "orders").log_start_offset() == Offset(3));
    rig.crash(death);
    CHECK(partition_of(rig, "orders").log_start_offset() == Offset(3));
    CHECK(has(delete_below(rig, "orders", -1), "\"lowWatermark\":5"));
    rig.crash(death);
    CHECK(partition_of(rig, "orders").log_start_offset() == Offset(5));
    CHECK(partition_of(rig, "orders").log_end_offset() == Offset(5));
    produce(rig, "orders", 1);
    CHECK(partition_of(rig, "orders").log_end_offset() == Offset(6));
  }
}

TEST_CASE("where a log begins is durable before the deletion is answered, and a repeated one waits for nothing") {
  ServerRig rig;
  create(rig, "orders", 1);
  produce(rig, "orders", 5);
  delete_below(rig, "orders", 2);
  CHECK(rig.rig.content("/data/log-start-offset-checkpoint") == "0\n1\norders 0 2\n");
  CHECK(has(delete_below(rig, "orders", 1), "\"lowWatermark\":2"));
}

TEST_CASE("whole segments below the start go with the next retention, and the rest stays readable") {
  ServerRig rig;
  create(rig, "orders", 1, R"({"name":"segment.bytes","value":"1048576"},{"name":"file.delete.delay.ms","value":"0"})");
  auto& partition = partition_of(rig, "orders");
  produce(rig, "orders", 3);
  REQUIRE(rig.rig.run(partition.log().roll()));
  produce(rig, "orders", 3);
  delete_below(rig, "orders", 2);
  REQUIRE(rig.rig.run(partition.retain(false)));
  CHECK(partition.log().segments().size() == 2);  // the first still holds offset 2
  delete_below(rig, "orders", 4);
  REQUIRE(rig.rig.run(partition.retain(false)));
  CHECK(partition.log().segments().size() == 1);
  CHECK(partition.log_start_offset() == Offset(4));
  const auto read = rig.rig.run(partition.log().read_bytes({.from = Offset(4), .upper = Offset(6), .bytes_max = 1000}));
  REQUIRE(read);
  CHECK(!read->empty());
}

TEST_CASE("a partition that is offline begins no earlier when it is mended: its start stays in the checkpoint") {
  ServerRig rig;
  create(rig, "orders", 1);
  create(rig, "other", 1);
  produce(rig, "orders", 4);
  produce(rig, "other", 4);
  delete_below(rig, "orders", 3);
  const std::string path = "/data/orders-0/00000000000000000000.log";
  const std::string sound = rig.rig.content(path);
  // Rotten, and no crash can have done it.
  REQUIRE(rig.rig.run(rig.server->stop()));
  rig.server.reset();
  rig.rig.write(path, "rotten" + std::string(5000, 'x'));
  rig.start();
  CHECK_FALSE(rig.rig.run(partition_of(rig, "orders").log().read_bytes({.from = Offset(3), .upper = Offset(4), .bytes_max = 100})));
  CHECK(partition_of(rig, "orders").log().offline());
  delete_below(rig, "other", 2);
  CHECK(has(rig.rig.content("/data/log-start-offset-checkpoint"), "orders 0 3\n"));
  REQUIRE(rig.rig.run(rig.server->stop()));
  rig.server.reset();
  rig.rig.write(path, sound);
  rig.start();
  CHECK(partition_of(rig, "orders").log_start_offset() == Offset(3));
}

TEST_CASE("a partition that a stopped Kafka left without a leader is led again after the start") {
  ServerRig rig;
  create(rig, "orders", 1);
  produce(rig, "orders", 2);
  wire::PartitionChangeRecord left;  // as Kafka's controller writes it when its only broker shuts down
  left.partition_id = 0;
  left.topic_id = rig.server->broker().image()->topic("orders")->id;
  left.leader = -1;
  left.isr.emplace();
  left.eligible_leader_replicas = left.last_known_elr = wire::Array<int32_t>{1};
  quorum::Records records;
  records.emplace_back(std::move(left));
  REQUIRE(rig.rig.run(rig.server->broker().quorum->propose(std::move(records))));
  REQUIRE(rig.rig.run(rig.server->stop()));
  rig.server.reset();
  rig.start();
  const auto& partition = rig.server->broker().image()->topic("orders")->partitions.front();
  CHECK(partition.leader == BrokerId(1));
  CHECK(partition.isr == std::vector<BrokerId>{BrokerId(1)});
  CHECK(partition.elr.empty());
  CHECK(partition_of(rig, "orders").leads());
  produce(rig, "orders", 1);
}

TEST_CASE("the controller registers itself at each start, as Kafka's does") {
  ServerRig rig;
  const auto controller = rig.server->broker().image()->controllers().at(1);
  REQUIRE(controller.endpoints.size() == 1);
  CHECK(controller.endpoints.front().name == "CONTROLLER");
  CHECK(controller.endpoints.front().port == 9093);
  rig.crash(Death::kill);
  CHECK(rig.server->broker().image()->controllers().at(1).incarnation != controller.incarnation);
}

TEST_CASE("a preferred leader leads again when it is asked for, unless it is not there") {
  using namespace cluster;
  Image empty;
  ImageBuilder builder(empty);
  for (int32_t id : {1, 2, 3}) {
    wire::RegisterBrokerRecord broker;
    broker.broker_id = id;
    broker.fenced = id == 3;
    REQUIRE(builder.apply(broker, Offset(id)));
  }
  const auto image = std::move(builder).build(Offset(3), LeaderEpoch(1));
  const auto ids = [](std::initializer_list<int32_t> list) {
    std::vector<BrokerId> out;
    for (int32_t id : list) out.emplace_back(id);
    return out;
  };
  PartitionView partition;
  partition.replicas = ids({2, 1});
  partition.isr = ids({1, 2});
  partition.leader = BrokerId(1);
  CHECK(election_needed(partition, Election::preferred));
  CHECK(!election_needed(partition, Election::unclean));
  CHECK(elect(*image, partition, Election::preferred).leader == BrokerId(2));
  partition.isr = ids({1});
  CHECK(elect(*image, partition, Election::preferred).leader == BrokerId(1));  // stays: the preferred one is behind
  partition.leader = BrokerId(-1);
  partition.isr = ids({3});
  partition.replicas = ids({3, 2});
  CHECK(elect(*image, partition, Election::preferred).leader == BrokerId(-1));
  const auto unclean = elect(*image, partition, Election::unclean);
  CHECK(unclean.leader == BrokerId(2));
  CHECK(unclean.unclean);
  partition.isr = {};
  partition.elr = ids({2});
  const auto eligible = elect(*image, partition, Election::preferred);
  CHECK(eligible.leader == BrokerId(2));
  CHECK(!eligible.unclean);
}
