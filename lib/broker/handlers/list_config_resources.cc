// ListConfigResources: which topics, brokers, client metrics and groups have, or can have, a configuration (KIP-1142). Version 0 knew
// client metrics alone.
#include <algorithm>

#include "broker/broker.h"
#include "broker/handlers/handlers.h"
#include "broker/layered_config.h"

namespace evlog::broker {
namespace {

using Response = wire::ListConfigResourcesResponse;

constexpr int8_t kinds[] = {config_resource_topic, config_resource_broker, config_resource_broker_logger, config_resource_client_metrics, config_resource_group};

void add(Response& response, int8_t type, std::string_view name) {
  auto& resource = response.config_resources.emplace_back();
  resource.resource_type = type;
  resource.resource_name = name;
}

void add_kind(Context& context, int8_t type, Response& response) {
  const auto& image = context.image();
  if (type == config_resource_topic)
    for (const auto& [name, topic] : image.topics()) add(response, type, name);
  if (type == config_resource_broker || type == config_resource_broker_logger)
    for (const auto& [id, broker] : image.brokers())
      if (!broker.fenced) add(response, type, context.keep(std::to_string(id.value())));
  if (type == config_resource_client_metrics || type == config_resource_group)
    for (const auto& [resource, values] : image.all_configs())
      if (resource.type == type) add(response, type, resource.name);
}

}  // namespace

io::task<Response> list_config_resources(Context& context, const wire::ListConfigResourcesRequest& request) {
  Response response;
  if (!context.authorize(auth::Operation::describe_configs, auth::ResourceType::cluster, auth::cluster_resource)) {
    response.error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
    co_return response;
  }
  std::vector<int8_t> wanted = request.resource_types.to_vector();
  if (context.version() == 0) wanted = {config_resource_client_metrics};
  if (wanted.empty()) wanted.assign(std::begin(kinds), std::end(kinds));
  const auto known = [](int8_t type) { return std::ranges::find(kinds, type) != std::end(kinds); };
  if (!std::ranges::all_of(wanted, known)) {
    response.error_code = ErrorCode::UNSUPPORTED_VERSION;
    co_return response;
  }
  for (const int8_t type : kinds)
    if (std::ranges::find(wanted, type) != wanted.end()) add_kind(context, type, response);
  co_return response;
}

}  // namespace evlog::broker
