// AlterPartitionReassignments: with one node a partition can only stay where it is; everything else is refused as Kafka refuses it.
#include "broker/broker.h"
#include "broker/controller.h"
#include "broker/handlers/deadline.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

using Request = wire::AlterPartitionReassignmentsRequest;
using Response = wire::AlterPartitionReassignmentsResponse;

// The whole request failed: so did each of its partitions.
Response refuse(const Request& request, ErrorCode error, std::optional<std::string_view> message) {
  Response response;
  response.error_code = error;
  response.error_message = message;
  for (const auto& topic : request.topics) {
    auto& out = response.responses.emplace_back();
    out.name = topic.name;
    for (const auto& partition : topic.partitions) out.partitions.push_back({partition.partition_index, error, message});
  }
  return response;
}

Move move_of(std::string_view topic, const Request::Topic::Partition& partition) {
  Move move{std::string(topic), partition.partition_index, std::nullopt};
  if (partition.replicas) move.replicas = partition.replicas->to_vector();
  return move;
}

}  // namespace

io::task<Response> alter_partition_reassignments(Context& context, const Request& request) {
  if (!context.authorize(auth::Operation::alter, auth::ResourceType::cluster, auth::cluster_resource))
    co_return refuse(request, ErrorCode::CLUSTER_AUTHORIZATION_FAILED, error_text(ErrorCode::CLUSTER_AUTHORIZATION_FAILED));
  Response response;
  if (request.topics.empty()) co_return response;
  if (out_of_time(context, request.timeout_ms)) co_return refuse(request, ErrorCode::REQUEST_TIMED_OUT, std::nullopt);

  std::vector<Move> moves;
  for (const auto& topic : request.topics)
    for (const auto& partition : topic.partitions) moves.push_back(move_of(topic.name, partition));
  auto outcomes = context.broker().controller->move_partitions(moves);

  response.error_message.reset();
  response.allow_replication_factor_change = request.allow_replication_factor_change;
  size_t next = 0;
  for (const auto& topic : request.topics) {
    auto& out = response.responses.emplace_back();
    out.name = topic.name;
    for (const auto& asked : topic.partitions) {
      auto& outcome = outcomes[next++];
      auto& partition = out.partitions.emplace_back();
      partition.partition_index = asked.partition_index;
      partition.error_message.reset();
      if (outcome) continue;
      partition.error_code = outcome.error().code;
      if (!outcome.error().message.empty()) partition.error_message = context.keep(std::move(outcome.error().message));
    }
  }
  co_return response;
}

}  // namespace evlog::broker
