#include "evlog/config_change.h"

#include <unistd.h>

#include <algorithm>

#include "evlog/config_view.h"
#include "evlog/terminal.h"

namespace evlog::cmd {

using client::ConfigChange;
using client::ConfigEntry;
using client::ConfigOperation;
using client::ConfigOrigin;

namespace {

// Who sets what is set on this resource. Loggers always have a level, whoever set it.
ConfigOrigin own_origin(const client::ConfigResource& resource) {
  switch (resource.type) {
    case client::ResourceType::topic: return ConfigOrigin::topic;
    case client::ResourceType::broker: return resource.name.empty() ? ConfigOrigin::all_brokers : ConfigOrigin::broker;
    case client::ResourceType::client_metrics: return ConfigOrigin::client_metrics;
    case client::ResourceType::group: return ConfigOrigin::group;
    case client::ResourceType::broker_logger: return ConfigOrigin::unknown;
  }
  return ConfigOrigin::unknown;
}

bool has_item(const std::string& list, const std::string& item) { return ("," + list + ",").find("," + item + ",") != std::string::npos; }

bool seen(const ConfigChange& change, ConfigOrigin own, const ConfigEntries& entries) {
  const auto found = std::ranges::find(entries, change.name, &ConfigEntry::name);
  if (change.operation == ConfigOperation::unset) return found == entries.end() || found->origin() != own;
  if (found == entries.end()) return false;
  if (found->sensitive) return true;
  const std::string value = found->value.value_or("");
  switch (change.operation) {
    case ConfigOperation::append: return has_item(value, *change.value);
    case ConfigOperation::subtract: return !has_item(value, *change.value);
    default: return value == *change.value;
  }
}

}  // namespace

std::string value_text(const ConfigEntries& entries, const std::string& key) {
  const auto found = std::ranges::find(entries, key, &ConfigEntry::name);
  if (found == entries.end()) return "unset";
  const bool elsewhere = found->origin() == ConfigOrigin::built_in || found->origin() == ConfigOrigin::broker_file;
  return config_value(*found) + (elsewhere ? " (" + origin_text(found->origin()) + ")" : "");
}

std::string wanted_text(const ConfigChange& change) {
  switch (change.operation) {
    case ConfigOperation::set: return *change.value;
    case ConfigOperation::append: return "with " + *change.value;
    case ConfigOperation::subtract: return "without " + *change.value;
    case ConfigOperation::unset: return "not set here";
  }
  return {};
}

Expected<ConfigEntries> read_settled(const client::ResourceChanges& changes, const std::function<Expected<ConfigEntries>()>& read) {
  constexpr int64_t wait_ms_max = 2'000;
  for (const int64_t deadline = mono_ms() + wait_ms_max;;) {
    auto entries = read();
    if (!entries || mono_ms() >= deadline) return entries;
    if (std::ranges::all_of(changes.changes, [&](const ConfigChange& change) { return seen(change, own_origin(changes.resource), *entries); })) return entries;
    ::usleep(20'000);
  }
}

}  // namespace evlog::cmd
