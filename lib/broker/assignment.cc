#include "broker/assignment.h"

#include <algorithm>

#include "cluster/election.h"

namespace evlog::broker {

Replicas active_of(const cluster::Image& image, const Replicas& replicas) {
  Replicas active;
  std::ranges::copy_if(replicas, std::back_inserter(active), [&](BrokerId id) { return cluster::is_alive(image, id); });
  return active;
}

Replicas replicas_of(const std::vector<int32_t>& brokers) { return {brokers.begin(), brokers.end()}; }

wire::Array<int32_t> broker_ids(const Replicas& replicas) {
  wire::Array<int32_t> array;
  array.reserve(replicas.size());
  for (BrokerId id : replicas) array.push_back(id.value());
  return array;
}

Result<void> check_manual(const cluster::Image& image, const std::vector<int32_t>& brokers, std::optional<size_t> replication_factor) {
  constexpr auto invalid = ErrorCode::INVALID_REPLICA_ASSIGNMENT;
  if (brokers.empty()) return fail(invalid, "The manual partition assignment includes an empty replica list.");
  auto sorted = brokers;
  std::ranges::sort(sorted);
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (!image.broker(BrokerId(sorted[i])))
      return fail(invalid, "The manual partition assignment includes broker {}, but no such broker is registered.", sorted[i]);
    if (i > 0 && sorted[i] == sorted[i - 1])
      return fail(invalid, "The manual partition assignment includes the broker {} more than once.", sorted[i]);
  }
  if (replication_factor && *replication_factor != sorted.size())
    return fail(invalid, "The manual partition assignment includes a partition with {} replica(s), but this is not consistent with previous partitions, which have {} replica(s).",
                sorted.size(), *replication_factor);
  return {};
}

Uuid Directories::next(BrokerId id) {
  const auto* broker = image_.broker(id);
  if (!broker || broker->log_dirs.empty()) return directory_unassigned;
  if (broker->log_dirs.size() == 1) return broker->log_dirs.front();
  if (!counted_) count();
  const Uuid best = *std::ranges::min_element(broker->log_dirs, {}, [&](const Uuid& dir) { return counts_[dir]; });
  ++counts_[best];
  return best;
}

void Directories::count() {
  for (const auto& [name, topic] : image_.topics())
    for (const auto& partition : topic->partitions)
      for (const Uuid& dir : partition.directories) ++counts_[dir];
  counted_ = true;
}

wire::PartitionRecord partition_record(const cluster::Image& image, Directories& directories, const Uuid& topic, size_t index, const Replicas& replicas) {
  const Replicas isr = active_of(image, replicas);
  wire::PartitionRecord record;
  record.partition_id = static_cast<int32_t>(index);
  record.topic_id = topic;
  record.replicas = broker_ids(replicas);
  record.isr = broker_ids(isr);
  record.leader = isr.front().value();
  record.leader_epoch = 0;
  record.partition_epoch = 0;
  for (BrokerId id : replicas) record.directories.push_back(directories.next(id));
  return record;
}

}  // namespace evlog::broker
