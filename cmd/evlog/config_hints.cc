#include "evlog/config_hints.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/key.h"
#include "evlog/config_view.h"

namespace evlog::cmd {
namespace {

std::span<const config::ConfigKey> keys_of(client::ResourceType type) {
  switch (type) {
    case client::ResourceType::topic: return config::topic_keys();
    case client::ResourceType::broker: return config::broker_keys();
    case client::ResourceType::group: return config::group_keys();
    case client::ResourceType::client_metrics: return config::client_metrics_keys();
    case client::ResourceType::broker_logger: return {};
  }
  return {};
}

// "Invalid value never for configuration retention.ms: Not a number of type LONG"
const config::ConfigKey* mistyped_key(client::ResourceType type, std::string_view message) {
  constexpr std::string_view before = " for configuration ";
  const size_t at = message.find(before);
  if (at == std::string_view::npos) return nullptr;
  message.remove_prefix(at + before.size());
  const std::string_view name = message.substr(0, message.find_first_of(": "));
  const auto keys = keys_of(type);
  const auto found = std::ranges::find(keys, name, &config::ConfigKey::name);
  return found == keys.end() ? nullptr : &*found;
}

}  // namespace

// "Unknown topic config name: retention.mss"; evlog puts the nearest name behind it in brackets.
std::string_view unknown_key(std::string_view message) {
  const size_t word = message.find("nknown"), colon = message.find(": ", word == std::string_view::npos ? 0 : word);
  if (word == std::string_view::npos || colon == std::string_view::npos) return {};
  message.remove_prefix(colon + 2);
  std::string_view key = message.substr(0, message.find(' '));
  while (!key.empty() && (key.back() == '.' || key.back() == ']')) key.remove_suffix(1);
  return key;
}

std::string_view resource_word(client::ResourceType type) {
  switch (type) {
    case client::ResourceType::topic: return "topic";
    case client::ResourceType::broker: return "broker";
    case client::ResourceType::broker_logger: return "logger";
    case client::ResourceType::client_metrics: return "client-metrics";
    case client::ResourceType::group: return "group";
  }
  return "resource";
}

std::string config_hint(client::ResourceType type, std::string_view message) {
  if (const config::ConfigKey* const key = mistyped_key(type, message))
    return fmt::format("{} is of type {}{}; its default is {}", key->name, config_type_word(static_cast<int8_t>(key->type)), key->valid.empty() ? "" : fmt::format(", {}", key->valid), key->kafka_default.value_or("null"));
  const std::string_view key = unknown_key(message);
  const auto nearest = key.empty() ? std::nullopt : config::nearest_key(key, keys_of(type));
  const std::string all = fmt::format("all keys: evlog configs describe {} NAME -a, or evlog-config(5)", resource_word(type));
  return nearest ? fmt::format("did you mean '{}'?  {}", *nearest, all) : all;
}

}  // namespace evlog::cmd
