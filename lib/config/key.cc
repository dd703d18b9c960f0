#include "config/key.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/text.h"

namespace evlog::config {
namespace {

using enum ConfigType;
using enum Importance;
using enum UpdateMode;
using enum Effect;
constexpr std::nullopt_t null = std::nullopt;

#define K(name_, type_, default_, valid_, importance_, mode_, effect_, doc_, ...) \
  ConfigKey{.name = name_, .type = type_, .kafka_default = default_, .valid = valid_, .importance = importance_, \
            .update_mode = mode_, .effect = effect_, .doc = doc_ __VA_OPT__(, ) __VA_ARGS__},
constexpr ConfigKey broker_table[] = {
#include "config/broker_keys.inc"
};
constexpr ConfigKey dynamic_table[] = {
#include "config/dynamic_keys.inc"
};
constexpr ConfigKey topic_table[] = {
#include "config/topic_keys.inc"
};
constexpr ConfigKey group_table[] = {
#include "config/group_keys.inc"
};
constexpr ConfigKey client_metrics_table[] = {
#include "config/client_metrics_keys.inc"
};
#undef K

// find() searches by halves.
static_assert(std::ranges::is_sorted(broker_table, {}, &ConfigKey::name));
static_assert(std::ranges::is_sorted(dynamic_table, {}, &ConfigKey::name));
static_assert(std::ranges::is_sorted(topic_table, {}, &ConfigKey::name));
static_assert(std::ranges::is_sorted(group_table, {}, &ConfigKey::name));
static_assert(std::ranges::is_sorted(client_metrics_table, {}, &ConfigKey::name));

// A listener may have these once per SASL mechanism: listener.name.NAME.MECHANISM.key.
constexpr std::string_view mechanism_keys[] = {"connections.max.reauth.ms", "sasl.jaas.config", "sasl.login.callback.handler.class",
                                               "sasl.login.class", "sasl.server.callback.handler.class"};

const ConfigKey* find(std::span<const ConfigKey> keys, std::string_view name) {
  const auto at = std::ranges::lower_bound(keys, name, {}, &ConfigKey::name);
  return at != keys.end() && at->name == name ? &*at : nullptr;
}

// At least this many edits lie between the two: letters one has and the other has not. Cheap, so that a start with many foreign
// names in its environment does not compute the distance to every key.
size_t letters_apart(std::string_view a, std::string_view b) {
  std::array<int, 256> count{};
  for (const char c : a) ++count[static_cast<unsigned char>(c)];
  for (const char c : b) --count[static_cast<unsigned char>(c)];
  size_t only_a = 0, only_b = 0;
  for (const int n : count) (n > 0 ? only_a : only_b) += static_cast<size_t>(std::abs(n));
  return std::max(only_a, only_b);
}

}  // namespace

std::span<const ConfigKey> broker_keys() { return broker_table; }
std::span<const ConfigKey> topic_keys() { return topic_table; }
std::span<const ConfigKey> group_keys() { return group_table; }
std::span<const ConfigKey> client_metrics_keys() { return client_metrics_table; }

const ConfigKey* find_broker_key(std::string_view name) { return find(broker_table, name); }
const ConfigKey* find_dynamic_key(std::string_view name) {
  const ConfigKey* key = find_broker_key(name);
  if (key != nullptr) return key->update_mode == UpdateMode::read_only ? nullptr : key;
  return find(dynamic_table, name);
}
const ConfigKey* find_topic_key(std::string_view name) { return find(topic_table, name); }
const ConfigKey* find_group_key(std::string_view name) { return find(group_table, name); }
const ConfigKey* find_client_metrics_key(std::string_view name) { return find(client_metrics_table, name); }

const ConfigKey* find_listener_key(std::string_view name) {
  constexpr std::string_view prefix = "listener.name.";
  const size_t dot = name.starts_with(prefix) ? name.find('.', prefix.size()) : name.npos;
  if (dot == name.npos) return nullptr;
  const std::string_view base = name.substr(dot + 1);
  if (const ConfigKey* key = find_broker_key(base)) return key;
  const auto mechanism = std::ranges::find_if(mechanism_keys, [&](std::string_view key) { return base.ends_with(key); });
  return mechanism == std::end(mechanism_keys) ? nullptr : find_broker_key(*mechanism);
}

std::string_view key_doc(const ConfigKey& key) {
  return key.doc.empty() ? "Accepted so that configurations written for Kafka work; it has no effect in evlog." : key.doc;
}

std::string_view type_name(ConfigType type) {
  constexpr std::string_view names[] = {"UNKNOWN", "BOOLEAN", "STRING", "INT", "SHORT", "LONG", "DOUBLE", "LIST", "CLASS", "PASSWORD"};
  return names[static_cast<size_t>(type)];
}

std::string_view importance_name(Importance importance) {
  constexpr std::string_view names[] = {"HIGH", "MEDIUM", "LOW"};
  return names[static_cast<size_t>(importance)];
}

std::string_view update_mode_name(UpdateMode mode) {
  constexpr std::string_view names[] = {"read-only", "per-broker", "cluster-wide"};
  return names[static_cast<size_t>(mode)];
}

std::optional<std::string_view> nearest_key(std::string_view name, std::span<const ConfigKey> keys) {
  constexpr size_t name_length_max = 200;  // longer ones are no misspelling, and the distance costs their product
  if (name.size() > name_length_max) return std::nullopt;
  std::optional<std::string_view> nearest;
  size_t best = std::max<size_t>(2, name.size() / 4) + 1;
  for (const ConfigKey& key : keys) {
    if (letters_apart(name, key.name) >= best) continue;
    const size_t distance = edit_distance(name, key.name);
    if (distance < best) {
      best = distance;
      nearest = key.name;
    }
  }
  return nearest;
}

std::string unknown_key(std::string_view kind, std::string_view name, std::span<const ConfigKey> keys) {
  std::string text = "Unknown " + std::string(kind) + " config name: " + std::string(name);
  if (const auto nearest = nearest_key(name, keys)) text += " (did you mean " + std::string(*nearest) + "?)";
  return text;
}

}  // namespace evlog::config
