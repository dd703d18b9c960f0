// Every described API: X(Heartbeat) stands for HeartbeatRequest and HeartbeatResponse in api/heartbeat.h. Included where all are needed.
#pragma once

#include "wire/api/alter_configs.h"
#include "wire/api/alter_partition_reassignments.h"
#include "wire/api/api_versions.h"
#include "wire/api/create_partitions.h"
#include "wire/api/create_topics.h"
#include "wire/api/delete_groups.h"
#include "wire/api/delete_records.h"
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

#define EVLOG_WIRE_APIS(X) \
  X(ApiVersions) X(Metadata) X(Produce) X(Fetch) X(ListOffsets) X(FindCoordinator) \
  X(JoinGroup) X(SyncGroup) X(Heartbeat) X(LeaveGroup) X(OffsetCommit) X(OffsetFetch) \
  X(ListGroups) X(DescribeGroups) X(CreateTopics) X(DeleteTopics) X(InitProducerId) X(DescribeConfigs) \
  X(DescribeLogDirs) X(DescribeQuorum) X(DescribeCluster) X(DescribeTopicPartitions) \
  X(DeleteGroups) X(OffsetDelete) \
  X(AlterConfigs) X(IncrementalAlterConfigs) X(ListConfigResources) \
  X(CreatePartitions) X(DeleteRecords) X(OffsetForLeaderEpoch) X(ElectLeaders) X(ListPartitionReassignments) X(AlterPartitionReassignments) \
  X(WriteTxnMarkers) X(DescribeProducers)
