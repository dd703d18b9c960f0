// Every handler, one file each. A handler decodes nothing and encodes nothing: it gets a decoded request (views into the frame)
// and returns the answer. What is not an error of the whole request goes into the answer's fields.
#pragma once

#include "broker/context.h"
#include "io/task.h"
#include "wire/api/alter_configs.h"
#include "wire/api/alter_partition_reassignments.h"
#include "wire/api/api_versions.h"
#include "wire/api/create_partitions.h"
#include "wire/api/create_topics.h"
#include "wire/api/delete_records.h"
#include "wire/api/delete_groups.h"
#include "wire/api/delete_topics.h"
#include "wire/api/describe_cluster.h"
#include "wire/api/describe_configs.h"
#include "wire/api/describe_groups.h"
#include "wire/api/describe_log_dirs.h"
#include "wire/api/describe_producers.h"
#include "wire/api/describe_quorum.h"
#include "wire/api/describe_topic_partitions.h"
#include "wire/api/elect_leaders.h"
#include "wire/api/fetch.h"
#include "wire/api/find_coordinator.h"
#include "wire/api/heartbeat.h"
#include "wire/api/incremental_alter_configs.h"
#include "wire/api/init_producer_id.h"
#include "wire/api/join_group.h"
#include "wire/api/leave_group.h"
#include "wire/api/list_config_resources.h"
#include "wire/api/list_groups.h"
#include "wire/api/list_offsets.h"
#include "wire/api/list_partition_reassignments.h"
#include "wire/api/metadata.h"
#include "wire/api/offset_commit.h"
#include "wire/api/offset_delete.h"
#include "wire/api/offset_fetch.h"
#include "wire/api/offset_for_leader_epoch.h"
#include "wire/api/produce.h"
#include "wire/api/sync_group.h"
#include "wire/api/write_txn_markers.h"

namespace evlog::broker {

io::task<wire::ApiVersionsResponse> api_versions(Context&, const wire::ApiVersionsRequest&);
io::task<wire::MetadataResponse> metadata(Context&, const wire::MetadataRequest&);
io::task<wire::ProduceResponse> produce(Context&, const wire::ProduceRequest&);
io::task<wire::FetchResponse> fetch(Context&, const wire::FetchRequest&);
io::task<wire::ListOffsetsResponse> list_offsets(Context&, const wire::ListOffsetsRequest&);
io::task<wire::FindCoordinatorResponse> find_coordinator(Context&, const wire::FindCoordinatorRequest&);
io::task<wire::JoinGroupResponse> join_group(Context&, const wire::JoinGroupRequest&);
io::task<wire::SyncGroupResponse> sync_group(Context&, const wire::SyncGroupRequest&);
io::task<wire::HeartbeatResponse> heartbeat(Context&, const wire::HeartbeatRequest&);
io::task<wire::LeaveGroupResponse> leave_group(Context&, const wire::LeaveGroupRequest&);
io::task<wire::OffsetCommitResponse> offset_commit(Context&, const wire::OffsetCommitRequest&);
io::task<wire::OffsetFetchResponse> offset_fetch(Context&, const wire::OffsetFetchRequest&);
io::task<wire::ListGroupsResponse> list_groups(Context&, const wire::ListGroupsRequest&);
io::task<wire::DescribeGroupsResponse> describe_groups(Context&, const wire::DescribeGroupsRequest&);
io::task<wire::DeleteGroupsResponse> delete_groups(Context&, const wire::DeleteGroupsRequest&);
io::task<wire::OffsetDeleteResponse> offset_delete(Context&, const wire::OffsetDeleteRequest&);
io::task<wire::CreateTopicsResponse> create_topics(Context&, const wire::CreateTopicsRequest&);
io::task<wire::DeleteTopicsResponse> delete_topics(Context&, const wire::DeleteTopicsRequest&);
io::task<wire::InitProducerIdResponse> init_producer_id(Context&, const wire::InitProducerIdRequest&);
io::task<wire::DescribeConfigsResponse> describe_configs(Context&, const wire::DescribeConfigsRequest&);
io::task<wire::AlterConfigsResponse> alter_configs(Context&, const wire::AlterConfigsRequest&);
io::task<wire::IncrementalAlterConfigsResponse> incremental_alter_configs(Context&, const wire::IncrementalAlterConfigsRequest&);
io::task<wire::ListConfigResourcesResponse> list_config_resources(Context&, const wire::ListConfigResourcesRequest&);
io::task<wire::DescribeLogDirsResponse> describe_log_dirs(Context&, const wire::DescribeLogDirsRequest&);
io::task<wire::DescribeQuorumResponse> describe_quorum(Context&, const wire::DescribeQuorumRequest&);
io::task<wire::DescribeClusterResponse> describe_cluster(Context&, const wire::DescribeClusterRequest&);
io::task<wire::DescribeTopicPartitionsResponse> describe_topic_partitions(Context&, const wire::DescribeTopicPartitionsRequest&);
io::task<wire::CreatePartitionsResponse> create_partitions(Context&, const wire::CreatePartitionsRequest&);
io::task<wire::DeleteRecordsResponse> delete_records(Context&, const wire::DeleteRecordsRequest&);
io::task<wire::OffsetForLeaderEpochResponse> offset_for_leader_epoch(Context&, const wire::OffsetForLeaderEpochRequest&);
io::task<wire::ElectLeadersResponse> elect_leaders(Context&, const wire::ElectLeadersRequest&);
io::task<wire::ListPartitionReassignmentsResponse> list_partition_reassignments(Context&, const wire::ListPartitionReassignmentsRequest&);
io::task<wire::AlterPartitionReassignmentsResponse> alter_partition_reassignments(Context&, const wire::AlterPartitionReassignmentsRequest&);
io::task<wire::WriteTxnMarkersResponse> write_txn_markers(Context&, const wire::WriteTxnMarkersRequest&);
io::task<wire::DescribeProducersResponse> describe_producers(Context&, const wire::DescribeProducersRequest&);

}  // namespace evlog::broker
