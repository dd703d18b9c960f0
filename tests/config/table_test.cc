// The tables against Kafka's own definitions and a fresh broker's answers, where that reference data lies beside the checkout.
#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "config/config.h"

using namespace evlog::config;

namespace {

using Row = std::map<std::string, std::string>;

std::string reference(const std::string& name) { return std::string(EVLOG_TESTDATA) + "/../../shared/kafka-4.3/" + name; }

std::vector<Row> read_table(const std::string& name) {
  std::ifstream in(reference(name));
  std::vector<Row> rows;
  std::vector<std::string> columns;
  for (std::string line; std::getline(in, line);) {
    std::vector<std::string> cells;
    size_t from = 0;
    for (size_t tab; (tab = line.find('\t', from)) != line.npos; from = tab + 1) cells.push_back(line.substr(from, tab - from));
    cells.push_back(line.substr(from));
    if (columns.empty()) {
      columns = cells;
      continue;
    }
    Row row;
    for (size_t i = 0; i < columns.size() && i < cells.size(); ++i) row[columns[i]] = cells[i];
    rows.push_back(row);
  }
  if (rows.empty()) MESSAGE("skipped: no reference data at " << reference(name));
  return rows;
}

void compare(const std::string& file, std::span<const ConfigKey> keys, const ConfigKey* (*find)(std::string_view), bool modes) {
  const auto rows = read_table(file);
  if (rows.empty()) return;
  size_t own = 0;
  for (const ConfigKey& key : keys) own += key.name.starts_with("evlog.");
  CHECK(keys.size() - own == rows.size());
  for (Row row : rows) {
    CAPTURE(row["name"]);
    const ConfigKey* key = find(row["name"]);
    REQUIRE(key != nullptr);
    CHECK(type_name(key->type) == row["type"]);
    if (row["default"] == "(temp)/kafka-logs") row["default"] = "/tmp/kafka-logs";
    const std::string value(key->required ? "(none)" : key->kafka_default.value_or("null"));
    CHECK(value == row["default"]);
    CHECK(key->valid == row["valid"]);
    CHECK(importance_name(key->importance) == row["importance"]);
    if (modes) CHECK(update_mode_name(key->update_mode) == row["update_mode"]);
    CHECK(key->internal == (row["internal"] == "1"));
  }
}

std::string synonyms_text(const ConfigEntry& entry) {
  std::string out;
  for (const auto& s : entry.synonyms) {
    out += (out.empty() ? "" : " ") + std::string(source_name(s.source)) + ":" + s.name + "=" + s.value.value_or("null");
  }
  return out;
}

// A broker configured as the recorded one, taken from the recording's own STATIC_BROKER and DYNAMIC_DEFAULT_BROKER rows.
Config recorded_broker(const std::vector<Row>& rows) {
  Config config;
  for (const Row& row : rows) {
    if (row.at("source") == "STATIC_BROKER") config.set(row.at("name"), row.at("value"), {Layer::file, "server.properties"});
  }
  config.set("min.insync.replicas", "1", {Layer::dynamic_default, ""});
  return config;
}

void compare_answers(const std::vector<Row>& rows, std::vector<ConfigEntry> entries, const std::set<std::string>& own_defaults) {
  std::erase_if(entries, [](const ConfigEntry& e) { return e.name.starts_with("evlog."); });
  CHECK(entries.size() == rows.size());
  for (size_t i = 0; i < rows.size() && i < entries.size(); ++i) {
    Row row = rows[i];
    CAPTURE(row["name"]);
    if (row["value"] == "(temp)/kafka-logs") {
      row["value"] = "/tmp/kafka-logs";
      row["synonyms"] = "DEFAULT:log.dir=/tmp/kafka-logs";
    }
    const ConfigEntry& entry = entries[i];
    CHECK(entry.name == row["name"]);
    CHECK(type_name(entry.type) == row["type"]);
    CHECK(entry.value.value_or("null") == row["value"]);
    CHECK(source_name(entry.source) == row["source"]);
    CHECK(entry.read_only == (row["read_only"] == "1"));
    CHECK(entry.sensitive == (row["sensitive"] == "1"));
    if (!own_defaults.contains(row["name"])) CHECK(synonyms_text(entry) == row["synonyms"]);
    CHECK(!entry.documentation.empty());
  }
}

}  // namespace

