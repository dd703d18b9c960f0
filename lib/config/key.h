// A ConfigKey is one row of the configuration tables: everything there is to know about a key is written there once,
// and DescribeConfigs, validation, the readers and the man page are derived from it. Immutable, lives for the whole program.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace evlog::config {

// The numbers are those DescribeConfigs sends.
enum class ConfigType : int8_t {
  unknown = 0, boolean = 1, string = 2, int32 = 3, int16 = 4, int64 = 5, real = 6, list = 7, class_name = 8, password = 9
};
enum class Importance : uint8_t { high, medium, low };
enum class UpdateMode : uint8_t { read_only, per_broker, cluster_wide };

// What evlog does with a value that somebody sets.
enum class Effect : uint8_t {
  used,     // evlog acts on it
  ignored,  // accepted and reported, without effect: one line in the log
  later,    // accepted while it has its default; another value is refused until evlog can do what it asks for
  refused,  // another value names something evlog will not have (a Java class): refused with a way out
};

struct ConfigKey {
  std::string_view name;
  ConfigType type = ConfigType::string;
  std::optional<std::string_view> kafka_default;  // nullopt: null, or none at all when `required`
  std::string_view valid;                         // Kafka's notation, as "[0,...]" or "[compact, delete]"; empty = anything
  Importance importance = Importance::medium;
  UpdateMode update_mode = UpdateMode::read_only;
  Effect effect = Effect::ignored;
  std::string_view doc;                           // empty where the shared sentence says it; see key_doc()
  std::optional<std::string_view> own_default = std::nullopt;  // evlog's default where it differs; `doc` says why
  bool required = false;  // Kafka has no default and wants it to be set; evlog always has one
  bool internal = false;  // not shown by DescribeConfigs unless it is set

  std::optional<std::string_view> default_value() const { return own_default ? own_default : kafka_default; }
  bool sensitive() const { return type == ConfigType::password || type == ConfigType::unknown; }
};

std::span<const ConfigKey> broker_keys();  // sorted by name
std::span<const ConfigKey> topic_keys();   // sorted by name
std::span<const ConfigKey> group_keys();   // sorted by name
std::span<const ConfigKey> client_metrics_keys();  // sorted by name

const ConfigKey* find_broker_key(std::string_view name);  // null if there is none
const ConfigKey* find_dynamic_key(std::string_view name);  // a broker key that may change while it runs, or one that is only ever dynamic
const ConfigKey* find_listener_key(std::string_view name);  // "listener.name.external.max.connections": the broker key behind it
const ConfigKey* find_topic_key(std::string_view name);
const ConfigKey* find_group_key(std::string_view name);
const ConfigKey* find_client_metrics_key(std::string_view name);

std::string_view key_doc(const ConfigKey& key);         // the row's sentence, or the shared one for keys without effect
std::string_view type_name(ConfigType type);            // "INT", "LONG" …: Kafka's words
std::string_view importance_name(Importance importance);
std::string_view update_mode_name(UpdateMode mode);     // "read-only", "per-broker", "cluster-wide"

// The nearest name by spelling, at most two edits away or a quarter of the length: for "did you mean".
std::optional<std::string_view> nearest_key(std::string_view name, std::span<const ConfigKey> keys);
// "Unknown topic config name: retention.sm (did you mean retention.ms?)": Kafka's words, and the nearest name where there is one.
std::string unknown_key(std::string_view kind, std::string_view name, std::span<const ConfigKey> keys);

}  // namespace evlog::config
