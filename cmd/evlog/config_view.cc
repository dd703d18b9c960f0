#include "evlog/config_view.h"

#include <fmt/format.h>

#include <array>

#include "base/text.h"
#include "config/key.h"

namespace evlog::cmd {

using client::ConfigEntry;
using client::ConfigOrigin;

std::string config_value(const ConfigEntry& entry) { 
  if (entry.sensitive) return "(hidden)";
  return entry.value ? entry.value->empty() ? "\"\"" : *entry.value : "null";
}

std::string origin_text(ConfigOrigin origin) {
  switch (origin) {
    case ConfigOrigin::topic: return "topic";
    case ConfigOrigin::broker: return "broker";
    case ConfigOrigin::all_brokers: return "all brokers";
    case ConfigOrigin::broker_file: return "broker's file";
    case ConfigOrigin::built_in: return "default";
    case ConfigOrigin::logger: return "logger";
    case ConfigOrigin::client_metrics: return "client-metrics";
    case ConfigOrigin::group: return "group";
    case ConfigOrigin::unknown: return "unknown";
  }
  return "unknown";
}

std::string origin_text(const ConfigEntry& entry) {
  const std::string word = origin_text(entry.origin());
  if (entry.synonyms.empty() || entry.synonyms.front().name == entry.name || entry.origin() == ConfigOrigin::built_in) return word;
  return fmt::format("{} ({})", word, entry.synonyms.front().name);
}

std::string_view config_type_word(int8_t type) {
  constexpr std::array<std::string_view, 10> words{"unknown", "boolean", "string", "int", "short", "long", "double", "list", "class", "password"};
  return type >= 0 && static_cast<size_t>(type) < words.size() ? words[static_cast<size_t>(type)] : words[0];
}

namespace {

// Brokers have some settings in hours and minutes that topics have in milliseconds.
std::string in_unit_of(const std::string& key, const std::string& synonym, const std::string& value) {
  const auto n = parse_int(value);
  if (!n || *n < 0 || !key.ends_with(".ms")) return value;
  if (synonym.ends_with(".hours")) return fmt::format("{}", *n * 3'600'000);
  if (synonym.ends_with(".minutes")) return fmt::format("{}", *n * 60'000);
  return value;
}

}  // namespace

std::optional<std::string> default_of(client::ResourceType type, const ConfigEntry& entry) {
  for (const auto& synonym : entry.synonyms)
    if (synonym.origin == ConfigOrigin::built_in) return synonym.value ? std::optional(in_unit_of(entry.name, synonym.name, *synonym.value)) : std::nullopt;
  if (entry.origin() == ConfigOrigin::built_in) return entry.value;
  const config::ConfigKey* const key = type == client::ResourceType::topic ? config::find_topic_key(entry.name) : nullptr;
  return key && key->kafka_default ? std::optional(std::string(*key->kafka_default)) : std::nullopt;
}

std::string plain_doc(std::string_view documentation) {
  std::string out;
  bool inside = false;
  for (const char c : documentation) {
    if (c == '<') inside = true;
    else if (c == '>' && inside) inside = false;
    else if (!inside) out += c == '\n' ? ' ' : c;
  }
  return out;
}

}  // namespace evlog::cmd
