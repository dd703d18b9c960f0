#include <doctest/doctest.h>

#include "config/config.h"

using namespace evlog;
using namespace evlog::config;

namespace {

std::string refusal(std::string_view name, std::string_view value) {
  const auto r = validate_topic_config(name, value);
  if (r) return "ok";
  CHECK(r.error().code == ErrorCode::INVALID_CONFIG);
  return r.error().message;
}

}  // namespace

TEST_CASE("topic settings are refused in Kafka's words, which scripts and people search for") {
  // Each line was answered by Kafka 4.3.1.
  CHECK(refusal("retention.ms", "abc") == "Invalid value abc for configuration retention.ms: Not a number of type LONG");
  CHECK(refusal("retention.ms", "-2") == "Invalid value -2 for configuration retention.ms: Value must be at least -1");
  CHECK(refusal("retention.ms", " 5 ") == "ok");
  CHECK(refusal("segment.bytes", "99") == "Invalid value 99 for configuration segment.bytes: Value must be at least 1048576");
  CHECK(refusal("segment.bytes", "99999999999") == "Invalid value 99999999999 for configuration segment.bytes: Not a number of type INT");
  CHECK(refusal("segment.bytes", "") == "Invalid value  for configuration segment.bytes: Not a number of type INT");
  CHECK(refusal("cleanup.policy", "foo") == "Invalid value foo for configuration cleanup.policy: String must be one of: compact, delete");
  CHECK(refusal("cleanup.policy", "") == "ok");
  CHECK(refusal("cleanup.policy", "delete,delete") == "ok");
  CHECK(refusal("cleanup.policy", "delete,") == "Configuration 'cleanup.policy' values must not be empty.");
  CHECK(refusal("cleanup.policy", "compact , delete") == "ok");
  CHECK(refusal("compression.type", "foo") ==
        "Invalid value foo for configuration compression.type: String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer");
  CHECK(refusal("compression.gzip.level", "0") ==
        "Invalid value 0 for configuration compression.gzip.level: Value must be between 1 and 9 or equal to -1");
  CHECK(refusal("compression.gzip.level", "-1") == "ok");
  CHECK(refusal("compression.lz4.level", "18") == "Invalid value 18 for configuration compression.lz4.level: Value must be no more than 17");
  CHECK(refusal("min.cleanable.dirty.ratio", "2") ==
        "Invalid value 2.0 for configuration min.cleanable.dirty.ratio: Value must be no more than 1");
  CHECK(refusal("min.cleanable.dirty.ratio", "-0.1") ==
        "Invalid value -0.1 for configuration min.cleanable.dirty.ratio: Value must be at least 0");
  CHECK(refusal("min.cleanable.dirty.ratio", "x") == "Invalid value x for configuration min.cleanable.dirty.ratio: Not a number of type DOUBLE");
  CHECK(refusal("min.cleanable.dirty.ratio", "1e-1") == "ok");
  CHECK(refusal("min.cleanable.dirty.ratio", "NaN") == "ok");
  CHECK(refusal("preallocate", "yes") == "Invalid value yes for configuration preallocate: Expected value to be either true or false");
  CHECK(refusal("preallocate", "TRUE") == "ok");
  CHECK(refusal("nope", "1") == "Unknown topic config name: nope");
  CHECK(refusal("message.timestamp.type", "x") ==
        "Invalid value x for configuration message.timestamp.type: String must be one of: CreateTime, LogAppendTime");
  CHECK(refusal("leader.replication.throttled.replicas", "*,1:2") ==
        "Invalid value [*, 1:2] for configuration leader.replication.throttled.replicas: leader.replication.throttled.replicas must be "
        "the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...");
  CHECK(refusal("leader.replication.throttled.replicas", "1:2,3:4") == "ok");
  CHECK(refusal("internal.segment.bytes", "100") == "ok");
  CHECK(refusal("local.retention.ms", "-3") == "Invalid value -3 for configuration local.retention.ms: Value must be at least -2");
  CHECK(refusal("retention.bytes", "-77") == "ok");
}

TEST_CASE("rules between a topic's settings are checked, the unknown name first") {
  const Config broker;
  const auto refused = [&](const ConfigMap& overrides) {
    const auto r = validate_topic_configs(broker, overrides);
    return r ? "ok" : r.error().message;
  };
  CHECK(refused({{"min.compaction.lag.ms", "100"}, {"max.compaction.lag.ms", "10"}}) ==
        "conflict topic config setting min.compaction.lag.ms (100) > max.compaction.lag.ms (10)");
  CHECK(refused({{"segment.bytes", "x"}, {"zzz", "1"}}) == "Unknown topic config name: zzz");
  CHECK(refused({{"remote.storage.enable", "true"}}) ==
        "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.");
  CHECK(refused({{"retention.ms", "1000"}, {"local.retention.ms", "100000"}}) == "ok");
}

TEST_CASE("numbers are read as Java reads them and printed as Java prints them") {
  const auto refused = [](std::string_view name, std::string_view text) { return !parse_value(*find_broker_key(name), text).has_value(); };
  CHECK(refused("num.partitions", "+-3"));
  CHECK(refused("num.partitions", "3.0"));
  CHECK(refused("num.partitions", "2147483648"));
  CHECK(!refused("num.partitions", "+3"));
  CHECK(refused("offsets.topic.replication.factor", "32768"));
  CHECK(refused("log.cleaner.io.max.bytes.per.second", "inf"));
  CHECK(!refused("log.cleaner.io.max.bytes.per.second", "1.5e3d"));
  CHECK(java_double(0.5) == "0.5");
  CHECK(java_double(2) == "2.0");
  CHECK(java_double(0) == "0.0");
  CHECK(java_double(-0.001) == "-0.001");
  CHECK(java_double(0.0001) == "1.0E-4");
  CHECK(java_double(1234567) == "1234567.0");
  CHECK(java_double(12345678) == "1.2345678E7");
  CHECK(java_double(1.7976931348623157e308) == "1.7976931348623157E308");
}

TEST_CASE("an item given twice in a list counts once") {
  const auto value = parse_value(*find_topic_key("cleanup.policy"), " delete , compact,delete ");
  REQUIRE(value);
  CHECK(value_text(*value) == "delete,compact");
}
