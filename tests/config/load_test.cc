#include <doctest/doctest.h>

#include <algorithm>

#include "config/config.h"

using namespace evlog::config;

namespace {

Config load(const LoadInput& input) {
  auto loaded = load_config(input);
  if (!loaded) FAIL(loaded.error().message);
  return std::move(loaded->config);
}

std::string refusal(const LoadInput& input) {
  const auto loaded = load_config(input);
  return loaded ? "ok" : loaded.error().message;
}

std::vector<std::string> warnings(const LoadInput& input) {
  std::vector<std::string> texts;
  const auto loaded = load_config(input);
  REQUIRE(loaded);
  for (const auto& notice : loaded->notices) {
    if (notice.level == NoticeLevel::warning) texts.push_back(notice.text);
  }
  return texts;
}

LoadInput file(std::string text) { return {.files = {{"server.properties", std::move(text)}}}; }

// The settings of the configuration that Kafka ships for a single server.
constexpr const char* shipped =
    "process.roles=broker,controller\nnode.id=1\ncontroller.quorum.bootstrap.servers=localhost:9093\n"
    "listeners=PLAINTEXT://:9092,CONTROLLER://:9093\ninter.broker.listener.name=PLAINTEXT\n"
    "advertised.listeners=PLAINTEXT://localhost:9092,CONTROLLER://localhost:9093\ncontroller.listener.names=CONTROLLER\n"
    "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SSL:SSL,SASL_PLAINTEXT:SASL_PLAINTEXT,SASL_SSL:SASL_SSL\n"
    "num.network.threads=3\nnum.io.threads=8\nsocket.send.buffer.bytes=102400\nsocket.receive.buffer.bytes=102400\n"
    "socket.request.max.bytes=104857600\nlog.dirs=/tmp/kraft-combined-logs\nnum.partitions=1\nnum.recovery.threads.per.data.dir=2\n"
    "offsets.topic.replication.factor=1\nshare.coordinator.state.topic.replication.factor=1\nshare.coordinator.state.topic.min.isr=1\n"
    "transaction.state.log.replication.factor=1\ntransaction.state.log.min.isr=1\nlog.retention.hours=168\n"
    "log.segment.bytes=1073741824\nlog.retention.check.interval.ms=300000\n";

}  // namespace

TEST_CASE("environment names follow the rule of Kafka's container image, which compose files rely on") {
  CHECK(environment_key("KAFKA_LOG_DIRS") == "log.dirs");
  CHECK(environment_key("KAFKA_ADVERTISED_LISTENERS") == "advertised.listeners");
  CHECK(environment_key("KAFKA_A__B___C_D") == "a_b-c.d");
  CHECK(environment_key("KAFKA_CFG_NODE_ID") == "node.id");
  CHECK(environment_key("EVLOG_DURABILITY") == "evlog.durability");
  CHECK(environment_key("EVLOG_INSECURE_LISTEN") == "evlog.insecure.listen");
  CHECK(environment_key("CLUSTER_ID") == "evlog.cluster.id");
  CHECK(environment_key("KAFKA_LOG4J_ROOT_LOGLEVEL") == "evlog.log.level");
  for (const char* other : {"KAFKA_HEAP_OPTS", "KAFKA_OPTS", "KAFKA_VERSION", "KAFKA_JMX_OPTS", "EVLOG_BROKERS", "PATH", "KAFKA_", "KAFKA", "EVLOG_"}) {
    CAPTURE(other);
    CHECK(!environment_key(other));
  }
}

TEST_CASE("the command line wins over the environment, that over files, a later file over an earlier one; the origin says so") {
  LoadInput input{.files = {{"a.properties", "num.partitions=2\nlog.retention.hours=3\n"}, {"b.properties", "\nnum.partitions=4\n"}}};
  CHECK(load(input).integer("num.partitions") == 4);
  CHECK(load(input).origin("num.partitions").text() == "b.properties:2");
  CHECK(load(input).origin("log.retention.hours").text() == "a.properties:2");
  input.environment = {{"KAFKA_NUM_PARTITIONS", "5"}};
  CHECK(load(input).integer("num.partitions") == 5);
  CHECK(load(input).origin("num.partitions").text() == "KAFKA_NUM_PARTITIONS");
  input.sets = {"num.partitions=6"};
  CHECK(load(input).integer("num.partitions") == 6);
  CHECK(load(input).origin("num.partitions").text() == "--set");
  CHECK(load(input).origin("num.io.threads").text() == "default");
}

TEST_CASE("evlog's own environment names win over Kafka's for the same key, in whatever order they come") {
  const Config config = load({.environment = {{"EVLOG_DURABILITY", "memory"}, {"KAFKA_EVLOG_DURABILITY", "disk"}, {"EVLOG_INSECURE_LISTEN", "1"}}});
  CHECK(config.text("evlog.durability") == "memory");
  CHECK(config.boolean("evlog.insecure.listen"));
}

TEST_CASE("Kafka's own shipped configuration is read without an error or a warning") {
  const auto loaded = load_config(file(shipped));
  REQUIRE(loaded);
  for (const auto& notice : loaded->notices) CHECK(notice.level == NoticeLevel::info);
  const auto broker = make_broker_config(loaded->config);
  REQUIRE(broker);
  CHECK(broker->node_id == 1);
  CHECK(broker->log_dirs == std::vector<std::string>{"/tmp/kraft-combined-logs"});
  CHECK(broker->listeners.bound.size() == 1);
  CHECK(broker->listeners.controller.size() == 1);
  CHECK(broker->listeners.bound[0].every_address());
  CHECK(!broker->listeners.loopback_only());
  CHECK(broker->offsets_topic_replication_factor_set);
}

