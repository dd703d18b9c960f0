#include "config/describe.h"

#include <algorithm>

#include "config/synonyms.h"

namespace evlog::config {
namespace {

void add(std::vector<SynonymEntry>& entries, const Setting* setting, std::string_view name, ConfigSource source) {
  if (setting != nullptr) entries.push_back({std::string(name), setting->text, source});
}

// Kafka's order: all names by layer, and then everything before the asked name is dropped: log.retention.ms is not explained
// by log.retention.hours, but log.retention.hours is by itself. The command line is static, and yet above the dynamic layers.
std::vector<SynonymEntry> synonym_entries(const Config& config, std::string_view name, std::span<const std::string_view> names) {
  std::vector<SynonymEntry> entries;
  for (const auto n : names) add(entries, config.setting(n, Layer::command_line), n, ConfigSource::static_broker);
  for (const auto n : names) add(entries, config.setting(n, Layer::dynamic_broker), n, ConfigSource::dynamic_broker);
  for (const auto n : names) add(entries, config.setting(n, Layer::dynamic_default), n, ConfigSource::dynamic_default_broker);
  for (const auto n : names) {
    if (config.setting(n, Layer::command_line) == nullptr) add(entries, config.static_setting(n), n, ConfigSource::static_broker);
  }
  for (const auto n : names) {
    const ConfigKey* key = find_broker_key(n);
    if (key == nullptr || !key->default_value()) continue;
    entries.push_back({std::string(n), std::string(*key->default_value()), ConfigSource::default_config});
  }
  const auto first = std::ranges::find(entries, name, &SynonymEntry::name);
  entries.erase(entries.begin(), first);
  return entries;
}

std::vector<SynonymEntry> synonym_entries(const Config& config, std::string_view name) {
  return synonym_entries(config, name, broker_synonyms(name));
}

// Secrets are never shown: their synonyms keep name and source, the values go.
void hide_if_sensitive(ConfigEntry& entry) {
  if (!entry.sensitive) return;
  entry.value.reset();
  for (auto& synonym : entry.synonyms) synonym.value.reset();
}

void finish(ConfigEntry& entry) {
  if (!entry.synonyms.empty()) entry.source = entry.synonyms.front().source;
  hide_if_sensitive(entry);
}

ConfigEntry entry_of(const ConfigKey& key) {
  return {.name = std::string(key.name), .sensitive = key.sensitive(), .type = key.type, .documentation = key_doc(key)};
}

ConfigEntry broker_entry(const Config& config, const ConfigKey& key) {
  ConfigEntry entry = entry_of(key);
  entry.value = config.text(key.name);
  entry.read_only = key.update_mode == UpdateMode::read_only;
  entry.synonyms = synonym_entries(config, key.name);
  finish(entry);
  return entry;
}

// What is no row of the broker's table: a listener's own setting, a key that is only ever dynamic, or one that no table knows. The
// last is reported without its value, as it may be a plugin's secret.
ConfigEntry other_entry(const Config& config, std::string_view name) {
  const ConfigKey* base = find_listener_key(name);
  const ConfigKey* key = base != nullptr ? base : find_dynamic_key(name);
  ConfigEntry entry{.name = std::string(name), .source = ConfigSource::static_broker, .read_only = base != nullptr || key == nullptr, .sensitive = key == nullptr || key->sensitive()};
  if (key != nullptr) entry.type = key->type, entry.documentation = key_doc(*key);
  const std::string_view names[] = {name, base != nullptr ? base->name : name};
  entry.synonyms = synonym_entries(config, name, {names, base != nullptr ? 2u : 1u});
  if (!entry.synonyms.empty()) entry.value = entry.synonyms.front().value;
  finish(entry);
  return entry;
}

std::optional<std::string> override_text(const ConfigKey& key, const ConfigMap& overrides) {
  const auto at = overrides.find(key.name);
  if (at == overrides.end()) return std::nullopt;
  const auto value = parse_value(key, at->second);
  return value ? value_text(*value) : std::nullopt;
}

// Topic and group keys: the resource's own value first, then the broker key that stands for it.
ConfigEntry resource_entry(const Config& broker, const ConfigKey& key, const ConfigMap& overrides, std::string_view broker_key,
                           ConfigSource own_source) {
  ConfigEntry entry = entry_of(key);
  if (!broker_key.empty()) entry.synonyms = synonym_entries(broker, broker_key);
  if (const auto own = override_text(key, overrides)) {
    entry.value = own;
    entry.synonyms.insert(entry.synonyms.begin(), {std::string(key.name), own, own_source});
  }
  return entry;
}

}  // namespace

std::string_view source_name(ConfigSource source) {
  constexpr std::string_view names[] = {"UNKNOWN", "DYNAMIC_TOPIC", "DYNAMIC_BROKER", "DYNAMIC_DEFAULT_BROKER", "STATIC_BROKER",
                                        "DEFAULT", "DYNAMIC_BROKER_LOGGER", "CLIENT_METRICS", "GROUP"};
  return names[static_cast<size_t>(source)];
}

std::vector<ConfigEntry> describe_topic(const Config& broker, const ConfigMap& overrides) {
  std::vector<ConfigEntry> entries;
  for (const ConfigKey& key : topic_keys()) {
    if (key.internal && !overrides.contains(key.name)) continue;
    const auto synonyms = topic_synonyms(key.name);
    const std::string_view broker_key = synonyms.empty() ? std::string_view() : synonyms.front().broker_key;
    ConfigEntry entry = resource_entry(broker, key, overrides, broker_key, ConfigSource::topic);
    if (!entry.value) {
      const auto inherited = inherited_topic_value(broker, key.name);
      const auto value = inherited ? parse_value(key, *inherited) : Result<ConfigValue>(ConfigValue());
      entry.value = value ? value_text(*value) : inherited;
    }
    finish(entry);
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<ConfigEntry> describe_group(const Config& broker, const ConfigMap& overrides) {
  std::vector<ConfigEntry> entries;
  for (const ConfigKey& key : group_keys()) {
    const std::string prefixed = "group." + std::string(key.name);
    const ConfigKey* parent = find_broker_key(prefixed);
    ConfigEntry entry = resource_entry(broker, key, overrides, parent ? parent->name : std::string_view(), ConfigSource::group);
    if (!entry.value) entry.value = parent ? broker.text(parent->name) : std::optional<std::string>(key.default_value());
    if (parent == nullptr && key.default_value()) {
      entry.synonyms.push_back({std::string(key.name), std::string(*key.default_value()), ConfigSource::default_config});
    }
    finish(entry);
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<ConfigEntry> describe_client_metrics(const Config& broker, const ConfigMap& overrides) {
  std::vector<ConfigEntry> entries;
  for (const ConfigKey& key : client_metrics_keys()) {
    ConfigEntry entry = resource_entry(broker, key, overrides, {}, ConfigSource::client_metrics);
    if (!entry.value) entry.value = std::string(key.default_value().value_or(""));
    finish(entry);
    entries.push_back(std::move(entry));
  }
  return entries;
}

std::vector<ConfigEntry> describe_broker(const Config& config) {
  std::vector<ConfigEntry> entries;
  for (const ConfigKey& key : broker_keys()) {
    if (!key.internal || config.is_set(key.name)) entries.push_back(broker_entry(config, key));
  }
  for (const auto& name : config.names()) {
    if (find_broker_key(name) == nullptr) entries.push_back(other_entry(config, name));
  }
  std::ranges::sort(entries, {}, &ConfigEntry::name);
  return entries;
}

std::vector<ConfigEntry> describe_broker_defaults(const Config& config) {
  std::vector<ConfigEntry> entries;
  for (const auto& name : config.names()) {
    const Setting* setting = config.setting(name, Layer::dynamic_default);
    if (setting == nullptr) continue;
    const ConfigKey* key = find_broker_key(name);
    ConfigEntry entry = key != nullptr ? entry_of(*key) : other_entry(config, name);
    entry.value = setting->text;
    if (key != nullptr) entry.read_only = key->update_mode == UpdateMode::read_only;
    entry.synonyms.clear();
    add(entry.synonyms, setting, name, ConfigSource::dynamic_default_broker);
    finish(entry);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace evlog::config
