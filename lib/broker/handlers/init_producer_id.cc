// InitProducerId: an id for an idempotent producer, never given to anybody else, whatever crashes.
#include "broker/broker.h"
#include "broker/handlers/handlers.h"
#include "broker/producer_ids.h"
#include "broker/unsupported.h"

namespace evlog::broker {
namespace {

// Kafka asks for IdempotentWrite on the cluster, or Write on any topic at all.
bool may_write(Context& context) {
  using auth::Operation, auth::ResourceType;
  return context.authorize(Operation::idempotent_write, ResourceType::cluster, auth::cluster_resource) ||
         context.authorize(Operation::write, ResourceType::topic, "*");
}

}  // namespace

io::task<wire::InitProducerIdResponse> init_producer_id(Context& context, const wire::InitProducerIdRequest& request) {
  wire::InitProducerIdResponse response;
  response.producer_epoch = -1;
  if (request.transactional_id && request.transactional_id->empty()) {
    response.error_code = ErrorCode::INVALID_REQUEST;
    co_return response;
  }
  if (request.transactional_id) {
    response.error_code = context.authorize(auth::Operation::write, auth::ResourceType::transactional_id, *request.transactional_id)
                              ? transactions_refused : ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED;
    co_return response;
  }
  if (!may_write(context)) {
    response.error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
    co_return response;
  }
  if ((request.producer_id == -1) != (request.producer_epoch == -1)) {
    response.error_code = ErrorCode::INVALID_REQUEST;
    co_return response;
  }
  // Without a transactional id a producer that names its old id gets a new one all the same, as in Kafka.
  const auto id = co_await context.broker().producer_ids->next();
  if (!id) {
    response.error_code = ErrorCode::COORDINATOR_LOAD_IN_PROGRESS;  // retriable: the controller cannot decide now
    co_return response;
  }
  response.producer_id = id->value();
  response.producer_epoch = 0;
  co_return response;
}

}  // namespace evlog::broker
