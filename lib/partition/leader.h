// Leader: what a broker knows of a partition while it leads it: the epoch, the in-sync replicas and how far each is durable.
#pragma once

#include <map>
#include <vector>

#include "base/strong.h"
#include "cluster/image.h"
#include "partition/high_watermark.h"

namespace evlog::partition {

class Leader {
 public:
  Leader(BrokerId local, LeaderEpoch epoch, Offset epoch_start, Offset high_watermark);

  void apply(const cluster::PartitionView& view, int32_t min_insync_replicas);
  LeaderEpoch epoch() const { return epoch_; }
  Offset epoch_start() const { return epoch_start_; }
  Offset high_watermark() const { return high_watermark_.value(); }

  // `end`: every record below it is durable there. True when the high watermark moved.
  bool durable(BrokerId replica, Offset end);
  // |ISR| >= min(min.insync.replicas, number of replicas), Kafka's effective minimum.
  bool enough_replicas() const { return isr_.size() >= min_insync_; }
  size_t isr_size() const { return isr_.size(); }
  size_t min_insync() const { return min_insync_; }

 private:
  bool advance();

  BrokerId local_;
  LeaderEpoch epoch_;
  Offset epoch_start_;
  HighWatermark high_watermark_;
  std::vector<BrokerId> isr_;
  size_t min_insync_ = 1;
  std::map<BrokerId, Offset> durable_;
};

}  // namespace evlog::partition
