// Who is asked: what lies in the metadata log anybody knows, a broker's own settings only that broker, records only their leader.
#include <doctest/doctest.h>

#include "client/admin.h"
#include "wire/api/api_versions.h"
#include "wire/api/create_partitions.h"
#include "wire/api/delete_records.h"
#include "wire/api/describe_configs.h"
#include "wire/api/describe_log_dirs.h"
#include "wire/api/incremental_alter_configs.h"
#include "wire/api/metadata.h"

using namespace evlog;
using namespace evlog::client;

namespace {

// Two brokers, "one" and "two"; broker 2 is the controller and leads orders-1. Each call is written down with who got it.
class TwoBrokers final : public Transport {
 public:
  std::vector<std::string> calls;
  std::string silent;

  Result<Buffer> call(const BrokerAddress& to, Bytes request) override {
    const auto frame = wire::decode_request_header(request);
    if (!frame) return fail(frame.error());
    if (frame->api_key != 3 && frame->api_key != 18) calls.push_back(fmt::format("{} to {}", wire::api_name(frame->api_key), to.host));
    if (to.host == silent) return fail(ErrorCode::NETWORK_EXCEPTION, "connection refused");
    Buffer out;
    wire::Encoder encoder(out);
    wire::encode_response_header(encoder, frame->api_key, frame->api_version, frame->correlation_id);
    answer(encoder, *frame);
    return out;
  }

 private:
  static void answer(wire::Encoder& encoder, const wire::Frame& frame) {
    switch (frame.api_key) {
      case 18: {
        wire::ApiVersionsResponse r;
        r.api_keys = {{3, 0, 12}, {18, 0, 3}, {21, 0, 2}, {32, 1, 4}, {35, 1, 4}, {37, 0, 3}, {44, 0, 1}};
        return wire::encode(encoder, frame.api_version, r);
      }
      case 3: {
        wire::MetadataResponse r;
        r.controller_id = 2;
        r.brokers = {{2, "two", 9092, std::nullopt}, {1, "one", 9092, std::nullopt}};
        auto& topic = r.topics.emplace_back();
        topic.name = "orders";
        topic.partitions = {{ErrorCode::NONE, 0, 1, 3, {1, 2}, {1, 2}, {}}, {ErrorCode::NONE, 1, 2, 2, {1, 2}, {2}, {}}, {ErrorCode::LEADER_NOT_AVAILABLE, 2, -1, 2, {3}, {}, {3}}};
        return wire::encode(encoder, frame.api_version, r);
      }
      case 21: {
        wire::DeleteRecordsResponse r;
        auto& topic = r.topics.emplace_back();
        topic.name = "orders";
        topic.partitions = {{0, 7, ErrorCode::NONE}};
        return wire::encode(encoder, frame.api_version, r);
      }
      case 32: {
        wire::DescribeConfigsResponse r;
        auto& resource = r.results.emplace_back();
        resource.resource_type = 2, resource.resource_name = "orders";
        resource.configs.emplace_back().name = "z";
        auto& config = resource.configs.emplace_back();
        config.name = "a", config.value = "5", config.config_source = 1;
        config.synonyms = {{"a", "5", 1}, {"log.a", std::nullopt, 5}};
        return wire::encode(encoder, frame.api_version, r);
      }
      case 35: {
        wire::DescribeLogDirsResponse r;
        for (const bool future : {false, true}) {
          auto& dir = r.results.emplace_back();
          dir.log_dir = future ? "/new" : "/data";
          auto& topic = dir.topics.emplace_back();
          topic.name = "orders";
          topic.partitions = {{0, future ? 900 : 100, 0, future}};
        }
        return wire::encode(encoder, frame.api_version, r);
      }
      case 37: return wire::encode(encoder, frame.api_version, wire::CreatePartitionsResponse{});
      default: return wire::encode(encoder, frame.api_version, wire::IncrementalAlterConfigsResponse{});
    }
  }
};

}  // namespace

