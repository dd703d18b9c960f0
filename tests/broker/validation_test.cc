#include <doctest/doctest.h>

#include "broker/rig.h"
#include "record/support.h"
#include "wire/api/produce.h"

using namespace evlog;
using broker::test::ServerRig;

namespace {

std::string create(ServerRig& rig, std::string_view name, std::string_view value, std::string_view key = "evlog.record.validation") {
  return rig.ask("CreateTopics", 4, fmt::format(R"({{"topics":[{{"name":"{}","numPartitions":1,"replicationFactor":1,"configs":[{{"name":"{}","value":"{}"}}]}}],"timeoutMs":1000}})", name, key, value));
}

std::string produce(ServerRig& rig, std::string_view topic, const Buffer& batch) {
  wire::ProduceRequest request;
  request.acks = -1;
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

}  // namespace

TEST_CASE("evlog.record.validation=full keeps compressed batches out that no consumer could read") {
  const uint8_t garbage[] = {1, 2, 3, 4};
  const Buffer batch = record::test::batch_with_payload(garbage, 1, record::Compression::lz4);
  ServerRig rig;
  REQUIRE(create(rig, "strict", "full").find("\"errorCode\":0") != std::string::npos);
  REQUIRE(create(rig, "quick", "none").find("\"errorCode\":0") != std::string::npos);
  CHECK(produce(rig, "strict", batch).find("\"errorCode\":87") != std::string::npos);
  CHECK(produce(rig, "quick", batch).find("\"errorCode\":0") != std::string::npos);
  CHECK(produce(rig, "strict", record::test::batch_of(2, {.compression = record::Compression::lz4})).find("\"errorCode\":0") != std::string::npos);
  CHECK(create(rig, "wrong", "some").find("String must be one of: none, full") != std::string::npos);
}

TEST_CASE("what is recompressed is looked at first: records that nobody could read are not kept under a codec that is all right") {
  const uint8_t broken[] = {14, 0, 0, 0, 1, 0x30, 'v', 0};  // one record, whose value is longer than the record
  ServerRig rig;
  REQUIRE(create(rig, "zipped", "gzip", "compression.type").find("\"errorCode\":0") != std::string::npos);
  for (const auto codec : record::test::all_codecs) {
    CAPTURE(record::compression_name(codec));
    Buffer payload;
    record::compress(codec, broken, payload);
    const bool looked_at = codec != record::Compression::gzip;
    CHECK(produce(rig, "zipped", record::test::batch_with_payload(payload, 1, codec)).find(looked_at ? "\"errorCode\":87" : "\"errorCode\":0") != std::string::npos);
    CHECK(produce(rig, "zipped", record::test::batch_of(2, {.compression = codec})).find("\"errorCode\":0") != std::string::npos);
  }
}
