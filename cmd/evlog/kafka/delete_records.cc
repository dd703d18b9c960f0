// kafka-delete-records: deletes what lies before given offsets, which a JSON file names.

#include <nlohmann/json.hpp>

#include "evlog/files.h"
#include "evlog/kafka/java.h"
#include "evlog/kafka/session.h"
#include "evlog/kafka/tool.h"

namespace evlog::cmd::kafka {
namespace {

using client::PartitionKey;
using nlohmann::json;

constexpr Option options[] = {
    {"bootstrap-server", Takes::value, "HOST:PORT,…", "Where the cluster is. Required."},
    {"command-config", Takes::value, "FILE", "A file of client properties."},
    {"offset-json-file", Takes::value, "FILE", "The offsets: {\"partitions\": [{\"topic\": \"foo\", \"partition\": 1, \"offset\": 1}], \"version\": 1}; offset -1 means all. Required."},
};

constexpr std::string_view examples[] = {
    "echo '{\"partitions\":[{\"topic\":\"orders\",\"partition\":0,\"offset\":1000}],\"version\":1}' > offsets.json",
    "kafka-delete-records --bootstrap-server localhost:9092 --offset-json-file offsets.json",
};

Or<std::map<PartitionKey, int64_t>> parse_offsets(const std::string& text) {
  const json root = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (root.is_discarded()) return stop("The input string is not a valid JSON");
  const auto wrong = [](std::string_view what) { return stop(fmt::format("the offsets: {}", what), R"({"partitions": [{"topic": "foo", "partition": 1, "offset": 1}], "version": 1})"); };
  if (!root.is_object()) return wrong("an object was expected");
  if (root.contains("version") && root["version"] != 1) return stop(fmt::format("Not supported version field value {}", root["version"].dump()));
  if (!root.contains("partitions")) return stop("Missing partitions field");
  if (!root["partitions"].is_array()) return wrong("\"partitions\" is no array");
  std::map<PartitionKey, int64_t> out;
  for (const json& row : root["partitions"]) {
    if (!row.is_object() || !row.contains("topic") || !row["topic"].is_string()) return wrong("a row has no \"topic\"");
    if (!row.contains("partition") || !row["partition"].is_number_integer()) return wrong("a row has no whole number as \"partition\"");
    if (!row.contains("offset") || !row["offset"].is_number_integer()) return wrong("a row has no whole number as \"offset\"");
    const PartitionKey key{row["topic"].get<std::string>(), row["partition"].get<int32_t>()};
    if (!out.emplace(key, row["offset"].get<int64_t>()).second) return stop(fmt::format("Offset json file contains duplicate topic partitions: {}-{}", key.topic, key.partition));
  }
  return out;
}

Or<int> run(const Options& o) {
  if (auto required = o.require({"bootstrap-server", "offset-json-file"}); !required) return stop(required.error());
  if (auto single = o.check_single({"offset-json-file"}); !single) return stop(single.error());
  const auto text = read_file(o.text("offset-json-file"));
  if (!text) return stop(fmt::format("cannot read {}", o.text("offset-json-file")));
  const auto offsets = parse_offsets(*text);
  if (!offsets) return stop(offsets.error());
  auto session = Session::open(o);
  if (!session) return stop(session.error());
  say("Executing records delete operation");
  const auto cluster = session->cluster();
  if (!cluster) return stop(cluster.error());
  const auto results = session->ask<std::map<PartitionKey, client::DeletedRecords>>([&] { return session->admin().delete_records(*cluster, *offsets, session->timeout_ms()); });
  say("Records delete operation completed:");
  if (!results) {
    for (const auto& [key, offset] : *offsets) say("partition: {}-{}\terror: {}", key.topic, key.partition, results.error().message);
    return exit_code::ok;
  }
  for (const auto& [key, result] : *results) {
    if (result.error == ErrorCode::NONE) say("partition: {}-{}\tlow_watermark: {}", key.topic, key.partition, result.low_watermark);
    else say("partition: {}-{}\terror: {}: {}", key.topic, key.partition, exception_class(result.error), error_message(result.error));
  }
  return exit_code::ok;
}

}  // namespace

const Tool delete_records_tool{"kafka-delete-records", "Delete the records before given offsets", examples, options, run};

}  // namespace evlog::cmd::kafka
