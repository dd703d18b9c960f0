// DescribeCluster: the brokers, or on a controller's listener the controllers, as seen from the listener the client came in by.
#include <algorithm>

#include "broker/broker.h"
#include "broker/endpoints.h"
#include "broker/handlers/handlers.h"
#include "quorum/quorum.h"

namespace evlog::broker {
namespace {

using Request = wire::DescribeClusterRequest;
using Response = wire::DescribeClusterResponse;
using auth::Operation;
using auth::ResourceType;

constexpr int8_t type_broker = 1, type_controller = 2;

std::string_view type_name(int8_t type) { return type == type_broker ? "BROKER" : "CONTROLLER"; }

Result<void> check_type(int8_t wanted, int8_t here, int16_t version) {
  if (wanted != type_broker && wanted != type_controller)
    return fail(version == 0 ? ErrorCode::INVALID_REQUEST : ErrorCode::UNSUPPORTED_ENDPOINT_TYPE, "Unsupported endpoint type {}", wanted);
  if (wanted != here)
    return fail(version == 0 ? ErrorCode::INVALID_REQUEST : ErrorCode::MISMATCHED_ENDPOINT_TYPE,
                "The request was sent to an endpoint of type {}, but we wanted an endpoint of type {}", type_name(here), type_name(wanted));
  return {};
}

void add_brokers(Context& context, bool fenced_too, Response& response) {
  for (const auto& [id, broker] : context.image().brokers()) {
    const auto seen = broker.fenced && !fenced_too ? std::nullopt : seen_endpoint(context, broker);
    if (!seen) continue;
    auto& out = response.brokers.emplace_back();
    out.broker_id = id.value();
    out.host = seen->host;
    out.port = seen->port;
    if (broker.rack) out.rack = *broker.rack;
    out.is_fenced = broker.fenced;
  }
}

void add_controllers(Context& context, const quorum::State& state, Response& response) {
  for (const auto& voter : state.voters) {
    const auto found = std::ranges::find(voter.endpoints, context.peer().listener, &cluster::EndpointView::name);
    if (found == voter.endpoints.end()) continue;
    auto& out = response.brokers.emplace_back();
    out.broker_id = voter.id;
    out.host = context.keep(found->host);
    out.port = found->port;
  }
}

// A controller that is not in the list would only confuse the client.
int32_t known_or_none(const Response& response, int32_t id) {
  for (const auto& broker : response.brokers)
    if (broker.broker_id == id) return id;
  return -1;
}

}  // namespace

io::task<Response> describe_cluster(Context& context, const Request& request) {
  const bool on_controller = context.peer().controller_listener;
  const int8_t here = on_controller ? type_controller : type_broker;
  Response response;
  if (on_controller && !context.authorize(Operation::alter, ResourceType::cluster, auth::cluster_resource)) {
    response.error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
    response.error_message = error_text(ErrorCode::CLUSTER_AUTHORIZATION_FAILED);
    co_return response;
  }
  if (auto right = check_type(request.endpoint_type, here, context.version()); !right) {
    response.error_code = right.error().code;
    response.error_message = context.keep(right.error().message);
    co_return response;
  }
  if (request.include_cluster_authorized_operations)
    response.cluster_authorized_operations = context.authorize(Operation::describe, ResourceType::cluster, auth::cluster_resource)
                                                 ? context.authorized_operations(ResourceType::cluster, auth::cluster_resource) : 0;
  response.endpoint_type = here;
  response.cluster_id = context.broker().cluster_id;
  if (on_controller) {
    const auto state = context.broker().quorum->state();
    add_controllers(context, state, response);
    response.controller_id = known_or_none(response, state.leader_id);
  } else {
    // Clients may send controller requests to any broker; Kafka's brokers name one of themselves too.
    add_brokers(context, request.include_fenced_brokers, response);
    response.controller_id = known_or_none(response, context.broker().id.value());
  }
  co_return response;
}

}  // namespace evlog::broker
