// Puts a Config together from files, environment and --set, and says what is wrong with it. Does no io: the caller reads files.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "config/store.h"

namespace evlog::config {

struct PropertiesFile {
  std::string path;  // as messages name it
  std::string text;
};

struct LoadInput {
  std::vector<PropertiesFile> files;                               // a later one wins
  std::vector<std::pair<std::string, std::string>> environment;    // NAME, value: all of it; others are left alone
  std::vector<std::string> sets;                                   // "key=value", from --set and bare arguments
  bool strict = false;                                             // an unknown key is an error
};

enum class NoticeLevel : uint8_t { info, warning };
struct Notice {
  NoticeLevel level = NoticeLevel::info;
  std::string text;
};

struct Loaded {
  Config config;
  std::vector<Notice> notices;  // keys without effect (info), unknown keys and deprecated ones (warning)
};

// Every value is parsed and checked. The error's message has the place in front and, where there is a way out, a second line
// that begins with "hint: " ("server.properties:12: …\nhint: …"): commands print "error: " before it and exit with 78.
Result<Loaded> load_config(const LoadInput& input);

// Whether a value asks for what evlog cannot do yet or will not have (Effect): INVALID_CONFIG "key=value: why".
Result<void> check_effect(const ConfigKey& key, std::string_view text);

// The key an environment name stands for, by the rule of Kafka's container image: KAFKA_LOG_DIRS -> log.dirs,
// "_" -> ".", "__" -> "_", "___" -> "-". Also KAFKA_CFG_X, EVLOG_X for evlog.x, CLUSTER_ID. nullopt: not a setting.
std::optional<std::string> environment_key(std::string_view name);

}  // namespace evlog::config
