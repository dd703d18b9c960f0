// AlterConfigs, the older way: what is given becomes the whole configuration of the resource. Loggers cannot be changed by it.
#include "broker/handlers/config_changes.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

using Request = wire::AlterConfigsRequest;
using Response = wire::AlterConfigsResponse;

ConfigResourceChange change_of(const Request::Resource& wish) {
  ConfigResourceChange resource;
  resource.resource = {wish.resource_type, std::string(wish.resource_name)};
  resource.replace = true;
  for (const auto& config : wish.configs) {
    auto& change = resource.changes.emplace_back();
    change.name = config.name;
    if (config.value) change.value = std::string(*config.value);
  }
  return resource;
}

}  // namespace

io::task<Response> alter_configs(Context& context, const Request& request) {
  std::vector<ConfigResourceChange> changes;
  for (const auto& wish : request.resources) changes.push_back(change_of(wish));
  const auto outcomes = co_await change_configs(context, changes, request.validate_only);
  co_return config_answer<Response>(context, changes, outcomes);
}

}  // namespace evlog::broker
