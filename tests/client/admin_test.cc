#include <doctest/doctest.h>

#include <deque>

#include "client/admin.h"
#include "wire/api/api_versions.h"
#include "wire/api/find_coordinator.h"
#include "wire/api/metadata.h"

using namespace evlog;
using namespace evlog::client;

namespace {

// A broker that answers by API, in the version asked for.
class FakeBroker final : public Transport {
 public:
  int16_t metadata_max = 12;
  bool old = false;                      // knows ApiVersions v0 only
  std::vector<std::string> calls;
  std::string unreachable;               // this host does not answer

  Result<Buffer> call(const BrokerAddress& to, Bytes request) override {
    if (to.host == unreachable) return fail(ErrorCode::NETWORK_EXCEPTION, "connection refused");
    const auto frame = wire::decode_request_header(request);
    if (!frame) return fail(frame.error());
    calls.push_back(fmt::format("{} v{} to {}", wire::api_name(frame->api_key), frame->api_version, to.host));
    Buffer out;
    wire::Encoder encoder(out);
    if (frame->api_key == wire::ApiVersionsRequest::info.api_key) answer_versions(encoder, *frame);
    else answer_metadata(encoder, *frame);
    return out;
  }

 private:
  void answer_versions(wire::Encoder& encoder, const wire::Frame& frame) const {
    const int16_t version = old ? int16_t(0) : frame.api_version;
    wire::encode_response_header(encoder, frame.api_key, version, frame.correlation_id);
    wire::ApiVersionsResponse r;
    if (old && frame.api_version > 0) r.error_code = ErrorCode::UNSUPPORTED_VERSION;
    r.api_keys = {{3, 0, metadata_max}, {18, 0, 3}};
    wire::encode(encoder, version, r);
  }
  static void answer_metadata(wire::Encoder& encoder, const wire::Frame& frame) {
    wire::encode_response_header(encoder, frame.api_key, frame.api_version, frame.correlation_id);
    wire::MetadataResponse r;
    r.cluster_id = "cluster";
    r.controller_id = 7;
    r.brokers = {{7, "seven", 9092, std::nullopt}};
    auto& topic = r.topics.emplace_back();
    topic.name = "orders";
    topic.partitions = {{ErrorCode::NONE, 1, 7, 3, {7}, {7}, {}}, {ErrorCode::NONE, 0, 7, 2, {7}, {7}, {}}};
    wire::encode(encoder, frame.api_version, r);
  }
};

}  // namespace

TEST_CASE("the highest common version is spoken, and a broker is asked for its versions once") {
  FakeBroker broker;
  Admin admin(broker, {{"one", 1}});
  const auto cluster = admin.cluster();
  REQUIRE(cluster.has_value());
  REQUIRE(admin.cluster().has_value());
  CHECK(broker.calls == std::vector<std::string>{"ApiVersions v3 to one", "Metadata v12 to one", "Metadata v12 to one"});
  CHECK(cluster->cluster_id == "cluster");
  CHECK(cluster->topics.at(0).partitions.at(0).index == 0);  // in order, however the broker lists them
  CHECK(cluster->topics.at(0).partitions.at(1).leader_epoch == 3);
}

TEST_CASE("a broker of long ago still gets to say which versions it has") {
  FakeBroker broker;
  broker.old = true;
  broker.metadata_max = 4;
  Admin admin(broker, {{"one", 1}});
  REQUIRE(admin.cluster().has_value());
  CHECK(broker.calls == std::vector<std::string>{"ApiVersions v3 to one", "ApiVersions v0 to one", "Metadata v4 to one"});
}

TEST_CASE("one dead bootstrap address does not fail the command") {
  FakeBroker broker;
  broker.unreachable = "dead";
  Admin admin(broker, {{"dead", 1}, {"one", 1}});
  CHECK(admin.cluster().has_value());
}

TEST_CASE("an API the broker does not have is named, not tried") {
  FakeBroker broker;
  Admin admin(broker, {{"one", 1}});
  const auto groups = admin.list_groups();
  REQUIRE(!groups.has_value());
  CHECK(groups.error().code == ErrorCode::UNSUPPORTED_VERSION);
  CHECK(groups.error().message.find("ListGroups") != std::string::npos);
}

TEST_CASE("a member's assignment is read, and bytes that are none give nothing instead of a crash") {
  const uint8_t good[] = {0, 0, 0, 0, 0, 1, 0, 1, 't', 0, 0, 0, 2, 0, 0, 0, 5, 0, 0, 0, 2, 0xff, 0xff, 0xff, 0xff};
  CHECK(parse_assignment(good) == std::vector<PartitionKey>{{"t", 2}, {"t", 5}});
  for (size_t size = 0; size < sizeof good; ++size) CHECK(parse_assignment(Bytes(good, size)).size() <= 2);
  const uint8_t huge[] = {0, 0, 0x7f, 0xff, 0xff, 0xff, 0x7f, 0xff};
  CHECK(parse_assignment(huge).empty());
}
