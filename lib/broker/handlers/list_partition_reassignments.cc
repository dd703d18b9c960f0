// ListPartitionReassignments: which partitions are on their way to other replicas, as the metadata log has it.
#include "broker/broker.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

using Request = wire::ListPartitionReassignmentsRequest;
using Response = wire::ListPartitionReassignmentsResponse;

wire::Array<int32_t> ids(const std::vector<BrokerId>& brokers) {
  wire::Array<int32_t> array;
  for (const BrokerId id : brokers) array.push_back(id.value());
  return array;
}

void add(Response::Topic& topic, const cluster::PartitionView* view) {
  if (!view || (view->adding.empty() && view->removing.empty())) return;
  auto& partition = topic.partitions.emplace_back();
  partition.partition_index = view->index.value();
  partition.replicas = ids(view->replicas);
  partition.adding_replicas = ids(view->adding);
  partition.removing_replicas = ids(view->removing);
}

// A topic of which nothing is on its way is not told.
void close(Response& response, Response::Topic topic) {
  if (!topic.partitions.empty()) response.topics.push_back(std::move(topic));
}

}  // namespace

io::task<Response> list_partition_reassignments(Context& context, const Request& request) {
  Response response;
  response.error_message.reset();
  if (!context.authorize(auth::Operation::describe, auth::ResourceType::cluster, auth::cluster_resource)) {
    response.error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
    response.error_message = error_text(response.error_code);
    co_return response;
  }
  const auto& image = context.image();
  if (!request.topics) {
    for (const auto& [name, view] : image.topics()) {
      Response::Topic topic;
      topic.name = name;
      for (const auto& partition : view->partitions) add(topic, &partition);
      close(response, std::move(topic));
    }
    co_return response;
  }
  for (const auto& asked : *request.topics) {
    const auto* view = image.topic(asked.name);
    if (!view) continue;
    Response::Topic topic;
    topic.name = view->name;
    for (const int32_t index : asked.partition_indexes) add(topic, view->partition(index));
    close(response, std::move(topic));
  }
  co_return response;
}

}  // namespace evlog::broker
