#include "broker/handlers/config_changes.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>

#include "broker/broker.h"
#include "broker/layered_config.h"
#include "config/dynamic.h"

namespace evlog::broker {
namespace {

using auth::ResourceType;
using Operation = ConfigChange::Operation;
using Outcomes = std::vector<std::optional<ConfigOutcome>>;  // of those that were decided here

constexpr auto invalid = ErrorCode::INVALID_REQUEST;

ConfigOutcome outcome_of(const Result<void>& result) {
  return result ? ConfigOutcome{} : ConfigOutcome{result.error().code, result.error().message};
}

Result<void> check_keys(const ConfigResourceChange& resource) {
  std::set<std::string_view> names;
  std::vector<std::string_view> nulls;
  for (const auto& change : resource.changes) {
    if (!names.insert(change.name).second) return fail(invalid, "Error due to duplicate config keys");
    if (change.operation != Operation::remove && !change.value) nulls.push_back(change.name);
  }
  if (!nulls.empty()) return fail(invalid, "Null value not supported for : {}", fmt::join(nulls, ", "));
  return {};
}

Result<int32_t> node_number(std::string_view name) {
  const auto id = broker_number(name);
  if (!id) return fail(invalid, "Node id must be an integer, but it is: {}", name);
  return *id;
}

Result<void> check_level(const ConfigChange& change) {
  const auto known = [&] { return std::ranges::find(Loggers::names, change.name) != Loggers::names.end(); };
  const auto unknown = [&] { return fail(ErrorCode::INVALID_CONFIG, "Logger {} does not exist!", change.name); };
  switch (change.operation) {
    case Operation::set:
      if (!known()) return unknown();
      if (std::ranges::find(Loggers::levels, *change.value) != Loggers::levels.end()) return {};
      return fail(ErrorCode::INVALID_CONFIG, "Cannot set the log level of {} to {} as it is not a supported log level. Valid log levels are {}",
                  change.name, *change.value, fmt::join(Loggers::levels, ", "));
    case Operation::remove:
      if (!known()) return unknown();
      if (change.name == Loggers::root) return fail(invalid, "Removing the log level of the root logger is not allowed");
      return {};
    case Operation::append: return fail(invalid, "APPEND operation is not allowed for the BROKER_LOGGER resource");
    case Operation::subtract: return fail(invalid, "SUBTRACT operation is not allowed for the BROKER_LOGGER resource");
  }
  return fail(invalid, "Unknown operation type {} is not allowed for the BROKER_LOGGER resource", static_cast<int>(change.operation));
}

Result<void> change_loggers(Context& context, const ConfigResourceChange& resource, bool validate_only) {
  if (!context.authorize(auth::Operation::alter_configs, ResourceType::cluster, auth::cluster_resource))
    return fail(ErrorCode::CLUSTER_AUTHORIZATION_FAILED, "{}", error_text(ErrorCode::CLUSTER_AUTHORIZATION_FAILED));
  const auto id = node_number(resource.resource.name);
  if (!id) return fail(id.error());
  const int32_t own = context.broker().id.value();
  if (*id != own) return fail(invalid, "Unexpected node id. Expected {}, but received {}", own, *id);
  for (const auto& change : resource.changes)
    if (auto good = check_level(change); !good) return good;
  if (validate_only) return {};
  auto& loggers = context.broker().loggers;
  for (const auto& change : resource.changes) {
    if (change.operation == Operation::remove) loggers.unset(change.name);
    else loggers.set(change.name, *change.value);
  }
  return {};
}

// A broker's list may begin where its default ends, as in the controller; here only an unknown key is told apart.
Result<std::string> changed_list(const config::ConfigMap& values, const ConfigChange& change) {
  const bool append = change.operation == Operation::append;
  const auto* key = config::find_broker_key(change.name);
  if (!key) return fail(ErrorCode::INVALID_CONFIG, "Unknown config name: {}", change.name);
  if (key->type != config::ConfigType::list)
    return fail(ErrorCode::INVALID_CONFIG, "Config value {} is not allowed for config key: {}", append ? "append" : "subtract", change.name);
  const auto own = values.find(change.name);
  const std::string_view list = own != values.end() ? std::string_view(own->second) : key->default_value().value_or("");
  return append ? config::append_to_list(list, *change.value) : config::subtract_from_list(list, *change.value);
}

Result<config::ConfigMap> broker_values(const cluster::Image& image, const ConfigResourceChange& resource, config::Layer layer) {
  config::ConfigMap values;
  if (!resource.replace) values = config::usable_dynamic(image.configs(resource.resource), layer);
  for (const auto& change : resource.changes)
    if (!is_operation(change.operation)) return fail(invalid, "Unknown operations type {}", static_cast<int>(change.operation));
  for (const auto& change : resource.changes) {
    if (change.operation == Operation::remove) {
      values.erase(change.name);
    } else if (change.operation == Operation::set) {
      values[change.name] = *change.value;
    } else {
      auto list = changed_list(values, change);
      if (!list) return fail(list.error());
      values[change.name] = std::move(*list);
    }
  }
  return values;
}

Result<void> check_broker(Context& context, const ConfigResourceChange& resource) {
  const std::string& name = resource.resource.name;
  if (!name.empty()) {
    const auto id = node_number(name);
    if (!id) return fail(id.error());
    const int32_t own = context.broker().id.value();
    if (*id != own) return fail(invalid, "Unexpected broker id, expected {}, but received {}", own, name);
  }
  const auto layer = name.empty() ? config::Layer::dynamic_default : config::Layer::dynamic_broker;
  auto values = broker_values(context.image(), resource, layer);
  if (!values) return fail(values.error());
  return config::validate_dynamic(layered_config(context.broker(), context.image()), layer, *values);
}

// The first look. Nothing: the controller goes on with it.
std::optional<ConfigOutcome> look(Context& context, const ConfigResourceChange& resource, bool validate_only) {
  if (auto good = check_keys(resource); !good) return outcome_of(good);
  switch (resource.resource.type) {
    case config_resource_topic:
    case config_resource_client_metrics:
    case config_resource_group: return std::nullopt;
    case config_resource_broker:
      if (auto good = check_broker(context, resource); !good) return outcome_of(good);
      return std::nullopt;
    case config_resource_broker_logger:
      if (!resource.replace) return outcome_of(change_loggers(context, resource, validate_only));
      break;
    default: break;
  }
  return outcome_of(fail(invalid, "Unknown resource type {}", resource.resource.type));
}

Outcomes first_look(Context& context, const std::vector<ConfigResourceChange>& changes, bool validate_only) {
  std::map<cluster::ConfigResource, int> counts;
  for (const auto& resource : changes) ++counts[resource.resource];
  Outcomes outcomes;
  for (const auto& resource : changes) {
    if (counts[resource.resource] > 1) outcomes.push_back(outcome_of(fail(invalid, "Each resource must appear at most once.")));
    else outcomes.push_back(look(context, resource, validate_only));
  }
  return outcomes;
}

std::optional<ErrorCode> refusal(Context& context, const cluster::ConfigResource& resource) {
  const bool topic = resource.type == config_resource_topic, group = resource.type == config_resource_group;
  const auto type = topic ? ResourceType::topic : group ? ResourceType::group : ResourceType::cluster;
  const std::string_view name = topic || group ? std::string_view(resource.name) : auth::cluster_resource;
  if (context.authorize(auth::Operation::alter_configs, type, name)) return std::nullopt;
  return topic ? ErrorCode::TOPIC_AUTHORIZATION_FAILED : group ? ErrorCode::GROUP_AUTHORIZATION_FAILED : ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
}

// Kafka keeps keys nobody knows, as a plugin may know them; a misspelt one has no effect, and the log says so. Nor has one that the
// command line holds fast.
void warn_of_vain(Broker& broker, const ConfigResourceChange& resource) {
  if (resource.resource.type != config_resource_broker) return;
  for (const auto& change : resource.changes) {
    if (change.operation == Operation::remove) continue;
    if (broker.config.setting(change.name, config::Layer::command_line))
      broker.log('W', "config", fmt::format("{} was set dynamically, and stays as the command line says", change.name));
    if (config::find_dynamic_key(change.name) || config::find_listener_key(change.name)) continue;
    const auto nearest = config::nearest_key(change.name, config::broker_keys());
    broker.log('W', "config", fmt::format("{} was set dynamically and is no key of evlog{}", change.name, nearest ? fmt::format("; did you mean {}?", *nearest) : ""));
  }
}

}  // namespace

io::task<std::vector<ConfigOutcome>> change_configs(Context& context, std::vector<ConfigResourceChange> changes, bool validate_only) {
  Outcomes first = first_look(context, changes, validate_only);
  std::vector<ConfigResourceChange> rest;
  for (size_t i = 0; i < changes.size(); ++i) {
    if (first[i]) continue;
    if (const auto error = refusal(context, changes[i].resource)) first[i] = ConfigOutcome{*error, std::string(error_text(*error))};
    else rest.push_back(changes[i]);
  }
  std::vector<ConfigOutcome> decided;
  if (!rest.empty()) decided = co_await context.broker().controller->alter_configs(rest, validate_only);
  for (size_t i = 0; i < rest.size(); ++i)
    if (decided[i].error == ErrorCode::NONE && !validate_only) warn_of_vain(context.broker(), rest[i]);
  std::vector<ConfigOutcome> outcomes;
  auto next = decided.begin();
  for (auto& outcome : first) outcomes.push_back(outcome ? std::move(*outcome) : std::move(*next++));
  co_return outcomes;
}

}  // namespace evlog::broker
