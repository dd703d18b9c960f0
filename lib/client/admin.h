// Admin: topics, groups and offsets of a cluster, in plain values, through evlog's own requests. Each call finds the right broker
// (controller, leader, coordinator) and gives up with the error of the first that refused. One thread; it waits.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/uuid.h"
#include "client/admin_cluster.h"
#include "client/admin_configs.h"
#include "client/partition_key.h"
#include "client/requests.h"

namespace evlog::client {

struct BrokerInfo { int32_t id = -1; BrokerAddress address; std::string rack; };

struct PartitionInfo {
  int32_t index = 0;
  int32_t leader = -1;
  int32_t leader_epoch = -1;
  std::vector<int32_t> replicas, isr;
  ErrorCode error = ErrorCode::NONE;
};

struct TopicDescription {
  std::string name;
  Uuid id;
  bool internal = false;
  std::vector<PartitionInfo> partitions;  // ascending
  ErrorCode error = ErrorCode::NONE;
};

struct ClusterInfo {
  std::string cluster_id;
  int32_t controller = -1;
  std::vector<BrokerInfo> brokers;
  std::vector<TopicDescription> topics;   // by name
  const TopicDescription* find(std::string_view name) const;
  const PartitionInfo* partition(const PartitionKey& key) const;
  std::vector<std::string> topic_names() const;
};

struct NewTopic {
  std::string name;
  int32_t partitions = -1;                // -1: the broker's default
  int16_t replicas = -1;
  std::vector<std::pair<std::string, std::string>> configs;
  std::vector<std::vector<int32_t>> assignments;  // brokers of each partition; then the two numbers stay -1
};

struct TopicResult { std::string name; ErrorCode error = ErrorCode::NONE; std::string message; int32_t partitions = -1; int16_t replicas = -1; };

struct NewPartitions { std::string topic; int32_t count = 0; std::vector<std::vector<int32_t>> assignments; };  // of the new ones; empty: the broker chooses
struct DeletedRecords { int64_t low_watermark = -1; ErrorCode error = ErrorCode::NONE; };
struct ListedOffset { int64_t offset = -1; int64_t timestamp_ms = -1; ErrorCode error = ErrorCode::NONE; };

// Special times of ListOffsets.
inline constexpr int64_t latest_time = -1, earliest_time = -2, max_timestamp_time = -3;

struct GroupListing { std::string group, protocol_type, state, type; int32_t coordinator = -1; };
struct GroupMember {
  std::string member_id, instance_id, client_id, host;
  std::vector<PartitionKey> assignment;
  std::vector<std::string> subscription;  // topics; known only while the group is Stable
};
struct GroupDescription {
  std::string group, state, protocol_type, protocol;
  std::vector<GroupMember> members;
  int32_t coordinator = -1;
};
struct CommittedOffset { int64_t offset = -1; int32_t leader_epoch = -1; std::string metadata; };
struct LeavingMember { std::string member_id, instance_id; };              // one of them

class Admin {
 public:
  Admin(Transport& transport, std::vector<BrokerAddress> bootstrap) : requests_(transport), bootstrap_(std::move(bootstrap)) {}

  Result<ClusterInfo> cluster();                                           // all topics
  Result<ClusterInfo> brokers();                                           // the same without topics: small however many there are
  Result<std::vector<TopicResult>> create_topics(const std::vector<NewTopic>& topics, bool validate_only, int32_t timeout_ms);
  Result<std::vector<TopicResult>> delete_topics(const std::vector<std::string>& names, int32_t timeout_ms);
  // admin_topics.cc
  Result<std::vector<TopicResult>> create_partitions(const std::vector<NewPartitions>& topics, bool validate_only, int32_t timeout_ms);
  // Deletes what lies before these offsets (-1: before the high watermark); each partition's leader is asked.
  Result<std::map<PartitionKey, DeletedRecords>> delete_records(const ClusterInfo& cluster, const std::map<PartitionKey, int64_t>& before, int32_t timeout_ms);

  // admin_configs.cc: brokers and their loggers are asked themselves, everything else anybody. The error is in each answer.
  Result<std::vector<ConfigEntry>> topic_configs(const std::string& topic);
  Result<std::vector<ResourceConfigs>> describe_configs(const std::vector<ConfigResource>& resources, const ConfigQuestion& question = {});
  Result<std::vector<ResourceResult>> incremental_alter_configs(const std::vector<ResourceChanges>& changes, bool validate_only);
  Result<std::vector<ConfigResource>> list_config_resources(const std::vector<ResourceType>& types);