TEST_CASE("a key, default or range that differs from Kafka's would make a client's configuration mean something else") {
  compare("configdef_broker.tsv", broker_keys(), find_broker_key, true);
  compare("configdef_topic.tsv", topic_keys(), find_topic_key, false);
  compare("configdef_group.tsv", group_keys(), find_group_key, false);
}

TEST_CASE("DescribeConfigs of a fresh broker and topic answers as Kafka does, or tools show drift that is none") {
  const auto broker = read_table("configs_broker.tsv");
  if (broker.empty()) return;
  const Config config = recorded_broker(broker);
  // Where evlog has its own default the synonym list shows it; values and sources are still Kafka's.
  std::set<std::string> own;
  for (const ConfigKey& key : broker_keys()) {
    if (key.own_default) own.insert(std::string(key.name));
  }
  compare_answers(broker, describe_broker(config), own);
  compare_answers(read_table("configs_topic.tsv"), describe_topic(config, {}), {});
  compare_answers(read_table("configs_group.tsv"), describe_group(config, {}), {});
}

TEST_CASE("every default passes its own check, or a server could not start on nothing") {
  for (const auto keys : {broker_keys(), topic_keys(), group_keys()}) {
    for (const ConfigKey& key : keys) {
      CAPTURE(key.name);
      for (const auto& text : {key.kafka_default, key.own_default}) {
        if (text) CHECK(parse_value(key, *text).has_value());
      }
    }
  }
}

TEST_CASE("every key that evlog acts on has its own sentence, and one with a default of its own says why") {
  for (const auto keys : {broker_keys(), topic_keys()}) {
    for (const ConfigKey& key : keys) {
      CAPTURE(key.name);
      CHECK(key_doc(key).ends_with('.'));
      if (key.effect != Effect::ignored) CHECK(!key.doc.empty());
      if (key.own_default) CHECK(key.doc.find("evlog") != key.doc.npos);
    }
  }
}

TEST_CASE("a misspelt key is answered with the one that was meant") {
  CHECK(nearest_key("log.retention.hour", broker_keys()) == "log.retention.hours");
  CHECK(nearest_key("num.partition", broker_keys()) == "num.partitions");
  CHECK(nearest_key("retention.sm", topic_keys()) == "retention.ms");
  CHECK(!nearest_key("something.else.entirely", broker_keys()));
  CHECK(!nearest_key(std::string(100'000, 'x'), broker_keys()));
}

// A stop that takes too long cannot be brought about from outside.
constexpr std::string_view without_test = "evlog.shutdown.timeout.ms";

TEST_CASE("every key that evlog acts on has a test that shows it") {
  std::ifstream in(std::string(EVLOG_TESTDATA) + "/config/behaviour_tests.tsv");
  std::set<std::string, std::less<>> shown;
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with('#')) continue;
    CAPTURE(line);
    const size_t first = line.find('\t'), second = line.find('\t', first + 1);
    REQUIRE(second != line.npos);
    std::ifstream test(std::string(EVLOG_TESTDATA) + "/../tests/" + line.substr(first + 1, second - first - 1));
    const std::string text{std::istreambuf_iterator<char>(test), {}};
    CHECK(text.find(line.substr(second + 1)) != text.npos);
    shown.insert(line.substr(0, first));
  }
  for (const auto keys : {broker_keys(), topic_keys()}) {
    for (const ConfigKey& key : keys) {
      CAPTURE(key.name);
      if (key.effect == Effect::used && key.name != without_test) CHECK(shown.contains(key.name));
    }
  }
  for (const auto& name : shown) {
    CAPTURE(name);
    const ConfigKey* of_broker = find_broker_key(name);
    const ConfigKey* of_topic = find_topic_key(name);
    CHECK(((of_broker != nullptr && of_broker->effect == Effect::used) || (of_topic != nullptr && of_topic->effect == Effect::used)));
  }
}

TEST_CASE("a key that evlog does not act on says so itself") {
  for (const auto keys : {broker_keys(), topic_keys(), group_keys()}) {
    for (const ConfigKey& key : keys) {
      CAPTURE(key.name);
      if (key.effect == Effect::ignored) CHECK(key_doc(key).find("no effect") != std::string_view::npos);
      else CHECK(key_doc(key).find("no effect") == std::string_view::npos);
    }
  }
}
