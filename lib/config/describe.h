// What DescribeConfigs answers for one resource: value, source, synonyms and flags per key, computed as Kafka computes them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/store.h"

namespace evlog::config {

// The numbers are those of DescribeConfigs.
enum class ConfigSource : int8_t {
  unknown = 0, topic = 1, dynamic_broker = 2, dynamic_default_broker = 3, static_broker = 4, default_config = 5,
  dynamic_broker_logger = 6, client_metrics = 7, group = 8
};
std::string_view source_name(ConfigSource source);  // "STATIC_BROKER" …

struct SynonymEntry {
  std::string name;
  std::optional<std::string> value;  // null when sensitive
  ConfigSource source = ConfigSource::default_config;
};

struct ConfigEntry {
  std::string name;
  std::optional<std::string> value;  // null when there is none or when it is sensitive
  ConfigSource source = ConfigSource::default_config;
  bool read_only = false;
  bool sensitive = false;
  std::vector<SynonymEntry> synonyms;  // the caller leaves them out unless they were asked for
  ConfigType type = ConfigType::unknown;
  std::string_view documentation;
};

// Sorted by name; internal keys only when they are set.
std::vector<ConfigEntry> describe_topic(const Config& broker, const ConfigMap& overrides);
std::vector<ConfigEntry> describe_broker(const Config& broker);
std::vector<ConfigEntry> describe_broker_defaults(const Config& broker);  // resource name "": the dynamic defaults alone
std::vector<ConfigEntry> describe_group(const Config& broker, const ConfigMap& overrides);
std::vector<ConfigEntry> describe_client_metrics(const Config& broker, const ConfigMap& overrides);

}  // namespace evlog::config
