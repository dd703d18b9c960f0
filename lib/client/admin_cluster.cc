// The cluster's own state: log directories, quorum, feature levels, fenced brokers.
#include "client/admin_cluster.h"

#include <algorithm>

#include "client/admin.h"
#include "wire/api/api_versions.h"
#include "wire/api/describe_cluster.h"
#include "wire/api/describe_log_dirs.h"
#include "wire/api/describe_quorum.h"
#include "wire/api/metadata.h"

namespace evlog::client {
namespace {

LogDir log_dir(int32_t broker, const wire::DescribeLogDirsResponse::LogDir& dir) {
  LogDir out{.broker = broker, .path = std::string(dir.log_dir), .error = dir.error_code, .total_bytes = dir.total_bytes, .usable_bytes = dir.usable_bytes, .replicas = {}};
  for (const auto& topic : dir.topics)
    for (const auto& p : topic.partitions) out.replicas[{std::string(topic.name), p.partition_index}] = {p.partition_size, p.offset_lag, p.is_future_key};
  return out;
}

std::vector<QuorumReplica> replicas(const auto& from) {
  std::vector<QuorumReplica> out;
  for (const auto& r : from) out.push_back({r.replica_id, r.replica_directory_id, r.log_end_offset, r.last_fetch_timestamp, r.last_caught_up_timestamp});
  return out;
}

}  // namespace

// A broker that does not answer is one row with its error: the others have something to say nevertheless.
Result<std::vector<LogDir>> Admin::log_dirs(const ClusterInfo& info) {
  std::vector<LogDir> out;
  for (const BrokerInfo& broker : info.brokers) {
    wire::DescribeLogDirsRequest request;
    request.topics = std::nullopt;
    const auto answer = requests_.call<wire::DescribeLogDirsResponse>(broker.address, request);
    const ErrorCode error = answer ? answer->body.error_code : answer.error().code;
    if (error != ErrorCode::NONE) {
      out.push_back({.broker = broker.id, .path = {}, .error = error, .replicas = {}});
      continue;
    }
    for (const auto& dir : answer->body.results) out.push_back(log_dir(broker.id, dir));
  }
  return out;
}

Result<std::map<PartitionKey, int64_t>> Admin::log_sizes() {
  const auto info = brokers();
  if (!info) return fail(info.error());
  const auto dirs = log_dirs(*info);
  if (!dirs) return fail(dirs.error());
  std::map<PartitionKey, int64_t> out;
  for (const LogDir& dir : *dirs) {
    for (const auto& [key, replica] : dir.replicas) {
      int64_t& size = out[key];
      if (!replica.future) size = std::max(size, replica.bytes);
    }
  }
  return out;
}

Result<QuorumInfo> Admin::quorum() {
  wire::DescribeQuorumRequest request;
  auto& topic = request.topics.emplace_back();
  topic.topic_name = "__cluster_metadata";
  topic.partitions.emplace_back();
  const auto answer = any<wire::DescribeQuorumResponse>(request);
  if (!answer) return fail(answer.error());
  if (answer->body.error_code != ErrorCode::NONE) return fail(answer->body.error_code);
  for (const auto& t : answer->body.topics) {
    for (const auto& p : t.partitions) {
      if (p.error_code != ErrorCode::NONE) return fail(p.error_code);
      return QuorumInfo{p.leader_id, p.leader_epoch, p.high_watermark, replicas(p.current_voters), replicas(p.observers)};
    }
  }
  return fail(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "the broker did not describe its quorum");
}

Result<FeatureLevels> Admin::features() {
  const wire::ApiVersionsRequest request{.client_software_name = "evlog", .client_software_version = EVLOG_VERSION};
  const auto answer = any<wire::ApiVersionsResponse>(request);
  if (!answer) return fail(answer.error());
  std::map<std::string, FeatureLevel> by_name;
  for (const auto& f : answer->body.supported_features) {
    FeatureLevel& level = by_name[std::string(f.name)];
    level.supported_min = f.min_version, level.supported_max = f.max_version;
  }
  for (const auto& f : answer->body.finalized_features) by_name[std::string(f.name)].finalized = f.max_version_level;
  FeatureLevels out{.epoch = answer->body.finalized_features_epoch, .features = {}};
  for (auto& [name, level] : by_name) level.name = name, out.features.push_back(level);
  return out;
}

Result<std::vector<int32_t>> Admin::fenced_brokers() {
  wire::DescribeClusterRequest request;
  request.include_fenced_brokers = true;
  const auto answer = any<wire::DescribeClusterResponse>(request);
  if (!answer) return fail(answer.error());
  std::vector<int32_t> out;
  for (const auto& broker : answer->body.brokers)
    if (broker.is_fenced) out.push_back(broker.broker_id);
  return out;
}

}  // namespace evlog::client
