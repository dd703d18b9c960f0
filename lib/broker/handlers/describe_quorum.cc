// DescribeQuorum: leader, voters and observers of the metadata log, the one partition this API knows.
#include "broker/broker.h"
#include "broker/handlers/handlers.h"
#include "quorum/quorum.h"

namespace evlog::broker {
namespace {

using Request = wire::DescribeQuorumRequest;
using Response = wire::DescribeQuorumResponse;
using Partition = Response::Topic::Partition;

constexpr std::string_view metadata_topic = "__cluster_metadata";

// Exactly the one partition; a request that names anything else is refused whole.
bool names_the_metadata_log(const Request& request) {
  if (request.topics.size() != 1) return false;
  const auto topic = request.topics.front();
  return topic.topic_name == metadata_topic && topic.partitions.size() == 1 && topic.partitions.front().partition_index == 0;
}

Response refuse(const Request& request, ErrorCode error) {
  Response response;
  for (const auto& topic : request.topics) {
    auto& out = response.topics.emplace_back();
    out.topic_name = topic.topic_name;
    for (const auto& partition : topic.partitions) {
      auto& refused = out.partitions.emplace_back();
      refused.partition_index = partition.partition_index;
      refused.error_code = error;
      refused.error_message = error_text(error);
    }
  }
  return response;
}

void add_replicas(const std::vector<quorum::ReplicaState>& replicas, wire::Array<Partition::Replica>& out) {
  for (const auto& replica : replicas) {
    auto& shown = out.emplace_back();
    shown.replica_id = replica.id;
    shown.replica_directory_id = replica.directory_id;
    shown.log_end_offset = replica.log_end_offset.value();
    shown.last_fetch_timestamp = to_ms(replica.last_fetch);
    shown.last_caught_up_timestamp = to_ms(replica.last_caught_up);
  }
}

void add_nodes(Context& context, const std::vector<quorum::ReplicaState>& voters, Response& response) {
  for (const auto& voter : voters) {
    auto& node = response.nodes.emplace_back();
    node.node_id = voter.id;
    for (const auto& endpoint : voter.endpoints) {
      auto& listener = node.listeners.emplace_back();
      listener.name = context.keep(endpoint.name);
      listener.host = context.keep(endpoint.host);
      listener.port = endpoint.port;
    }
  }
}

}  // namespace

io::task<Response> describe_quorum(Context& context, const Request& request) {
  if (!context.authorize(auth::Operation::describe, auth::ResourceType::cluster, auth::cluster_resource)) {
    Response response;
    response.error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
    response.error_message = error_text(response.error_code);
    co_return response;
  }
  if (!names_the_metadata_log(request)) co_return refuse(request, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
  const auto state = context.broker().quorum->state();
  Response response;
  auto& topic = response.topics.emplace_back();
  topic.topic_name = metadata_topic;
  auto& partition = topic.partitions.emplace_back();
  partition.leader_id = state.leader_id;
  partition.leader_epoch = state.leader_epoch.value();
  partition.high_watermark = state.high_watermark.value();
  add_replicas(state.voters, partition.current_voters);
  add_replicas(state.observers, partition.observers);
  add_nodes(context, state.voters, response);
  co_return response;
}

}  // namespace evlog::broker
