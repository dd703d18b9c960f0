// The controller's decisions about configurations: Kafka's ConfigurationControlManager, check by check.
//
// Per resource: the new values -> min.insync.replicas under eligible leader replicas -> the rules of the kind of resource -> whether it
// exists. Those that pass are changed together in one batch; one that fails takes nothing with it.
#include <deque>

#include "broker/controller.h"
#include "broker/layered_config.h"
#include "broker/partitions.h"
#include "cluster/names.h"
#include "config/dynamic.h"
#include "config/group_config.h"
#include "config/topic_config.h"
#include "quorum/quorum.h"

namespace evlog::broker {
namespace {

using Operation = ConfigChange::Operation;
using Value = std::optional<std::string>;  // nullopt: deleted

constexpr size_t records_per_request_max = 10'000;
constexpr std::string_view insync_key = "min.insync.replicas";

struct Altered {
  std::map<std::string, Value> written;  // what becomes records
  config::ConfigMap all;                 // what the resource has afterwards
};

const config::ConfigKey* key_of(int8_t type, std::string_view name) {
  if (type == config_resource_topic) return config::find_topic_key(name);
  return type == config_resource_broker ? config::find_broker_key(name) : nullptr;  // the others' lists do not split in Kafka either
}

Result<Value> changed_list(const ConfigResourceChange& resource, const ConfigChange& change, const config::ConfigMap& now) {
  const bool append = change.operation == Operation::append;
  const auto* key = key_of(resource.resource.type, change.name);
  if (!key || key->type != config::ConfigType::list)
    return fail(ErrorCode::INVALID_CONFIG, "Can't {} to key {} because its type is not LIST.", append ? "APPEND" : "SUBTRACT", change.name);
  const auto own = now.find(change.name);
  const std::string_view list = own != now.end() ? std::string_view(own->second) : key->default_value().value_or("");
  const std::string_view parts = change.value ? std::string_view(*change.value) : std::string_view();
  return append ? config::append_to_list(list, parts) : config::subtract_from_list(list, parts);
}

Result<Value> changed(const ConfigResourceChange& resource, const ConfigChange& change, const config::ConfigMap& now) {
  switch (change.operation) {
    case Operation::set: return change.value;
    case Operation::remove: return Value();
    case Operation::append:
    case Operation::subtract: return changed_list(resource, change, now);
  }
  return fail(ErrorCode::INVALID_REQUEST, "Unknown operations type {}", static_cast<int>(change.operation));
}

// A broker's value is written even where it stays the same, as Kafka does, so that a file it names is read again.
Result<Altered> alter(const ConfigResourceChange& resource, const config::ConfigMap& now) {
  Altered out;
  if (!resource.replace) out.all = now;
  for (const auto& change : resource.changes) {
    auto value = changed(resource, change, now);
    if (!value) return fail(value.error());
    const auto old = now.find(change.name);
    const bool same = old == now.end() ? !*value : *value == old->second;
    if (!same || resource.resource.type == config_resource_broker) out.written[change.name] = *value;
    if (*value) out.all[change.name] = **value;
    else out.all.erase(change.name);
  }
  if (resource.replace)
    for (const auto& [name, value] : now)
      if (!out.all.contains(name)) out.written.try_emplace(name);
  return out;
}

// KIP-966: while the controller keeps eligible leader replicas, the number is the cluster's and cannot be missing.
Result<void> check_insync(const cluster::Image& image, const cluster::ConfigResource& resource, const Altered& altered) {
  const auto insync = altered.written.find(std::string(insync_key));
  if (resource.type != config_resource_broker || insync == altered.written.end() || image.feature("eligible.leader.replicas.version") < 1) return {};
  if (!resource.name.empty()) return fail(ErrorCode::INVALID_CONFIG, "Broker-level min.insync.replicas cannot be altered while ELR is enabled.");
  if (!insync->second) return fail(ErrorCode::INVALID_CONFIG, "Cluster-level min.insync.replicas cannot be removed while ELR is enabled.");
  return {};
}

Result<void> check_topic(const config::Config& layers, const cluster::Image& image, const std::string& name, const config::ConfigMap& values) {
  if (name.empty()) return fail(ErrorCode::INVALID_REQUEST, "Default topic resources are not allowed.");
  if (auto valid = cluster::check_topic_name(name); !valid) return valid;
  if (auto valid = config::validate_topic_configs(layers, values); !valid) return valid;
  if (!image.topic(name)) return fail(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "The topic '{}' does not exist.", name);
  return {};
}

Result<void> check_broker(const cluster::Image& image, const std::string& name) {
  if (name.empty()) return {};
  const auto id = broker_number(name);
  if (!id) return fail(ErrorCode::INVALID_REQUEST, "Unable to parse broker name as a base 10 number.");
  if (*id < 0) return fail(ErrorCode::INVALID_REQUEST, "Invalid negative broker ID.");
  if (!image.broker(BrokerId(*id))) return fail(ErrorCode::BROKER_ID_NOT_REGISTERED, "No broker with id {} found.", *id);
  return {};
}

Result<void> check_values(const config::Config& layers, const cluster::Image& image, const cluster::ConfigResource& resource, const config::ConfigMap& values) {
  switch (resource.type) {
    case config_resource_topic: return check_topic(layers, image, resource.name, values);
    case config_resource_broker: return check_broker(image, resource.name);
    case config_resource_client_metrics: return config::validate_client_metrics(resource.name, values);
    case config_resource_group:
      if (resource.name.empty()) return fail(ErrorCode::INVALID_REQUEST, "Default group resources are not allowed.");
      return config::validate_group_configs(layers, values);
    default: return fail(ErrorCode::INVALID_REQUEST, "Unknown resource type {}", resource.type);
  }
}

Result<Altered> decide(const config::Config& layers, const cluster::Image& image, const ConfigResourceChange& resource) {
  auto altered = alter(resource, image.configs(resource.resource));
  if (!altered) return altered;
  if (auto allowed = check_insync(image, resource.resource, *altered); !allowed) return fail(allowed.error());
  if (auto valid = check_values(layers, image, resource.resource, altered->all); !valid) return fail(valid.error());
  return altered;
}

void add_records(quorum::Records& records, const cluster::ConfigResource& resource, const Altered& altered) {
  for (const auto& [name, value] : altered.written) {
    wire::ConfigRecord record;
    record.resource_type = resource.type;
    record.resource_name = resource.name;
    record.name = name;
    record.value = value;
    records.emplace_back(std::move(record));
  }
}

ConfigOutcome refuse(const Error& error) { return {error.code, error.message.empty() ? std::nullopt : std::optional(error.message)}; }

}  // namespace

io::task<std::vector<ConfigOutcome>> Controller::alter_configs(std::vector<ConfigResourceChange> changes, bool validate_only) {
  std::vector<ConfigOutcome> outcomes(changes.size());
  Offset changed = offset_none;
  {
    const auto turn = co_await deciding_.lock();
    const auto image = broker_.image();
    const auto layers = layered_config(broker_, *image);
    quorum::Records records;
    std::deque<Altered> accepted;  // the records' texts, until they are written
    for (size_t i = 0; i < changes.size(); ++i) {
      auto altered = decide(layers, *image, changes[i]);
      if (!altered) { outcomes[i] = refuse(altered.error()); continue; }
      accepted.push_back(std::move(*altered));
      add_records(records, changes[i].resource, accepted.back());
      if (records.size() > records_per_request_max)
        co_return std::vector<ConfigOutcome>(changes.size(), {ErrorCode::POLICY_VIOLATION, "Unable to perform excessively large batch operation."});
    }
    if (validate_only || records.empty()) co_return outcomes;
    if (auto done = co_await broker_.quorum->propose(std::move(records)); !done) {
      for (auto& outcome : outcomes)
        if (outcome.error == ErrorCode::NONE) outcome = refuse(done.error());
      co_return outcomes;
    }
    changed = broker_.image()->offset();
  }
  // Answered when the next append and fetch here go by the new values.
  if (broker_.partitions) co_await broker_.partitions->caught_up(changed);
  co_return outcomes;
}

}  // namespace evlog::broker
