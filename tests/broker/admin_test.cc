// Topics, configuration and the cluster as an administrator asks for them. testdata/broker/admin.txt: "> Api version json", then the
// answer; EVLOG_REWRITE=1 writes the file anew; read the difference before committing it.
#include <doctest/doctest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <sstream>

#include "broker/partitions.h"
#include "broker/rig.h"

using namespace evlog;
using broker::test::ServerRig;

namespace {

// Random ids become numbers in order of appearance.
class Ids {
 public:
  std::string hide(std::string answer) {
    for (const std::string_view field : {"\"topicId\":\"", "\"clusterId\":\""})
      for (size_t at = answer.find(field); at != answer.npos; at = answer.find(field, at)) {
        at += field.size();
        const size_t end = answer.find('"', at);
        const std::string id = answer.substr(at, end - at);
        if (id.empty() || id.starts_with("AAAAAAAAAAAA")) continue;
        const auto number = numbers_.try_emplace(id, numbers_.size() + 1).first->second;
        answer.replace(at, end - at, fmt::format("<id {}>", number));
      }
    return answer;
  }

 private:
  std::map<std::string, size_t> numbers_;
};

std::string create(ServerRig& rig, std::string_view name) {
  return rig.ask("CreateTopics", 4, fmt::format(R"({{"topics":[{{"name":"{}","numPartitions":2,"replicationFactor":1}}],"timeoutMs":1000}})", name));
}

std::string id_of(ServerRig& rig, std::string_view name) { return rig.server->broker().image()->topic(name)->id.text(); }

std::string delete_pair(ServerRig& rig, std::string_view id, std::string_view second) {
  return rig.ask("DeleteTopics", 6, fmt::format(R"({{"topics":[{{"name":null,"topicId":"{}"}},{}],"timeoutMs":1000}})", id, second));
}

}  // namespace

TEST_CASE("requests of administrators get the answers of the golden list") {
  const std::string path = EVLOG_TESTDATA "/broker/admin.txt";
  std::ifstream in(path);
  REQUIRE(in.good());
  ServerRig rig;
  Ids ids;
  std::ostringstream before, now;
  for (std::string line; std::getline(in, line);) {
    before << line << '\n';
    if (line.starts_with('#')) now << line << '\n';
    if (!line.starts_with("> ")) continue;
    now << line << '\n';
    std::istringstream words(line.substr(2));
    std::string api, json;
    int16_t version = 0;
    words >> api >> version;
    std::getline(words, json);
    now << ids.hide(rig.ask(api, version, json)) << '\n';
  }
  if (std::getenv("EVLOG_REWRITE")) std::ofstream(path) << now.str();
  else CHECK(now.str() == before.str());
}

TEST_CASE("a topic can be used when its creation is answered, and is gone when its deletion is") {
  ServerRig rig;
  create(rig, "orders");
  auto* partition = rig.server->broker().partitions->find("orders", 1);
  REQUIRE(partition);
  CHECK(partition->leads());
  rig.ask("DeleteTopics", 1, R"({"topicNames":["orders"],"timeoutMs":1000})");
  CHECK(rig.server->broker().partitions->find("orders", 1) == nullptr);
}

TEST_CASE("a topic named by id and by name in one request is not deleted, nor one whose id comes twice") {
  ServerRig rig;
  create(rig, "orders");
  const auto id = id_of(rig, "orders");
  CHECK(delete_pair(rig, id, R"({"name":"orders"})").find("already supplied") != std::string::npos);
  CHECK(delete_pair(rig, id, fmt::format(R"({{"name":null,"topicId":"{}"}})", id)).find("Duplicate topic id") != std::string::npos);
  CHECK(rig.server->broker().image()->topic("orders"));
  CHECK(delete_pair(rig, id, R"({"name":"nope"})").find("\"errorCode\":0") != std::string::npos);
  CHECK(!rig.server->broker().image()->topic("orders"));
}

TEST_CASE("who may not describe a topic does not learn from deleting it whether it exists") {
  ServerRig rig;
  create(rig, "secret");
  const auto id = id_of(rig, "secret");
  // Without the right on the cluster each topic is asked for; one that does not exist is refused with the same words.
  rig.recorder.deny = {"Delete Cluster", "Describe Topic", "Delete Topic"};
  const auto by_name = rig.ask("DeleteTopics", 6, R"({"topics":[{"name":"secret"},{"name":"absent"}],"timeoutMs":1000})");
  CHECK(by_name.find("\"errorCode\":3,") == std::string::npos);
  const auto by_id = delete_pair(rig, id, R"({"name":"absent"})");
  CHECK(by_id.find("\"secret\"") == std::string::npos);
  CHECK(rig.server->broker().image()->topic("secret"));
}

TEST_CASE("without the right to create, nothing is created; without the right to see configs, none is shown") {
  ServerRig rig;
  rig.recorder.deny = {"Create Cluster", "Create Topic forbidden", "DescribeConfigs Topic"};
  const auto answer = rig.ask("CreateTopics", 7, R"({"topics":[{"name":"forbidden","numPartitions":1,"replicationFactor":1},{"name":"allowed","numPartitions":1,"replicationFactor":1}],"timeoutMs":1000})");
  CHECK(answer.find("\"topicConfigErrorCode\":29") != std::string::npos);
  CHECK(answer.find("retention.ms") == std::string::npos);
  CHECK(answer.find("Authorization failed.") != std::string::npos);
  CHECK(rig.server->broker().image()->topic("allowed"));
  CHECK(!rig.server->broker().image()->topic("forbidden"));
}

TEST_CASE("delete.topic.enable=false keeps every topic, and says so in the words of the version") {
  ServerRig rig({"delete.topic.enable=false"});
  create(rig, "orders");
  CHECK(rig.ask("DeleteTopics", 2, R"({"topicNames":["orders"],"timeoutMs":1000})").find("\"errorCode\":42") != std::string::npos);
  CHECK(rig.ask("DeleteTopics", 3, R"({"topicNames":["orders"],"timeoutMs":1000})").find("\"errorCode\":73") != std::string::npos);
  CHECK(rig.server->broker().image()->topic("orders"));
}

TEST_CASE("the records of a new topic are Kafka's: leader and isr of the live replicas, a real directory") {
  ServerRig rig;
  create(rig, "orders");
  const auto image = rig.server->broker().image();
  const auto& partition = image->topic("orders")->partitions.at(1);
  CHECK(partition.leader == BrokerId(1));
  CHECK(partition.leader_epoch == LeaderEpoch(0));
  CHECK(partition.isr == partition.replicas);
  REQUIRE(partition.directories.size() == 1);
  CHECK(partition.directories.front() == image->broker(BrokerId(1))->log_dirs.front());
}

TEST_CASE("two data directories share the partitions of a new topic") {
  ServerRig rig({"log.dirs=/data,/more"});
  rig.ask("CreateTopics", 4, R"({"topics":[{"name":"orders","numPartitions":6,"replicationFactor":1}],"timeoutMs":1000})");
  std::map<Uuid, int> counts;
  for (const auto& partition : rig.server->broker().image()->topic("orders")->partitions) ++counts[partition.directories.front()];
  REQUIRE(counts.size() == 2);
  for (const auto& [dir, count] : counts) CHECK(count == 3);
}