TEST_CASE("a broker's settings and loggers are asked of that broker, everything else of anybody") {
  TwoBrokers brokers;
  Admin admin(brokers, {{"one", 9092}});
  REQUIRE(admin.describe_configs({{ResourceType::topic, "orders"}, {ResourceType::broker, "2"}, {ResourceType::broker, ""}}).has_value());
  CHECK(brokers.calls == std::vector<std::string>{"DescribeConfigs to one", "DescribeConfigs to two"});
  brokers.calls.clear();
  REQUIRE(admin.incremental_alter_configs({{{ResourceType::broker_logger, "2"}, {{"root", ConfigOperation::set, "DEBUG"}}}}, false).has_value());
  REQUIRE(admin.incremental_alter_configs({{{ResourceType::broker, ""}, {{"log.retention.ms", ConfigOperation::unset, std::nullopt}}}}, true).has_value());
  CHECK(brokers.calls == std::vector<std::string>{"IncrementalAlterConfigs to two", "IncrementalAlterConfigs to one"});
}

TEST_CASE("a broker that does not exist is told as such, before anything is sent") {
  TwoBrokers brokers;
  Admin admin(brokers, {{"one", 9092}});
  CHECK(admin.describe_configs({{ResourceType::broker, "9"}}).error().code == ErrorCode::BROKER_NOT_AVAILABLE);
  CHECK(admin.describe_configs({{ResourceType::broker_logger, "me"}}).error().code == ErrorCode::INVALID_REQUEST);
  CHECK(brokers.calls.empty());
}

TEST_CASE("settings come in order of their names, with who set them and what they would be otherwise") {
  TwoBrokers brokers;
  Admin admin(brokers, {{"one", 9092}});
  const auto entries = admin.topic_configs("orders");
  REQUIRE(entries.has_value());
  REQUIRE(entries->size() == 2);
  CHECK(entries->front().name == "a");
  CHECK(entries->front().origin() == ConfigOrigin::topic);
  REQUIRE(entries->front().synonyms.size() == 2);
  CHECK(entries->front().synonyms.back().origin == ConfigOrigin::built_in);
  CHECK(!entries->front().synonyms.back().value);
}

TEST_CASE("records are deleted by each partition's leader; one without a leader or that is not there says so") {
  TwoBrokers brokers;
  Admin admin(brokers, {{"one", 9092}});
  const auto cluster = admin.cluster();
  REQUIRE(cluster.has_value());
  const auto deleted = admin.delete_records(*cluster, {{{"orders", 0}, 7}, {{"orders", 1}, 7}, {{"orders", 2}, 7}, {{"orders", 3}, 7}}, 1000);
  REQUIRE(deleted.has_value());
  CHECK(brokers.calls == std::vector<std::string>{"DeleteRecords to one", "DeleteRecords to two"});
  CHECK(deleted->at({"orders", 0}).low_watermark == 7);
  CHECK(deleted->at({"orders", 2}).error == ErrorCode::LEADER_NOT_AVAILABLE);
  CHECK(deleted->at({"orders", 3}).error == ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
}

TEST_CASE("partitions are added by the controller") {
  TwoBrokers brokers;
  Admin admin(brokers, {{"one", 9092}});
  REQUIRE(admin.create_partitions({{"orders", 4, {{1}}}}, false, 1000).has_value());
  CHECK(brokers.calls == std::vector<std::string>{"CreatePartitions to two"});
}

TEST_CASE("a broker that does not answer is a row of the log directories, not the end of them; a replica on its way here is not counted twice") {
  TwoBrokers brokers;
  brokers.silent = "two";
  Admin admin(brokers, {{"one", 9092}});
  const auto cluster = admin.cluster();
  REQUIRE(cluster.has_value());
  const auto dirs = admin.log_dirs(*cluster);
  REQUIRE(dirs.has_value());
  REQUIRE(dirs->size() == 3);
  CHECK(dirs->at(0).path == "/data");
  CHECK(dirs->at(2).error == ErrorCode::NETWORK_EXCEPTION);
  CHECK(admin.log_sizes()->at({"orders", 0}) == 100);
}
