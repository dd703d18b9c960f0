// Configurations changed by AlterConfigs and IncrementalAlterConfigs: what is written, for whom it is in force, what is left after a
// crash. The answers to every wrong request are compared with Kafka's by the differential test.
#include <doctest/doctest.h>

#include "broker/config_rig.h"

using namespace evlog;
using namespace evlog::broker::test;
using io::sim::Death;

namespace {

Offset metadata_end(ServerRig& rig) { return rig.server->broker().quorum->log().log_end_offset(); }

std::string incremental(ServerRig& rig, std::string_view resources, bool validate_only = false) {
  return rig.ask("IncrementalAlterConfigs", 1, fmt::format(R"({{"resources":[{}],"validateOnly":{}}})", resources, validate_only));
}

std::string replace(ServerRig& rig, std::string_view resources, bool validate_only = false) {
  return rig.ask("AlterConfigs", 2, fmt::format(R"({{"resources":[{}],"validateOnly":{}}})", resources, validate_only));
}

std::string resource(int type, std::string_view name, std::string_view configs) {
  return fmt::format(R"({{"resourceType":{},"resourceName":"{}","configs":[{}]}})", type, name, configs);
}

}  // namespace

TEST_CASE("a configuration change that is refused or only validated leaves no trace in the metadata log") {
  ServerRig rig;
  create(rig, "orders");
  const Offset before = metadata_end(rig);
  const std::string bad[] = {
      resource(2, "orders", R"({"name":"retention.ms","configOperation":0,"value":"-2"})"),
      resource(2, "orders", R"({"name":"retention.ms","configOperation":0,"value":"1"},{"name":"nope","configOperation":0,"value":"1"})"),
      resource(2, "orders", R"({"name":"retention.ms","configOperation":0,"value":null})"),
      resource(2, "orders", R"({"name":"retention.ms","configOperation":2,"value":"1"})"),
      resource(2, "orders", R"({"name":"retention.ms","configOperation":9,"value":"1"})"),
      resource(2, "orders", R"({"name":"retention.ms","configOperation":0,"value":"1"},{"name":"retention.ms","configOperation":0,"value":"2"})"),
      resource(2, "absent", R"({"name":"retention.ms","configOperation":0,"value":"1"})"),
      resource(2, "", R"({"name":"retention.ms","configOperation":0,"value":"1"})"),
      resource(2, "b ad", R"({"name":"retention.ms","configOperation":0,"value":"1"})"),
      resource(4, "1", R"({"name":"num.partitions","configOperation":0,"value":"3"})"),
      resource(4, "1", R"({"name":"min.insync.replicas","configOperation":0,"value":"1"})"),
      resource(4, "2", R"({"name":"log.retention.ms","configOperation":0,"value":"3"})"),
      resource(4, "", R"({"name":"log.retention.ms","configOperation":0,"value":"never"})"),
      resource(4, "", R"({"name":"listeners","configOperation":0,"value":"PLAINTEXT://127.0.0.1:1"})"),
      resource(8, "1", R"({"name":"nobody","configOperation":0,"value":"INFO"})"),
      resource(16, "", R"({"name":"interval.ms","configOperation":0,"value":"1000"})"),
      resource(16, "m", R"({"name":"interval.ms","configOperation":0,"value":"1"})"),
      resource(32, "g", R"({"name":"consumer.session.timeout.ms","configOperation":0,"value":"1"})"),
      resource(99, "x", R"({"name":"a","configOperation":0,"value":"1"})"),
      resource(2, "orders", "") + "," + resource(2, "orders", R"({"name":"retention.ms","configOperation":0,"value":"1"})"),
  };
  for (const auto& request : bad) {
    CAPTURE(request);
    const auto answer = incremental(rig, request);
    CHECK(!has(answer, "\"errorCode\":0"));
    CHECK(metadata_end(rig) == before);
  }
  const std::string bad_replacements[] = {
      resource(2, "orders", R"({"name":"retention.ms","value":"-2"})"), resource(2, "orders", R"({"name":"retention.ms","value":null})"),
      resource(2, "absent", ""), resource(4, "", ""), resource(4, "2", ""), resource(8, "1", R"({"name":"root","value":"INFO"})"),
      resource(32, "", ""), resource(99, "x", ""), resource(2, "orders", "") + "," + resource(2, "orders", ""),
  };
  for (const auto& request : bad_replacements) {
    CAPTURE(request);
    const auto answer = replace(rig, request);
    CHECK(!has(answer, "\"errorCode\":0"));
    CHECK(metadata_end(rig) == before);
  }
  const auto good = resource(2, "orders", R"({"name":"retention.ms","configOperation":0,"value":"1"})");
  CHECK(has(incremental(rig, good, true), "\"errorCode\":0"));
  CHECK(has(replace(rig, resource(2, "orders", R"({"name":"retention.ms","value":"1"})"), true), "\"errorCode\":0"));
  CHECK(has(incremental(rig, ""), "\"responses\":[]"));
  CHECK(has(incremental(rig, resource(2, "orders", R"({"name":"segment.ms","configOperation":1,"value":null})")), "\"errorCode\":0"));
  CHECK(metadata_end(rig) == before);
}

TEST_CASE("good and bad resources in one request: each is changed whole or not at all, and the good ones in one batch") {
  ServerRig rig;
  create(rig, "orders");
  create(rig, "clicks");
  const Offset before = metadata_end(rig);
  const auto answer = incremental(rig, resource(2, "orders", R"({"name":"retention.ms","configOperation":0,"value":"1"},{"name":"segment.ms","configOperation":0,"value":"2"})") + "," +
                                           resource(2, "clicks", R"({"name":"retention.ms","configOperation":0,"value":"1"},{"name":"segment.ms","configOperation":0,"value":"0"})") + "," +
                                           resource(32, "g", R"({"name":"consumer.session.timeout.ms","configOperation":0,"value":"46000"})"));
  CHECK(has(answer, "Invalid value 0 for configuration segment.ms: Value must be at least 1"));
  const auto image = rig.server->broker().image();
  CHECK(image->configs({2, "orders"}).size() == 2);
  CHECK(image->configs({2, "clicks"}).empty());
  CHECK(image->configs({32, "g"}).size() == 1);
  CHECK(metadata_end(rig) - before == 3);
  CHECK(partition_of(rig).config().segment_ms == 2);
}

TEST_CASE("every acknowledged change is there after a power cut, and in force") {
  ServerRig rig;
  create(rig, "orders");
  create(rig, "clicks");
  set_topic(rig, "max.message.bytes", "1234");
  set(rig, 4, "", "log.segment.bytes", "2000000");
  set(rig, 4, "1", "message.max.bytes", "5555");
  set(rig, 4, "", "max.connections", "77");
  set(rig, 16, "m", "interval.ms", "1000");
  set(rig, 32, "g", "consumer.session.timeout.ms", "46000");
  rig.crash(Death::power_cut);
  CHECK(partition_of(rig).config().max_message_bytes == 1234);
  CHECK(partition_of(rig, "clicks").config().max_message_bytes == 5555);
  CHECK(partition_of(rig, "clicks").config().segment_bytes == 2'000'000);
  CHECK(rig.server->broker().settings.connections_max == 77);
  CHECK(has(describe(rig, 16, "m", "interval.ms"), "\"value\":\"1000\""));
  CHECK(has(describe(rig, 32, "g", "consumer.session.timeout.ms"), "\"value\":\"46000\""));
}

TEST_CASE("the topic's value is above the broker's, which is above the cluster's default, which is above the file's") {
  ServerRig rig;
  create(rig, "orders");
  const auto bytes = [&] { return partition_of(rig).config().max_message_bytes; };
  const int usual = bytes();
  set(rig, 4, "", "message.max.bytes", "1000");
  CHECK(bytes() == 1000);
  set(rig, 4, "1", "message.max.bytes", "2000");
  CHECK(bytes() == 2000);
  set_topic(rig, "max.message.bytes", "3000");
  CHECK(bytes() == 3000);
  unset(rig, 4, "1", "message.max.bytes");
  CHECK(bytes() == 3000);
  unset(rig, 2, "orders", "max.message.bytes");
  CHECK(bytes() == 1000);
  unset(rig, 4, "", "message.max.bytes");
  CHECK(bytes() == usual);
}

TEST_CASE("a new topic inherits what was set dynamically, and is judged by it") {
  ServerRig rig;
  set(rig, 4, "", "log.cleaner.max.compaction.lag.ms", "10");
  set(rig, 4, "", "log.retention.bytes", "777");
  create(rig, "orders");
  CHECK(partition_of(rig).config().retention_bytes == 777);
  const auto answer = rig.ask("CreateTopics", 4, R"({"topics":[{"name":"late","numPartitions":1,"replicationFactor":1,"configs":[{"name":"min.compaction.lag.ms","value":"11"}]}],"timeoutMs":1000})");
  CHECK(has(answer, "conflict topic config setting min.compaction.lag.ms (11) > max.compaction.lag.ms (10)"));
}

TEST_CASE("a key without effect is stored and shown like any other") {
  ServerRig rig;
  create(rig, "orders");
  for (const auto& key : config::topic_keys()) {
    if (key.effect != config::Effect::ignored || !key.default_value()) continue;
    CAPTURE(key.name);
    set_topic(rig, key.name, *key.default_value());
    CHECK(has(describe(rig, 2, "orders", key.name), "\"configSource\":1"));
  }
  for (const auto& key : config::broker_keys()) {
    if (key.effect != config::Effect::ignored || key.update_mode != config::UpdateMode::cluster_wide || !key.default_value()) continue;
    CAPTURE(key.name);
    set(rig, 4, "", key.name, *key.default_value());
    CHECK(has(describe(rig, 4, "1", key.name), "\"configSource\":3"));
    CHECK(has(describe(rig, 4, "", key.name), "\"configSource\":3"));
  }
}

TEST_CASE("a secret is stored and never shown") {
  ServerRig rig;
  set(rig, 4, "1", "listener.name.plaintext.ssl.keystore.password", "hunter2");
  set(rig, 4, "1", "sasl.jaas.config", "hunter3");
  set(rig, 4, "1", "plugin.token", "hunter4");
  const auto all = rig.ask("DescribeConfigs", 4, R"({"resources":[{"resourceType":4,"resourceName":"1","configurationKeys":null}],"includeSynonyms":true})");
  CHECK(!has(all, "hunter"));
  CHECK(has(all, "plugin.token"));
  for (const auto& line : rig.log) CHECK(!has(line, "hunter"));
}

TEST_CASE("what nobody knows is kept for a broker, and the log names what may have been meant") {
  ServerRig rig;
  rig.log.clear();
  set(rig, 4, "", "log.retention.mss", "5");
  REQUIRE(rig.log.size() == 1);
  CHECK(has(rig.log[0], "did you mean log.retention.ms?"));
}

TEST_CASE("what the command line says stays, and the log tells who sets it dynamically") {
  ServerRig rig({"log.retention.ms=77"});
  create(rig, "orders");
  rig.log.clear();
  set(rig, 4, "", "log.retention.ms", "5");
  CHECK(partition_of(rig).config().retention_ms == 77);
  REQUIRE(rig.log.size() == 1);
  CHECK(has(rig.log[0], "stays as the command line says"));
}

TEST_CASE("more changes than one batch may hold are refused whole and leave no trace") {
  ServerRig rig;
  std::string resources;
  for (int i = 0; i <= 10'000; ++i) resources += (i ? "," : "") + resource(16, fmt::format("m{}", i), R"({"name":"interval.ms","configOperation":0,"value":"1000"})");
  const Offset before = metadata_end(rig);
  const auto answer = incremental(rig, resources);
  CHECK(has(answer, "Unable to perform excessively large batch operation."));
  CHECK(!has(answer, "\"errorCode\":0"));
  CHECK(metadata_end(rig) == before);
}

TEST_CASE("an unknown key of a topic or group names the nearest one") {
  ServerRig rig;
  create(rig, "orders");
  CHECK(has(alter(rig, 2, "orders", "retention.sm", "\"1\""), "Unknown topic config name: retention.sm (did you mean retention.ms?)"));
  CHECK(has(alter(rig, 32, "g", "consumer.session.timeout", "\"1\""), "did you mean consumer.session.timeout.ms?"));
  CHECK(has(alter(rig, 2, "orders", "entirely.different.thing", "\"1\""), "Unknown topic config name: entirely.different.thing\""));
}

TEST_CASE("the level of a logger decides what is written from the next line on") {
  ServerRig rig;
  auto& write = rig.server->broker().log;
  rig.log.clear();
  write('I', "group", "one");
  write('D', "group", "two");
  CHECK(rig.log.size() == 1);
  set(rig, 8, "1", "group", "ERROR");
  write('W', "group", "three");
  write('W', "log", "four");
  CHECK(rig.log.size() == 2);
  set(rig, 8, "1", "root", "DEBUG");
  write('D', "log", "five");
  write('D', "group", "six");
  CHECK(rig.log.size() == 3);
  CHECK(has(describe(rig, 8, "1", "group"), "\"value\":\"ERROR\""));
  CHECK(has(alter(rig, 8, "1", "group", "null", 1), "\"errorCode\":0"));
  CHECK(has(describe(rig, 8, "1", "group"), "\"value\":\"DEBUG\""));
}

TEST_CASE("who may not change a configuration changes nothing, and loggers least of all") {
  ServerRig rig;
  create(rig, "orders");
  rig.recorder.denied = "AlterConfigs";
  const Offset before = metadata_end(rig);
  CHECK(has(alter(rig, 2, "orders", "retention.ms", "\"1\""), "\"errorCode\":29"));
  CHECK(has(alter(rig, 4, "", "log.retention.ms", "\"1\""), "\"errorCode\":31"));
  CHECK(has(alter(rig, 16, "m", "interval.ms", "\"1000\""), "\"errorCode\":31"));
  CHECK(has(alter(rig, 32, "g", "share.isolation.level", "\"read_committed\""), "\"errorCode\":30"));
  CHECK(has(alter(rig, 8, "1", "root", "\"ERROR\""), "\"errorCode\":31"));
  CHECK(metadata_end(rig) == before);
  CHECK(rig.server->broker().loggers.level("root") == "INFO");
  rig.recorder.denied = "DescribeConfigs Cluster";
  CHECK(has(rig.ask("ListConfigResources", 1, R"({"resourceTypes":[]})"), "\"errorCode\":31"));
}

TEST_CASE("dynamic settings of the broker follow at once") {
  ServerRig rig;
  const auto& settings = rig.server->broker().settings;
  set(rig, 4, "", "max.connections", "100");
  CHECK(settings.connections_max == 100);
  set(rig, 4, "1", "max.connections", "50");
  CHECK(settings.connections_max == 50);
  set(rig, 4, "1", "max.connections.per.ip", "5");
  CHECK(settings.connections_max_per_ip == 5);
  unset(rig, 4, "1", "max.connections");
  CHECK(settings.connections_max == 100);
}
