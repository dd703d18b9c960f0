// Every API asks for rights exactly where and in the order Kafka asks. testdata/broker/authorize.txt: "> Api version json", then the
// questions. EVLOG_REWRITE=1 writes the file anew; read the difference before committing it.
#include <cstdlib>
#include <fstream>
#include <sstream>

#include "broker/rig.h"

using namespace evlog;
using broker::test::ServerRig;

TEST_CASE("each API asks the authorizer the questions of its golden list, in order") {
  const std::string path = EVLOG_TESTDATA "/broker/authorize.txt";
  std::ifstream in(path);
  REQUIRE(in.good());
  ServerRig rig;
  std::ostringstream now;
  std::string line;
  std::ostringstream before;
  std::string context;
  while (std::getline(in, line)) {
    before << line << '\n';
    if (line.starts_with('#')) now << line << '\n';
    if (!line.starts_with("> ")) continue;
    now << line << '\n';
    std::istringstream words(line.substr(2));
    std::string api, json;
    int16_t version = 0;
    words >> api >> version;
    std::getline(words, json);
    rig.recorder.asked.clear();
    rig.ask(api, version, json);
    for (const auto& question : rig.recorder.asked) now << question << '\n';
  }
  if (std::getenv("EVLOG_REWRITE")) std::ofstream(path) << now.str();
  else CHECK(now.str() == before.str());
}

TEST_CASE("a topic that may not be described is not disclosed") {
  ServerRig rig;
  rig.ask("CreateTopics", 7, R"({"topics":[{"name":"secret","numPartitions":1,"replicationFactor":1}],"timeoutMs":1000})");
  rig.recorder.denied = "Describe Topic secret";
  const auto named = rig.ask("Metadata", 12, R"({"topics":[{"name":"secret"}],"allowAutoTopicCreation":false})");
  CHECK(named.find("\"errorCode\":29") != std::string::npos);
  CHECK(named.find("\"partitions\":[]") != std::string::npos);
  const auto all = rig.ask("Metadata", 12, R"({"topics":null})");
  CHECK(all.find("secret") == std::string::npos);
}
