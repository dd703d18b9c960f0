// ElectLeaders: the preferred replica, or any that is alive, is to lead the partitions named, or all.
#include "broker/broker.h"
#include "broker/controller.h"
#include "broker/handlers/deadline.h"
#include "broker/handlers/handlers.h"

namespace evlog::broker {
namespace {

using Request = wire::ElectLeadersRequest;
using Response = wire::ElectLeadersResponse;

// The whole request failed: so did each of its partitions.
Response refuse(const Request& request, ErrorCode error, std::optional<std::string_view> message) {
  Response response;
  response.error_code = error;
  if (!request.topic_partitions) return response;
  for (const auto& topic : *request.topic_partitions) {
    auto& out = response.replica_election_results.emplace_back();
    out.topic = topic.topic;
    for (const int32_t index : topic.partitions) out.partition_result.push_back({index, error, message});
  }
  return response;
}

std::optional<std::vector<PartitionsOf>> wishes_of(const Request& request) {
  if (!request.topic_partitions) return std::nullopt;
  std::vector<PartitionsOf> wishes;
  for (const auto& topic : *request.topic_partitions) wishes.push_back({std::string(topic.topic), topic.partitions.to_vector()});
  return wishes;
}

}  // namespace

io::task<Response> elect_leaders(Context& context, const Request& request) {
  if (!context.authorize(auth::Operation::alter, auth::ResourceType::cluster, auth::cluster_resource))
    co_return refuse(request, ErrorCode::CLUSTER_AUTHORIZATION_FAILED, error_text(ErrorCode::CLUSTER_AUTHORIZATION_FAILED));
  if (request.topic_partitions && request.topic_partitions->empty()) co_return Response{};
  if (out_of_time(context, request.timeout_ms)) co_return refuse(request, ErrorCode::REQUEST_TIMED_OUT, std::nullopt);
  const auto kind = static_cast<cluster::Election>(request.election_type);
  if (kind != cluster::Election::preferred && kind != cluster::Election::unclean)
    co_return refuse(request, ErrorCode::INVALID_REQUEST, context.keep(fmt::format("Unknown election type {}", request.election_type)));

  auto outcomes = co_await context.broker().controller->elect_leaders(kind, wishes_of(request));
  Response response;
  for (auto& topic : outcomes) {
    auto& out = response.replica_election_results.emplace_back();
    out.topic = context.keep(std::move(topic.topic));
    for (auto& [index, done] : topic.partitions) {
      auto& partition = out.partition_result.emplace_back();
      partition.partition_id = index;
      partition.error_code = done ? ErrorCode::NONE : done.error().code;
      partition.error_message = done ? std::nullopt : std::optional(context.keep(std::move(done.error().message)));
    }
  }
  co_return response;
}

}  // namespace evlog::broker
