// What may be set dynamically. The words are Kafka's; the differential test compares them with a real one.
#include <doctest/doctest.h>

#include "config/config.h"
#include "config/duration.h"
#include "config/pattern.h"

using namespace evlog;
using namespace evlog::config;

namespace {

std::string judge(const Config& broker, const ConfigMap& values, Layer layer = Layer::dynamic_default) {
  const auto result = validate_dynamic(broker, layer, values);
  if (result) return "good";
  CHECK(result.error().code == ErrorCode::INVALID_REQUEST);
  return result.error().message;
}
std::string judge(const ConfigMap& values, Layer layer = Layer::dynamic_default) { return judge(Config(), values, layer); }

std::string judge_group(const ConfigMap& values) {
  const auto result = validate_group_configs(Config(), values);
  return result ? "good" : result.error().message;
}

std::string judge_match(const std::string& match) {
  const auto result = validate_client_metrics("m", {{"match", match}});
  return result ? "good" : result.error().message;
}

}  // namespace

TEST_CASE("a key that is read at the start only is not taken for changed while the broker runs") {
  CHECK(judge({{"num.partitions", "3"}}) == "Cannot update these configs dynamically: [num.partitions]");
  CHECK(judge({{"log.dirs", "/x"}, {"num.partitions", "3"}}) == "Cannot update these configs dynamically: [log.dirs, num.partitions]");
  CHECK(judge({{"listeners", "PLAINTEXT://:1"}}) == "Cannot update these configs at default cluster level, broker id must be specified: [listeners]");
  CHECK(judge({{"listeners", "PLAINTEXT://:1"}}, Layer::dynamic_broker).starts_with("listeners cannot be changed while the broker runs"));
  CHECK(judge({{"ssl.keystore.location", "/k"}}, Layer::dynamic_broker).ends_with("using the listener prefix: [ssl.keystore.location]"));
  CHECK(judge({{"listener.name.x.ssl.keystore.location", "/k"}}, Layer::dynamic_broker) == "good");
  CHECK(judge({{"listener.name.x.ssl.keystore.location", "/k"}}).starts_with("Cannot update these configs at default cluster level"));
  CHECK(judge({{"listener.name.x.max.connections", "5"}}) == "good");
  CHECK(judge({{"listener.name.x.max.connections", "many"}}) == "Invalid value many for configuration max.connections: Not a number of type INT");
}

TEST_CASE("values that no broker can have together are refused before they are written") {
  CHECK(judge({{"log.retention.ms", "0"}}).ends_with("log.retention.ms must be unlimited (-1) or, greater than or equal to 1"));
  CHECK(judge({{"log.roll.ms", "0"}}).ends_with("log.roll.ms must be greater than or equal to 1"));
  CHECK(judge({{"log.roll.jitter.ms", "-1"}}).ends_with("log.roll.jitter.ms must be greater than or equal to 0"));
  CHECK(judge({{"max.connections.per.ip", "0"}}).find("overrides") != std::string::npos);
  CHECK(judge({{"max.connections.per.ip", "0"}, {"max.connections.per.ip.overrides", "127.0.0.1:5"}}) == "good");
  CHECK(judge({{"log.local.retention.ms", "9223372036854775807"}}).find("Value must not be more than log.retention.ms") != std::string::npos);
  CHECK(judge({{"num.io.threads", "17"}}).ends_with("value should not be greater than double the current value 8"));
  CHECK(judge({{"num.io.threads", "3"}}).ends_with("value should be at least half the current value 8"));
  CHECK(judge({{"num.io.threads", "16"}}) == "good");
  CHECK(judge({{"metric.reporters", "com.example.Reporter"}}).starts_with("metric.reporters=com.example.Reporter: "));
}

TEST_CASE("the default of the cluster is judged with what this broker has of its own") {
  Config broker;
  broker.set_dynamic(Layer::dynamic_broker, {{"log.retention.ms", "5"}});
  CHECK(judge(broker, {{"log.retention.ms", "0"}}) == "good");
  CHECK(judge(broker, {}, Layer::dynamic_broker) == "good");
  broker.set_dynamic(Layer::dynamic_default, {{"log.retention.ms", "0"}});
  CHECK(judge(broker, {}, Layer::dynamic_broker) != "good");
}

