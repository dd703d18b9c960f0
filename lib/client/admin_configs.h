// Configuration as Admin speaks of it: resources, what is set on them and by whom, and changes to it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/error_code.h"

namespace evlog::client {

// The numbers of the protocol.
enum class ResourceType : int8_t { topic = 2, broker = 4, broker_logger = 8, client_metrics = 16, group = 32 };

struct ConfigResource {
  ResourceType type = ResourceType::topic;
  std::string name;                       // a broker's is its id; empty: the default of all brokers
  auto operator<=>(const ConfigResource&) const = default;
};

// Who set a value: the numbers of DescribeConfigs.
enum class ConfigOrigin : int8_t {
  unknown = 0, topic = 1, broker = 2, all_brokers = 3, broker_file = 4, built_in = 5, logger = 6, client_metrics = 7, group = 8
};

struct ConfigSynonym { std::string name; std::optional<std::string> value; ConfigOrigin origin = ConfigOrigin::unknown; };

struct ConfigEntry {
  std::string name;
  std::optional<std::string> value;       // none: null, or sensitive
  int8_t source = 0;                      // a ConfigOrigin, or a later one
  bool read_only = false;
  bool sensitive = false;
  std::vector<ConfigSynonym> synonyms;    // the first one is in force; only where they were asked for
  int8_t type = 0;                        // of the value; config_type_name()
  std::string documentation;              // only where it was asked for
  ConfigOrigin origin() const { return static_cast<ConfigOrigin>(source); }
};

struct ConfigQuestion {
  std::optional<std::vector<std::string>> keys;  // of every resource; none: all
  bool synonyms = false;
  bool documentation = false;
};

struct ResourceConfigs {
  ConfigResource resource;
  ErrorCode error = ErrorCode::NONE;
  std::string message;
  std::vector<ConfigEntry> entries;       // by name
};

// append and subtract are for lists alone.
enum class ConfigOperation : int8_t { set = 0, unset = 1, append = 2, subtract = 3 };

struct ConfigChange { std::string name; ConfigOperation operation = ConfigOperation::set; std::optional<std::string> value; };
struct ResourceChanges { ConfigResource resource; std::vector<ConfigChange> changes; };
struct ResourceResult { ConfigResource resource; ErrorCode error = ErrorCode::NONE; std::string message; };

}  // namespace evlog::client
