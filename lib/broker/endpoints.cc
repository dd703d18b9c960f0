#include "broker/endpoints.h"

#include "broker/broker.h"

namespace evlog::broker {

std::optional<SeenEndpoint> seen_endpoint(Context& context, const cluster::BrokerView& broker) {
  const auto* endpoint = broker.endpoint(context.peer().listener);
  if (!endpoint) return std::nullopt;
  const bool own = broker.id == context.broker().id;
  if (endpoint->host.empty() && own) return SeenEndpoint{context.peer().local.host, context.peer().local.port};
  return SeenEndpoint{endpoint->host, endpoint->port};
}

wire::Array<int32_t> id_array(const std::vector<BrokerId>& ids) {
  wire::Array<int32_t> array;
  array.reserve(ids.size());
  for (BrokerId id : ids) array.push_back(id.value());
  return array;
}

}  // namespace evlog::broker
