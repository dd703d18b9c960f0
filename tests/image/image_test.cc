#include <doctest/doctest.h>

#include "cluster/cluster.h"

using namespace evlog;
using namespace evlog::cluster;

namespace {

constexpr Uuid topic_id{7, 7};

wire::TopicRecord topic(std::string_view name, Uuid id = topic_id) {
  wire::TopicRecord r;
  r.name = name;
  r.topic_id = id;
  return r;
}

wire::PartitionRecord partition(int32_t index, Uuid id = topic_id) {
  wire::PartitionRecord r;
  r.partition_id = index;
  r.topic_id = id;
  r.replicas = {1};
  r.isr = {1};
  r.leader = 1;
  r.leader_epoch = 0;
  r.partition_epoch = 0;
  return r;
}

ImagePtr apply(const Image& base, std::initializer_list<wire::MetadataRecord> records) {
  ImageBuilder builder(base);
  int64_t offset = base.offset().value();
  for (const auto& record : records) REQUIRE(builder.apply(record, Offset(++offset)));
  return std::move(builder).build(Offset(offset), LeaderEpoch(1));
}

}  // namespace

TEST_CASE("a topic is found by name and by id, and its removal takes its configuration along") {
  wire::ConfigRecord config;
  config.resource_type = 2;
  config.resource_name = "orders";
  config.name = "retention.ms";
  config.value = "5";
  const auto made = apply(Image{}, {topic("orders"), config, partition(0), partition(1)});
  REQUIRE(made->topic("orders"));
  CHECK(made->topic(topic_id)->partitions.size() == 2);
  CHECK(made->configs({2, "orders"}).at("retention.ms") == "5");
  CHECK(made->offset() == Offset{3});

  wire::RemoveTopicRecord remove;
  remove.topic_id = topic_id;
  const auto gone = apply(*made, {remove});
  CHECK_FALSE(gone->topic("orders"));
  CHECK(gone->configs({2, "orders"}).empty());
  CHECK(made->topic("orders"));  // whoever holds the old image still sees the old truth
}

TEST_CASE("naming a leader begins a new leader epoch even when it is the same one; other changes do not") {
  const auto made = apply(Image{}, {topic("orders"), partition(0)});
  wire::PartitionChangeRecord lead;
  lead.topic_id = topic_id;
  lead.partition_id = 0;
  lead.leader = 1;
  const auto led = apply(*made, {lead});
  CHECK(led->topic("orders")->partitions[0].leader_epoch == LeaderEpoch{1});
  CHECK(led->topic("orders")->partitions[0].partition_epoch == 1);

  wire::PartitionChangeRecord shrink;
  shrink.topic_id = topic_id;
  shrink.partition_id = 0;
  shrink.isr.emplace({1});
  const auto shrunk = apply(*led, {shrink});
  CHECK(shrunk->topic("orders")->partitions[0].leader_epoch == LeaderEpoch{1});
  CHECK(shrunk->topic("orders")->partitions[0].partition_epoch == 2);
}

TEST_CASE("what a batch does not touch is shared with the image before, so that a change costs its own size") {
  const auto made = apply(Image{}, {topic("a"), partition(0), topic("b", {8, 8}), partition(0, {8, 8})});
  wire::ProducerIdsRecord ids;
  ids.next_producer_id = 1000;
  const auto next = apply(*made, {ids});
  CHECK(&next->topics() == &made->topics());
  CHECK(next->producer_ids_next() == 1000);
}

TEST_CASE("a log that contradicts itself is refused instead of guessed at") {
  ImageBuilder builder{Image{}};
  CHECK_FALSE(builder.apply(partition(0), Offset{0}));
  REQUIRE(builder.apply(topic("orders"), Offset{1}));
  CHECK_FALSE(builder.apply(partition(3), Offset{2}));
  wire::RemoveTopicRecord remove;
  remove.topic_id = {9, 9};
  CHECK_FALSE(builder.apply(remove, Offset{3}));
}

TEST_CASE("a broker is fenced until it is unfenced, and a feature level of 0 removes the feature") {
  wire::RegisterBrokerRecord broker;
  broker.broker_id = 1;
  broker.broker_epoch = 5;
  auto& endpoint = broker.end_points.emplace_back();
  endpoint.name = "PLAINTEXT";
  endpoint.host = "localhost";
  endpoint.port = 9092;
  const auto registered = apply(Image{}, {broker});
  CHECK(registered->alive_brokers() == 0);
  wire::BrokerRegistrationChangeRecord unfence;
  unfence.broker_id = 1;
  unfence.fenced = -1;
  const auto alive = apply(*registered, {unfence});
  CHECK(alive->alive_brokers() == 1);
  CHECK(alive->broker(BrokerId{1})->endpoint("PLAINTEXT")->port == 9092);

  wire::FeatureLevelRecord level;
  level.name = "group.version";
  level.feature_level = 1;
  const auto with = apply(*alive, {level});
  CHECK(with->feature("group.version") == 1);
  level.feature_level = 0;
  CHECK(apply(*with, {level})->features().empty());
}

TEST_CASE("replicas are striped over the live brokers, and more than there are is Kafka's refusal") {
  ImageBuilder builder{Image{}};
  for (int32_t id = 1; id <= 3; ++id) {
    wire::RegisterBrokerRecord broker;
    broker.broker_id = id;
    broker.fenced = id == 3;
    REQUIRE(builder.apply(broker, Offset{id}));
  }
  const auto image = std::move(builder).build(Offset{3}, LeaderEpoch{1});
  Random random(1);
  const auto placed = place(*image, 4, 2, random);
  REQUIRE(placed);
  CHECK(placed->size() == 4);
  int leads[4] = {};
  for (const auto& replicas : *placed) {
    CHECK(replicas.size() == 2);
    CHECK(replicas[0] != replicas[1]);
    ++leads[replicas[0].value()];
  }
  CHECK(leads[1] == 2);
  CHECK(leads[2] == 2);
  CHECK(place(*image, 1, 3, random).error().code == ErrorCode::INVALID_REPLICATION_FACTOR);
}

TEST_CASE("topic names are judged as Kafka judges them") {
  CHECK(check_topic_name("orders.v1_new-2"));
  CHECK(check_topic_name("").error().message == "Topic name is invalid: the empty string is not allowed");
  CHECK(check_topic_name("..").error().code == ErrorCode::INVALID_TOPIC_EXCEPTION);
  CHECK_FALSE(check_topic_name("a b"));
  CHECK_FALSE(check_topic_name("gr\xC3\xBC" "n"));
  CHECK(check_topic_name(std::string(249, 'a')));
  CHECK_FALSE(check_topic_name(std::string(250, 'a')));
  CHECK(topic_names_collide("a.b", "a_b"));
  CHECK_FALSE(topic_names_collide("a.b", "a-b"));
  CHECK(is_internal_topic("__consumer_offsets"));
}
