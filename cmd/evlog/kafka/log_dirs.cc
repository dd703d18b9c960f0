// kafka-log-dirs: what lies in the servers' log directories, as JSON.
#include <algorithm>

#include "base/text.h"
#include "client/record_json.h"
#include "evlog/kafka/java.h"
#include "evlog/kafka/session.h"
#include "evlog/kafka/tool.h"
#include "evlog/table.h"

namespace evlog::cmd::kafka {
namespace {

constexpr Option options[] = {
    {"bootstrap-server", Takes::value, "HOST:PORT,…", "Where the cluster is. Required."},
    {"command-config", Takes::value, "FILE", "A file of client properties."},
    {"describe", Takes::nothing, "", "Describe the log directories. Required."},
    {"topic-list", Takes::value, "TOPIC,TOPIC,…", "Only these topics."},
    {"broker-list", Takes::value, "ID,ID,…", "Only these brokers."},
};

constexpr std::string_view examples[] = {
    "kafka-log-dirs --bootstrap-server localhost:9092 --describe",
    "kafka-log-dirs --bootstrap-server localhost:9092 --describe --topic-list orders | tail -1 | jq '.brokers[].logDirs[].partitions[]'",
};

std::vector<std::string> words(std::string_view list) {
  std::vector<std::string> out;
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    if (end > at) out.emplace_back(list.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

Or<std::vector<int32_t>> chosen_brokers(const Options& o, const client::ClusterInfo& cluster) {
  std::vector<int32_t> existing, missing, out;
  for (const auto& broker : cluster.brokers) existing.push_back(broker.id);
  std::ranges::sort(existing);
  for (const std::string& text : words(o.text("broker-list"))) {
    const auto id = parse_int(text);
    if (!id || *id < INT32_MIN || *id > INT32_MAX) return stop(fmt::format("For input string: \"{}\"", text));
    auto& list = std::ranges::find(existing, *id) == existing.end() ? missing : out;
    if (std::ranges::find(list, *id) == list.end()) list.push_back(static_cast<int32_t>(*id));
  }
  if (!missing.empty()) return stop(fmt::format("ERROR: The given brokers do not exist from --broker-list: {}. Current existent brokers: {}", fmt::join(missing, ","), fmt::join(existing, ",")));
  if (out.empty()) out = existing;
  std::ranges::sort(out);
  return out;
}

// Names in the order in which Kafka's tool has them.
std::string directory_json(const client::LogDir& dir, const std::vector<std::string>& topics) {
  std::vector<std::string> partitions;
  for (const auto& [key, replica] : dir.replicas) {
    if (!topics.empty() && std::ranges::find(topics, key.topic) == topics.end()) continue;
    partitions.push_back(JsonLine().text("partition", fmt::format("{}-{}", key.topic, key.partition)).number("size", replica.bytes).number("offsetLag", replica.offset_lag).boolean("isFuture", replica.future).object());
  }
  const auto error = dir.error == ErrorCode::NONE ? std::nullopt : std::optional(exception_class(dir.error));
  return JsonLine().raw("partitions", JsonLine::array(partitions)).text_or_null("error", error).text("logDir", dir.path).object();
}

Or<int> run(const Options& o) {
  if (auto required = o.require({"bootstrap-server", "describe"}); !required) return stop(required.error());
  if (auto single = o.check_single({"topic-list", "broker-list"}); !single) return stop(single.error());
  auto session = Session::open(o);
  if (!session) return stop(session.error());
  const auto cluster = session->cluster();
  if (!cluster) return stop(cluster.error());
  const auto brokers = chosen_brokers(o, *cluster);
  if (!brokers) return stop(brokers.error());
  say("Querying brokers for log directories information");
  const auto dirs = session->ask<std::vector<client::LogDir>>([&] { return session->admin().log_dirs(*cluster); });
  if (!dirs) return stop(dirs.error());
  say("Received log directory information from brokers {}", fmt::join(*brokers, ","));
  std::vector<std::string> out;
  const auto topics = words(o.text("topic-list"));
  for (const int32_t id : *brokers) {
    std::vector<std::string> theirs;
    for (const auto& dir : *dirs)
      if (dir.broker == id) theirs.push_back(directory_json(dir, topics));
    out.push_back(JsonLine().number("broker", id).raw("logDirs", JsonLine::array(theirs)).object());
  }
  say("{}", JsonLine().raw("brokers", JsonLine::array(out)).number("version", 1).object());
  return exit_code::ok;
}

}  // namespace

const Tool log_dirs_tool{"kafka-log-dirs", "What lies in the log directories of the servers, as JSON", examples, options, run};

}  // namespace evlog::cmd::kafka