TEST_CASE("what was stored and cannot be used does not keep other keys from being changed") {
  const ConfigMap stored = {{"num.partitions", "3"}, {"log.retention.ms", "never"}, {"message.max.bytes", "5"}, {"plugin.key", "x"}};
  CHECK(usable_dynamic(stored, Layer::dynamic_default) == ConfigMap{{"message.max.bytes", "5"}, {"plugin.key", "x"}});
}

TEST_CASE("lists are added to and taken from as Kafka does, blanks and repeats included") {
  CHECK(append_to_list("", "a") == "a");
  CHECK(append_to_list("a,b", "b,c") == "a,b,c");
  CHECK(append_to_list("a", " a") == "a, a");
  CHECK(append_to_list("a", "b,") == "a,b");
  CHECK(append_to_list("", "") == "");
  CHECK(append_to_list("a", "") == "a,");
  CHECK(subtract_from_list("a,b,c", "b") == "a,c");
  CHECK(subtract_from_list("a", "a") == "");
  CHECK(subtract_from_list("a,b", "c") == "a,b");
}

TEST_CASE("a group's own configuration stays within what the broker allows") {
  CHECK(judge_group({{"consumer.session.timeout.ms", "46000"}}) == "good");
  CHECK(judge_group({{"consumer.session.timeout.ms", "44999"}}) == "consumer.session.timeout.ms must be greater than or equal to group.consumer.min.session.timeout.ms");
  CHECK(judge_group({{"share.delivery.count.limit", "11"}}) == "share.delivery.count.limit must be less than or equal to group.share.max.delivery.count.limit");
  CHECK(judge_group({{"streams.num.standby.replicas", "3"}}).ends_with("group.streams.max.standby.replicas"));
  CHECK(judge_group({{"share.auto.offset.reset", "by_duration:PT1H"}}) == "good");
  CHECK(judge_group({{"share.auto.offset.reset", "by_duration:-PT1H"}}).find("The value must be either") != std::string::npos);
  Config broker;
  broker.set("group.consumer.min.session.timeout.ms", "1", {Layer::file, ""});
  broker.set("group.consumer.session.timeout.ms", "45000", {Layer::file, ""});
  CHECK(validate_group_configs(broker, {{"consumer.session.timeout.ms", "5000"}}).error().message == "consumer.session.timeout.ms must be greater than consumer.heartbeat.interval.ms");
}

TEST_CASE("a subscription to client metrics is one that can be followed") {
  for (const char* good : {"client_id=app-.*", " client_id = a ", "client_id=a,client_source_port=1", "", "client_id=(?<x>a)", "client_id=[]a]+?", "client_id=a{2}"}) CHECK_MESSAGE(judge_match(good) == "good", good);
  for (const char* bad : {"x", "x=y", "client_id=", "client_id=a=b", "client_id=[", "client_id=*", "client_id=(a", "client_id=a)", "client_id=a**", "client_id=\\"})
    CHECK_MESSAGE(judge_match(bad) == "Illegal client matching pattern: " + std::string(bad), bad);
  CHECK(judge_match("client_id=a,,client_id=b") == "Configuration 'match' values must not be empty.");
}

TEST_CASE("durations are Java's") {
  CHECK(parse_duration_seconds("PT1H") == 3600);
  CHECK(parse_duration_seconds("P2DT3M4.5S") == 172'984.5);
  CHECK(parse_duration_seconds("pt-5m") == -300);
  CHECK(parse_duration_seconds("-PT5M") == -300);
  for (const char* bad : {"", "P", "PT", "1H", "PT1.5H", "PT5M1H", "P1H", "PT1", "PTS", "P1DT"}) CHECK_MESSAGE(!parse_duration_seconds(bad), bad);
}
