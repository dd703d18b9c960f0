// FindCoordinator: which broker serves a group. The first question creates __consumer_offsets.
#include <algorithm>

#include "broker/broker.h"
#include "broker/endpoints.h"
#include "broker/group_coordinator.h"
#include "broker/handlers/handlers.h"
#include "broker/unsupported.h"

namespace evlog::broker {
namespace {

constexpr int16_t version_batched = 4;
constexpr int16_t version_share = 6;
enum KeyType : int8_t { key_group = 0, key_transaction = 1, key_share = 2 };

struct Found {
  ErrorCode error = ErrorCode::NONE;
  std::string_view message;  // ours; where empty and there is an error, old versions get Kafka's sentence
  int32_t node = -1;
  std::string_view host;
  int32_t port = -1;
};

Found refusal(ErrorCode error, std::string_view message = {}) { return {.error = error, .message = message}; }

Found coordinator_of(Context& context, std::string_view group) {
  const auto* topic = context.image().topic(offsets_topic);
  const auto* partition = topic ? topic->partition(context.broker().groups->partition_for(group)) : nullptr;
  const auto* broker = partition ? context.image().broker(partition->leader) : nullptr;
  if (!broker || broker->fenced) return refusal(ErrorCode::COORDINATOR_NOT_AVAILABLE);
  const auto seen = seen_endpoint(context, *broker);
  if (!seen) return refusal(ErrorCode::COORDINATOR_NOT_AVAILABLE);
  return {.node = broker->id.value(), .host = seen->host, .port = seen->port};
}

io::task<Found> find(Context& context, int8_t type, std::string_view key) {
  using auth::Operation, auth::ResourceType;
  switch (type) {
    case key_group:
      if (!context.authorize(Operation::describe, ResourceType::group, key)) co_return refusal(ErrorCode::GROUP_AUTHORIZATION_FAILED);
      if (!context.image().topic(offsets_topic) && !co_await context.broker().groups->ensure_topic()) {
        co_return refusal(ErrorCode::COORDINATOR_NOT_AVAILABLE);
      }
      co_return coordinator_of(context, key);
    case key_transaction:
      if (!context.authorize(Operation::describe, ResourceType::transactional_id, key)) co_return refusal(ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED);
      co_return refusal(transactions_refused, transactions_refused_text);
    case key_share:
      if (context.version() < version_share) co_return refusal(ErrorCode::INVALID_REQUEST);
      if (!context.authorize(Operation::cluster_action, ResourceType::cluster, auth::cluster_resource)) co_return refusal(ErrorCode::CLUSTER_AUTHORIZATION_FAILED);
      co_return refusal(transactions_refused, share_groups_refused_text);
    default: co_return refusal(ErrorCode::INVALID_REQUEST, error_text(ErrorCode::INVALID_REQUEST));
  }
}

}  // namespace

io::task<wire::FindCoordinatorResponse> find_coordinator(Context& context, const wire::FindCoordinatorRequest& request) {
  wire::FindCoordinatorResponse response;
  if (context.version() < version_batched) {
    const auto found = co_await find(context, request.key_type, request.key);
    response.error_code = found.error;
    if (found.error == ErrorCode::NONE) response.error_message = "NONE";  // as Kafka says it
    else response.error_message = found.message.empty() ? error_text(found.error) : found.message;
    response.node_id = found.node;
    response.host = found.host;
    response.port = found.port;
    co_return response;
  }
  for (const auto key : request.coordinator_keys) {
    const auto found = co_await find(context, request.key_type, key);
    response.coordinators.push_back({.key = key, .node_id = found.node, .host = found.host, .port = found.port,
                                     .error_code = found.error, .error_message = found.message});
  }
  co_return response;
}

}  // namespace evlog::broker
