#include "evlog/topic_file.h"

#include <nlohmann/json.hpp>
#include <set>

#include "evlog/table.h"

namespace evlog::cmd {
namespace {

using Json = nlohmann::json;

constexpr const char* shape_hint = R"(the shape is {"topics":[{"name":"orders","partitions":6,"replicas":1,"configs":{"retention.ms":"86400000"}}]}: evlog topics export)";

std::unexpected<Failure> bad(const std::string& name, std::string_view what) { return failure(exit_code::bad_config, shape_hint, "{}: {}", name, what); }

// Numbers and booleans are taken as the text they are written as.
Expected<std::map<std::string, std::string>> parse_configs(const Json& json, const std::string& name, const std::string& topic) {
  if (!json.is_object()) return bad(name, fmt::format("configs of topic '{}' are no object", topic));
  std::map<std::string, std::string> out;
  for (const auto& [key, value] : json.items()) {
    if (!value.is_string() && !value.is_number() && !value.is_boolean()) return bad(name, fmt::format("{} of topic '{}' is no text, number or boolean", key, topic));
    out[key] = value.is_string() ? value.get<std::string>() : value.dump();
  }
  return out;
}

Expected<int64_t> parse_count(const Json& json, std::string_view field, int64_t max, const std::string& name, const std::string& topic) {
  if (!json.is_number_integer() || json.get<int64_t>() < 1 || json.get<int64_t>() > max) return bad(name, fmt::format("{} of topic '{}' is no number from 1 to {}", field, topic, max));
  return json.get<int64_t>();
}

Expected<WantedTopic> parse_topic(const Json& json, const std::string& name) {
  if (!json.is_object() || !json.contains("name") || !json["name"].is_string()) return bad(name, "a topic has no name");
  WantedTopic out{.name = json["name"].get<std::string>(), .partitions = {}, .replicas = {}, .configs = {}};
  for (const auto& [key, value] : json.items()) {
    if (key == "name") continue;
    if (key == "partitions" || key == "replicas") {
      const auto count = parse_count(value, key, key == "partitions" ? 1'000'000 : 32'767, name, out.name);
      if (!count) return failure(count.error());
      if (key == "partitions") out.partitions = static_cast<int32_t>(*count);
      else out.replicas = static_cast<int16_t>(*count);
    } else if (key == "configs") {
      auto configs = parse_configs(value, name, out.name);
      if (!configs) return failure(configs.error());
      out.configs = std::move(*configs);
    } else {
      return bad(name, fmt::format("topic '{}' has an unknown field '{}'", out.name, key));
    }
  }
  return out;
}

}  // namespace

Expected<std::vector<WantedTopic>> parse_topic_file(std::string_view text, const std::string& name) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions*/ false);
  if (json.is_discarded()) return bad(name, "this is no JSON");
  if (!json.is_object() || !json.contains("topics") || !json["topics"].is_array()) return bad(name, "there is no list of topics");
  std::vector<WantedTopic> out;
  std::set<std::string> names;
  for (const Json& item : json["topics"]) {
    auto topic = parse_topic(item, name);
    if (!topic) return failure(topic.error());
    if (!names.insert(topic->name).second) return bad(name, fmt::format("topic '{}' is there twice", topic->name));
    out.push_back(std::move(*topic));
  }
  return out;
}

// One topic per line, so that a difference of two files shows which topics differ.
std::string topic_file(const std::vector<WantedTopic>& topics) {
  std::vector<std::string> lines;
  for (const WantedTopic& topic : topics) {
    JsonLine line, configs;
    line.text("name", topic.name);
    if (topic.partitions) line.number("partitions", *topic.partitions);
    if (topic.replicas) line.number("replicas", *topic.replicas);
    for (const auto& [key, value] : topic.configs.value_or(std::map<std::string, std::string>())) configs.text(key, value);
    lines.push_back("  " + line.raw("configs", configs.object()).object());
  }
  return lines.empty() ? "{\"topics\":[]}\n" : fmt::format("{{\"topics\":[\n{}\n]}}\n", fmt::join(lines, ",\n"));
}

}  // namespace evlog::cmd
