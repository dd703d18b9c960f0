// What the tests of configurations say to a server: changes, questions, batches.
#pragma once

#include "broker/partitions.h"
#include "broker/rig.h"
#include "quorum/quorum.h"
#include "record/support.h"
#include "wire/api/produce.h"

namespace evlog::broker::test {

inline bool has(const std::string& text, std::string_view part) { return text.find(part) != text.npos; }

inline void create(ServerRig& rig, std::string_view name, std::string_view configs = "") {
  const auto made = rig.ask("CreateTopics", 4, fmt::format(R"({{"topics":[{{"name":"{}","numPartitions":1,"replicationFactor":1,"configs":[{}]}}],"timeoutMs":1000}})", name, configs));
  REQUIRE_MESSAGE(has(made, "\"errorCode\":0"), made);
}

// One key of one resource; the value is JSON: "\"5\"" or "null".
inline std::string alter(ServerRig& rig, int type, std::string_view name, std::string_view key, std::string_view json, int operation = 0) {
  return rig.ask("IncrementalAlterConfigs", 1,
                 fmt::format(R"({{"resources":[{{"resourceType":{},"resourceName":"{}","configs":[{{"name":"{}","configOperation":{},"value":{}}}]}}]}})", type, name, key, operation, json));
}

inline void set(ServerRig& rig, int type, std::string_view name, std::string_view key, std::string_view value) {
  const auto answer = alter(rig, type, name, key, fmt::format("\"{}\"", value));
  REQUIRE_MESSAGE(has(answer, "\"errorCode\":0"), answer);
}
inline void set_topic(ServerRig& rig, std::string_view key, std::string_view value, std::string_view topic = "orders") { set(rig, 2, topic, key, value); }

inline void unset(ServerRig& rig, int type, std::string_view name, std::string_view key) {
  const auto answer = alter(rig, type, name, key, "null", 1);
  REQUIRE_MESSAGE(has(answer, "\"errorCode\":0"), answer);
}

inline std::string describe(ServerRig& rig, int type, std::string_view name, std::string_view key) {
  return rig.ask("DescribeConfigs", 4, fmt::format(R"({{"resources":[{{"resourceType":{},"resourceName":"{}","configurationKeys":["{}"]}}],"includeSynonyms":false}})", type, name, key));
}

inline partition::Partition& partition_of(ServerRig& rig, std::string_view topic = "orders") {
  auto* found = rig.server->broker().partitions->find(topic, 0);
  REQUIRE(found);
  return *found;
}

inline int64_t now_ms(ServerRig& rig) { return to_ms(rig.rig.loop().wall()); }

inline std::string produce(ServerRig& rig, const Buffer& batch, int16_t acks = -1, std::string_view topic = "orders") {
  wire::ProduceRequest request;
  request.acks = acks;
  request.timeout_ms = 1000;
  auto& data = request.topic_data.emplace_back();
  data.name = topic;
  auto& partition = data.partition_data.emplace_back();
  partition.records = wire::Records{.bytes = batch.bytes()};
  auto frame = std::make_shared<Buffer>();
  wire::Encoder encoder(*frame);
  wire::encode(encoder, 9, request);
  return rig.ask_raw(0, 9, frame);
}

inline bool accepted(const std::string& answer) { return has(answer, "\"errorCode\":0,"); }
inline bool refused(const std::string& answer, ErrorCode code) { return has(answer, fmt::format("\"errorCode\":{},", static_cast<int>(code))); }

// One record of `bytes`, with a key, at this time.
inline Buffer batch_of_bytes(ServerRig& rig, size_t bytes, std::optional<int64_t> timestamp = std::nullopt) {
  record::BatchBuilder builder;
  const std::string value(bytes, 'v');
  builder.add({.timestamp = timestamp.value_or(now_ms(rig)), .key = as_bytes("key"), .value = as_bytes(value)});
  return builder.build();
}

inline size_t segments(ServerRig& rig) { return partition_of(rig).log().segments().size(); }

}  // namespace evlog::broker::test