  // admin_cluster.cc
  Result<std::vector<LogDir>> log_dirs(const ClusterInfo& cluster);        // of all brokers
  Result<std::map<PartitionKey, int64_t>> log_sizes();                     // bytes, of the leaders' replicas
  Result<QuorumInfo> quorum();
  Result<FeatureLevels> features();
  Result<std::vector<int32_t>> fenced_brokers();                           // empty where the broker is too old to say
  // At one time for each partition; a partition without a leader answers with its error.
  Result<std::map<PartitionKey, ListedOffset>> list_offsets(const ClusterInfo& cluster, const std::map<PartitionKey, int64_t>& times);

  Result<std::vector<GroupListing>> list_groups();                         // by name
  Result<GroupDescription> describe_group(const std::string& group);       // GROUP_ID_NOT_FOUND
  Result<std::map<PartitionKey, CommittedOffset>> committed(const std::string& group);

  // admin_group_lists.cc: many groups with one request to each coordinator. A group that went away meanwhile is left out.
  Result<std::vector<GroupDescription>> describe_groups(const std::vector<GroupListing>& groups);
  Result<std::map<std::string, std::map<PartitionKey, CommittedOffset>>> committed(const std::vector<GroupListing>& groups);

  // The batches at these offsets, about so many bytes of each partition and at least one batch; nothing where nothing lies there.
  Result<std::map<PartitionKey, Buffer>> fetch(const ClusterInfo& cluster, const std::map<PartitionKey, int64_t>& offsets, int32_t partition_bytes);

  // admin_group_changes.cc: what happened to each. Offsets are taken only while the group has no members (UNKNOWN_MEMBER_ID),
  // deleted only where no member subscribes to the topic (GROUP_SUBSCRIBED_TO_TOPIC).
  Result<std::map<PartitionKey, ErrorCode>> commit_offsets(const std::string& group, const std::map<PartitionKey, CommittedOffset>& offsets);
  Result<std::map<PartitionKey, ErrorCode>> delete_offsets(const std::string& group, const std::set<PartitionKey>& keys);
  Result<std::map<std::string, ErrorCode>> delete_groups(const std::vector<std::string>& groups);
  Result<std::vector<ErrorCode>> remove_members(const std::string& group, const std::vector<LeavingMember>& members, const std::string& reason);

 private:
  // Which of the bootstrap addresses is alive is found out once.
  template <class Response, class Request>
  Result<Answer<Response>> any(const Request& request, int16_t version_max = INT16_MAX) {
    if (answering_) return requests_.call<Response>(bootstrap_[*answering_], request, version_max);
    Error last{ErrorCode::NETWORK_EXCEPTION, "no address given"};
    for (size_t i = 0; i < bootstrap_.size(); ++i) {
      auto answer = requests_.call<Response>(bootstrap_[i], request, version_max);
      if (answer) return answering_ = i, std::move(answer);
      last = answer.error();
      if (last.code != ErrorCode::NETWORK_EXCEPTION && last.code != ErrorCode::REQUEST_TIMED_OUT) break;
    }
    return fail(last);
  }
  Result<ClusterInfo> describe(bool with_topics);
  Result<BrokerAddress> controller();
  Result<std::optional<BrokerAddress>> address_of(const ConfigResource& resource);
  template <class Response, class Request>
  Result<Answer<Response>> ask_resource(const std::optional<BrokerAddress>& to, const Request& request);
  Result<void> delete_records_of(const BrokerAddress& leader, const std::map<PartitionKey, int64_t>& before, int32_t timeout_ms, std::map<PartitionKey, DeletedRecords>& out);
  Result<BrokerInfo> coordinator(const std::string& group);
  Result<void> fetch_from(const BrokerAddress& leader, std::map<PartitionKey, int64_t> offsets, int32_t partition_bytes, std::map<PartitionKey, Buffer>& out);
  Result<void> list_offsets_of(const BrokerAddress& leader, const std::map<PartitionKey, int64_t>& times, std::map<PartitionKey, ListedOffset>& out);

  Requests requests_;
  std::vector<BrokerAddress> bootstrap_;
  std::optional<size_t> answering_;  // the bootstrap address that answered
};

// The partitions in a member's assignment, in the consumer protocol; empty for any other bytes.
std::vector<PartitionKey> parse_assignment(Bytes assignment);
std::vector<std::string> parse_subscription(Bytes subscription);  // and the topics of its subscription

}  // namespace evlog::client
