#include "broker/dispatch.h"

#include <algorithm>
#include <array>

#include "broker/broker.h"
#include "broker/handlers/handlers.h"
#include "wire/header.h"

namespace evlog::broker {
namespace {

constexpr size_t length_size = 4;

// The answer of a handler as bytes: length, header, body. Its memory is reserved before it is taken, and held until it is sent.
// Ranges of files are remembered by position, not copied.
template <class Response>
io::task<Answer> encode_answer(Context& context, int16_t version, const Response& response) {
  constexpr size_t framing_size_max = length_size + 5;
  Answer answer;
  const size_t size = wire::encoded_size(version, response) + framing_size_max;
  answer.memory = co_await context.broker().budget.reserve(Share::answers, size);
  answer.head.reserve(size);
  answer.head.resize(length_size);
  wire::Encoder encoder(answer.head);
  wire::encode_response_header(encoder, Response::info.api_key, version, context.info().correlation_id);
  wire::encode(encoder, version, response);
  for (const auto& hole : encoder.holes())
    answer.splices.push_back({hole.position, std::move(context.attachments()[static_cast<size_t>(hole.attachment)])});
  answer.size_bytes = answer.head.size() + encoder.attached_bytes();
  store_be(answer.head.data(), static_cast<int32_t>(answer.size_bytes - length_size));
  co_return answer;
}

// Bytes left over behind a request are ignored, as Kafka does: librdkafka 2.16 sends three too many with Metadata 13.
template <class Request>
Result<void> decode_request(Bytes body, int16_t version, Request& request) {
  wire::Decoder decoder(body);
  wire::decode(decoder, version, request);
  return decoder.status(Request::info.name);
}

template <class Request, class Response, io::task<Response> (*handler)(Context&, const Request&)>
io::task<Result<Answer>> run(Context& context, Bytes body) {
  Request request;
  if (auto decoded = decode_request(body, context.version(), request); !decoded) co_return fail(decoded.error());
  const Response response = co_await handler(context, request);
  if (!context.answered()) co_return Answer{};
  co_return co_await encode_answer(context, context.version(), response);
}

// KIP-511: a version from the future is answered in version 0, with the list, so that the client can choose.
io::task<Result<Answer>> run_api_versions(Context& context, Bytes body) {
  wire::ApiVersionsRequest request;
  const bool known = wire::ApiVersionsRequest::info.versions.contains(context.version());
  if (known)
    if (auto decoded = decode_request(body, context.version(), request); !decoded) co_return fail(decoded.error());
  const auto response = co_await api_versions(context, request);
  co_return co_await encode_answer(context, known ? context.version() : int16_t{0}, response);
}

struct Where { bool broker = true, controller = false; };

template <class Request, class Response, io::task<Response> (*handler)(Context&, const Request&)>
constexpr Api row(Where where = {}) {
  const auto& info = Request::info;
  return {info.api_key, info.versions.min, info.stable_max, info.versions.min, where.broker, where.controller, false, &run<Request, Response, handler>};
}

constexpr Api produce_row() {
  Api api = row<wire::ProduceRequest, wire::ProduceResponse, produce>();
  api.advertised_min = 0;  // librdkafka takes a broker without Produce 0 for too old (KAFKA-18659); 0 to 2 are refused all the same
  api.overlaps = true;
  return api;
}

constexpr Api api_versions_row() {
  Api api = row<wire::ApiVersionsRequest, wire::ApiVersionsResponse, api_versions>({true, true});
  api.run = &run_api_versions;
  return api;
}

constexpr Where both{true, true};

constexpr auto table = std::to_array<Api>({
    produce_row(),
    row<wire::FetchRequest, wire::FetchResponse, fetch>(),
    row<wire::ListOffsetsRequest, wire::ListOffsetsResponse, list_offsets>(),
    row<wire::MetadataRequest, wire::MetadataResponse, metadata>(),
    row<wire::OffsetCommitRequest, wire::OffsetCommitResponse, offset_commit>(),
    row<wire::OffsetFetchRequest, wire::OffsetFetchResponse, offset_fetch>(),
    row<wire::FindCoordinatorRequest, wire::FindCoordinatorResponse, find_coordinator>(),
    row<wire::JoinGroupRequest, wire::JoinGroupResponse, join_group>(),
    row<wire::HeartbeatRequest, wire::HeartbeatResponse, heartbeat>(),
    row<wire::LeaveGroupRequest, wire::LeaveGroupResponse, leave_group>(),
    row<wire::SyncGroupRequest, wire::SyncGroupResponse, sync_group>(),
    row<wire::DescribeGroupsRequest, wire::DescribeGroupsResponse, describe_groups>(),
    row<wire::ListGroupsRequest, wire::ListGroupsResponse, list_groups>(),
    api_versions_row(),
    row<wire::CreateTopicsRequest, wire::CreateTopicsResponse, create_topics>(both),
    row<wire::DeleteTopicsRequest, wire::DeleteTopicsResponse, delete_topics>(both),
    row<wire::DeleteRecordsRequest, wire::DeleteRecordsResponse, delete_records>(),
    row<wire::InitProducerIdRequest, wire::InitProducerIdResponse, init_producer_id>(),
    row<wire::OffsetForLeaderEpochRequest, wire::OffsetForLeaderEpochResponse, offset_for_leader_epoch>(),
    row<wire::WriteTxnMarkersRequest, wire::WriteTxnMarkersResponse, write_txn_markers>(),
    row<wire::DescribeConfigsRequest, wire::DescribeConfigsResponse, describe_configs>(both),
    row<wire::AlterConfigsRequest, wire::AlterConfigsResponse, alter_configs>(both),
    row<wire::DescribeLogDirsRequest, wire::DescribeLogDirsResponse, describe_log_dirs>(),
    row<wire::CreatePartitionsRequest, wire::CreatePartitionsResponse, create_partitions>(both),
    row<wire::DeleteGroupsRequest, wire::DeleteGroupsResponse, delete_groups>(),
    row<wire::ElectLeadersRequest, wire::ElectLeadersResponse, elect_leaders>(both),
    row<wire::IncrementalAlterConfigsRequest, wire::IncrementalAlterConfigsResponse, incremental_alter_configs>(both),
    row<wire::AlterPartitionReassignmentsRequest, wire::AlterPartitionReassignmentsResponse, alter_partition_reassignments>(both),
    row<wire::ListPartitionReassignmentsRequest, wire::ListPartitionReassignmentsResponse, list_partition_reassignments>(both),
    row<wire::OffsetDeleteRequest, wire::OffsetDeleteResponse, offset_delete>(),
    row<wire::DescribeQuorumRequest, wire::DescribeQuorumResponse, describe_quorum>(both),
    row<wire::DescribeClusterRequest, wire::DescribeClusterResponse, describe_cluster>(both),
    row<wire::DescribeProducersRequest, wire::DescribeProducersResponse, describe_producers>(),
    row<wire::ListConfigResourcesRequest, wire::ListConfigResourcesResponse, list_config_resources>(),
    row<wire::DescribeTopicPartitionsRequest, wire::DescribeTopicPartitionsResponse, describe_topic_partitions>(),
});
static_assert(std::ranges::is_sorted(table, {}, &Api::key));

}  // namespace

std::span<const Api> apis() { return table; }

const Api* find_api(int16_t key) {
  const auto found = std::ranges::lower_bound(table, key, {}, &Api::key);
  return found != table.end() && found->key == key ? &*found : nullptr;
}

}  // namespace evlog::broker