TEST_CASE("a bad value is refused with its place and Kafka's words") {
  CHECK(refusal(file("\nnum.partitions=0\n")) ==
        "server.properties:2: Invalid value 0 for configuration num.partitions: Value must be at least 1");
  CHECK(refusal({.environment = {{"KAFKA_NUM_PARTITIONS", "x"}}}) ==
        "KAFKA_NUM_PARTITIONS: Invalid value x for configuration num.partitions: Not a number of type INT");
  CHECK(refusal({.sets = {"num.partitions"}}).starts_with("--set num.partitions: this is not key=value\nhint: "));
  CHECK(refusal(file("a=\\u1\n")) == "server.properties: line 1: malformed \\uxxxx escape");
  CHECK(refusal(file("log.retention.ms=0\n")) ==
        "server.properties:1: log.retention.ms must be unlimited (-1) or, equal or greater than 1");
}

TEST_CASE("what only Java can do, or evlog cannot do yet, is refused with a way out instead of ignored") {
  CHECK(refusal(file("authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer\n"))
            .ends_with("\nhint: leave authorizer.class.name out"));
  CHECK(refusal(file("metric.reporters=com.example.Reporter\n")).ends_with("\nhint: leave metric.reporters out"));
  CHECK(refusal(file("metric.reporters=\n")) == "ok");
  CHECK(refusal(file("replica.selector.class=org.apache.kafka.common.replica.RackAwareReplicaSelector\n")) == "ok");
  CHECK(refusal(file("remote.log.storage.system.enable=true\n")) != "ok");
  CHECK(refusal(file("remote.log.storage.system.enable=FALSE\n")) == "ok");
}

TEST_CASE("a key without effect is accepted and named once, an unknown one is a warning with the nearest name, an error when strict") {
  CHECK(warnings(file("num.network.threads=9\nzookeeper.connect=zk:2181\nlistener.name.internal.ssl.key.password=x\n")).empty());
  CHECK(warnings(file("num.partition=9\n")) ==
        std::vector<std::string>{"server.properties:1: unknown key num.partition; did you mean num.partitions?"});
  CHECK(warnings(file("retention.ms=9\n")) ==
        std::vector<std::string>{"server.properties:1: retention.ms is a topic's key; the broker's is log.retention.ms"});
  LoadInput strict = file("num.partition=9\n");
  strict.strict = true;
  CHECK(refusal(strict) == "server.properties:1: unknown key num.partition\nhint: did you mean num.partitions?");
  CHECK(warnings({.environment = {{"KAFKA_PASSED_TO_SOMEBODY_ELSE", "1"}}}).empty());
}

TEST_CASE("broker.id and node.id are one number") {
  CHECK(load(file("broker.id=7\n")).integer("node.id") == 7);
  CHECK(load(file("node.id=7\n")).integer("broker.id") == 7);
  CHECK(load({}).integer("node.id") == 1);
  CHECK(refusal(file("node.id=7\nbroker.id=8\n")).ends_with("\nhint: leave broker.id out"));
}

TEST_CASE("log4j's level names are understood") {
  CHECK(load({.environment = {{"KAFKA_LOG4J_ROOT_LOGLEVEL", "WARN"}}}).text("evlog.log.level") == "warn");
  CHECK(load({.environment = {{"KAFKA_LOG4J_ROOT_LOGLEVEL", "OFF"}}}).text("evlog.log.level") == "error");
}

TEST_CASE("the parsed broker configuration of nothing is what its struct says") {
  const auto broker = make_broker_config(load({}));
  REQUIRE(broker);
  const BrokerConfig defaults;
  CHECK(broker->node_id == defaults.node_id);
  CHECK(broker->socket_request_max_bytes == defaults.socket_request_max_bytes);
  CHECK(broker->fetch_max_bytes == defaults.fetch_max_bytes);
  CHECK(broker->connections_max_idle_ms == defaults.connections_max_idle_ms);
  CHECK(broker->group_initial_rebalance_delay_ms == defaults.group_initial_rebalance_delay_ms);
  CHECK(broker->group_max_session_timeout_ms == defaults.group_max_session_timeout_ms);
  CHECK(broker->offsets_topic_partitions == defaults.offsets_topic_partitions);
  CHECK(broker->memory_bytes == defaults.memory_bytes);
  CHECK(broker->metadata_segment_bytes == defaults.metadata_segment_bytes);
  CHECK(broker->metadata_segment_ms == defaults.metadata_segment_ms);
  CHECK(broker->metadata_snapshot_bytes == defaults.metadata_snapshot_bytes);
  CHECK(broker->metadata_snapshot_interval_ms == defaults.metadata_snapshot_interval_ms);
  CHECK(broker->metadata_retention_bytes == defaults.metadata_retention_bytes);
  CHECK(broker->metadata_retention_ms == defaults.metadata_retention_ms);
  CHECK(broker->log_dirs.empty());
  CHECK(!broker->offsets_topic_replication_factor_set);
  CHECK(broker->listeners.loopback_only());
}

TEST_CASE("limits that contradict each other are refused") {
  const auto broker = make_broker_config(load(file("group.min.session.timeout.ms=10\ngroup.max.session.timeout.ms=5\n")));
  CHECK(!broker);
}
