// IncrementalAlterConfigs: single keys of topics, brokers, groups, client metrics and loggers are set, deleted, and as lists added to
// and taken from. Each resource is changed whole or not at all.
#include "broker/handlers/config_changes.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

using Request = wire::IncrementalAlterConfigsRequest;
using Response = wire::IncrementalAlterConfigsResponse;

ConfigResourceChange change_of(const Request::Resource& wish) {
  ConfigResourceChange resource;
  resource.resource = {wish.resource_type, std::string(wish.resource_name)};
  for (const auto& config : wish.configs) {
    auto& change = resource.changes.emplace_back();
    change.name = config.name;
    change.operation = static_cast<ConfigChange::Operation>(config.config_operation);
    if (config.value) change.value = std::string(*config.value);
  }
  return resource;
}

}  // namespace

io::task<Response> incremental_alter_configs(Context& context, const Request& request) {
  std::vector<ConfigResourceChange> changes;
  for (const auto& wish : request.resources) changes.push_back(change_of(wish));
  const auto outcomes = co_await change_configs(context, changes, request.validate_only);
  co_return config_answer<Response>(context, changes, outcomes);
}

}  // namespace evlog::broker
