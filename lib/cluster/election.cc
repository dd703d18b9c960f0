#include "cluster/election.h"

#include <algorithm>

namespace evlog::cluster {
namespace {

constexpr BrokerId nobody{-1};

// A leader must be alive, and hold all that was acknowledged: in sync, or eligible since it was (KIP-966).
bool may_lead(const Image& image, const PartitionView& partition, BrokerId id) {
  const auto holds = [&](const std::vector<BrokerId>& brokers) { return std::ranges::find(brokers, id) != brokers.end(); };
  return is_alive(image, id) && (holds(partition.isr) || (partition.isr.empty() && holds(partition.elr)));
}

BrokerId first_that_may(const Image& image, const PartitionView& partition) {
  const auto found = std::ranges::find_if(partition.replicas, [&](BrokerId id) { return may_lead(image, partition, id); });
  return found == partition.replicas.end() ? nobody : *found;
}

}  // namespace

bool is_alive(const Image& image, BrokerId id) {
  const auto* broker = image.broker(id);
  return broker && !broker->fenced && !broker->in_controlled_shutdown;
}

bool election_needed(const PartitionView& partition, Election kind) {
  return kind == Election::preferred ? partition.replicas.empty() || partition.leader != partition.replicas.front() : partition.leader == nobody;
}

Elected elect(const Image& image, const PartitionView& partition, Election kind) {
  if (partition.replicas.empty()) return {};
  if (kind == Election::preferred && may_lead(image, partition, partition.replicas.front())) return {partition.replicas.front()};
  if (may_lead(image, partition, partition.leader)) return {partition.leader};
  if (const BrokerId next = first_that_may(image, partition); next != nobody) return {next};
  if (kind == Election::preferred) return {};
  const auto alive = std::ranges::find_if(partition.replicas, [&](BrokerId id) { return is_alive(image, id); });
  return alive == partition.replicas.end() ? Elected{} : Elected{*alive, true};
}

}  // namespace evlog::cluster
