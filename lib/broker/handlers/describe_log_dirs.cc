// DescribeLogDirs: the log directories of this broker, what lies in them and how full their volumes are. The metadata log is not
// a partition of theirs.
#include <set>

#include "broker/broker.h"
#include "broker/handlers/handlers.h"
#include "broker/partitions.h"

namespace evlog::broker {
namespace {

using Request = wire::DescribeLogDirsRequest;
using Response = wire::DescribeLogDirsResponse;
using LogDir = Response::LogDir;
using Asked = std::optional<std::set<TopicPartition>>;  // nullopt: all

Asked asked_for(const Request& request) {
  if (!request.topics) return std::nullopt;
  std::set<TopicPartition> asked;
  for (const auto& topic : *request.topics)
    for (int32_t index : topic.partitions) asked.insert({std::string(topic.topic), PartitionIndex(index)});
  return asked;
}

void describe_partition(const partition::Partition& partition, LogDir::Topic::Partition& out) {
  out.partition_index = partition.name().partition.value();
  out.partition_size = static_cast<int64_t>(partition.lazy_log().size_bytes());
  out.offset_lag = std::max<int64_t>(partition.high_watermark() - partition.log_end_offset(), 0);
}

void describe_space(Broker& broker, const std::string& path, LogDir& out) {
  const auto space = broker.loop.disk().space(path);
  if (!space) return;
  out.total_bytes = static_cast<int64_t>(std::min<uint64_t>(space->total_bytes, INT64_MAX));
  out.usable_bytes = static_cast<int64_t>(std::min<uint64_t>(space->free_bytes, INT64_MAX));
}

// The partitions are in order of topic, so each topic is one run of them.
void describe_topics(Partitions& partitions, const log::LogDir& dir, const Asked& asked, LogDir& out) {
  std::string_view topic;
  for (const auto& [name, partition] : partitions.all()) {
    if (partitions.dir_of(*partition) != &dir || (asked && !asked->contains(name))) continue;
    if (out.topics.empty() || topic != name.topic) out.topics.emplace_back().name = topic = name.topic;
    describe_partition(*partition, out.topics.items().back().partitions.emplace_back());
  }
}

}  // namespace

io::task<Response> describe_log_dirs(Context& context, const Request& request) {
  Response response;
  if (!context.authorize(auth::Operation::describe, auth::ResourceType::cluster, auth::cluster_resource)) {
    response.error_code = ErrorCode::CLUSTER_AUTHORIZATION_FAILED;
    co_return response;
  }
  auto& broker = context.broker();
  const Asked asked = asked_for(request);
  for (const auto& dir : broker.partitions->dirs()) {
    auto& out = response.results.emplace_back();
    out.log_dir = dir->path();
    if (dir->offline()) {
      out.error_code = ErrorCode::KAFKA_STORAGE_ERROR;
      continue;
    }
    describe_space(broker, dir->path(), out);
    describe_topics(*broker.partitions, *dir, asked, out);
  }
  co_return response;
}

}  // namespace evlog::broker
