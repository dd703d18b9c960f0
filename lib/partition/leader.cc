#include "partition/leader.h"

#include <algorithm>

namespace evlog::partition {

Leader::Leader(BrokerId local, LeaderEpoch epoch, Offset epoch_start, Offset high_watermark)
    : local_(local), epoch_(epoch), epoch_start_(epoch_start), high_watermark_(high_watermark) {}

void Leader::apply(const cluster::PartitionView& view, int32_t min_insync_replicas) {
  isr_ = view.isr;
  min_insync_ = std::min(static_cast<size_t>(std::max(min_insync_replicas, 1)), view.replicas.size());
  // A replica's end is kept only while it belongs: one that comes back reports anew.
  std::erase_if(durable_, [&](const auto& entry) { return std::ranges::find(view.replicas, entry.first) == view.replicas.end(); });
}

bool Leader::durable(BrokerId replica, Offset end) {
  auto& known = durable_.try_emplace(replica, Offset{0}).first->second;
  known = std::max(known, end);
  return advance();
}

bool Leader::advance() {
  if (isr_.empty() || !enough_replicas()) return false;
  Offset lowest{INT64_MAX};
  for (BrokerId member : isr_) {
    const auto found = durable_.find(member);
    if (found == durable_.end()) return false;
    lowest = std::min(lowest, found->second);
  }
  return high_watermark_.advance(lowest);
}

}  // namespace evlog::partition
