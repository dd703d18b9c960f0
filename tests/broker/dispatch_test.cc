#include "broker/rig.h"

using namespace evlog;
using namespace evlog::broker;
using broker::test::ServerRig;

TEST_CASE("every API of the table is served in exactly the versions of Kafka 4.3") {
  for (const Api& api : apis()) {
    const auto* request = wire::find_request(api.key);
    REQUIRE(request);
    CHECK(api.min == request->info->versions.min);
    CHECK(api.max == request->info->stable_max);
    CHECK(api.advertised_min == (api.key == 0 ? 0 : api.min));
  }
}

TEST_CASE("ApiVersions lists the table, hides features with a minimum of 0 from old clients, and answers the future in version 0") {
  ServerRig rig;
  const auto now = rig.ask("ApiVersions", 4, R"({"clientSoftwareName":"test","clientSoftwareVersion":"1"})");
  CHECK(now.find(R"({"apiKey":0,"minVersion":0,"maxVersion":13})") != std::string::npos);
  CHECK(now.find("kraft.version") != std::string::npos);
  CHECK(now.find("transaction.version") == std::string::npos);  // clients would use what is not served
  const auto old = rig.ask("ApiVersions", 3, R"({"clientSoftwareName":"test","clientSoftwareVersion":"1"})");
  CHECK(old.find("kraft.version") == std::string::npos);
  CHECK(old.find("metadata.version") != std::string::npos);
  const auto future = rig.ask_raw(18, 5, std::make_shared<Buffer>(as_bytes("anything")));
  CHECK(future.starts_with(R"({"errorCode":35,"apiKeys":[{"apiKey":18)"));
  CHECK(rig.ask("ApiVersions", 3, R"({"clientSoftwareName":"","clientSoftwareVersion":"1"})").starts_with(R"({"errorCode":42)"));
}

TEST_CASE("a topic made on demand is answered with its leader at once") {
  ServerRig rig;
  const auto made = rig.ask("Metadata", 12, R"({"topics":[{"name":"fresh"}],"allowAutoTopicCreation":true})");
  CHECK(made.find(R"("errorCode":0,"name":"fresh")") != std::string::npos);
  CHECK(made.find(R"("leaderId":1)") != std::string::npos);
}

TEST_CASE("transactions are refused with the documented error and leave no trace") {
  ServerRig rig;
  const auto offset = rig.server->broker().image()->offset();
  CHECK(rig.ask("InitProducerId", 4, R"({"transactionalId":"t","transactionTimeoutMs":1000})").find("\"errorCode\":35") != std::string::npos);
  CHECK(rig.ask("FindCoordinator", 4, R"({"keyType":1,"coordinatorKeys":["t"]})").find("\"errorCode\":35") != std::string::npos);
  CHECK(rig.server->broker().image()->offset() == offset);
}

TEST_CASE("producer ids go on after a crash, none is given twice") {
  ServerRig rig;
  const auto first = rig.ask("InitProducerId", 4, R"({"transactionalId":null,"transactionTimeoutMs":1000})");
  const auto second = rig.ask("InitProducerId", 4, R"({"transactionalId":null,"transactionTimeoutMs":1000})");
  CHECK(first != second);
  CHECK(first.find(R"("producerId":0,"producerEpoch":0)") != std::string::npos);
  CHECK(rig.server->broker().image()->producer_ids_next() == 1000);
}

TEST_CASE("bytes left over behind a request are ignored, as Kafka does; a request cut short is not") {
  ServerRig rig;
  CHECK_FALSE(rig.ask_raw(16, 0, std::make_shared<Buffer>(as_bytes(std::string_view("\0\0\0", 3)))).starts_with("refused"));
  CHECK(rig.ask_raw(12, 0, std::make_shared<Buffer>(as_bytes(std::string_view("\0\5ab", 4)))).starts_with("refused"));
}
