#include "cluster/placement.h"

namespace evlog::cluster {

Result<std::vector<std::vector<BrokerId>>> place(const Image& image, int32_t partitions, int16_t replication_factor, Random& random) {
  std::vector<BrokerId> alive;
  for (const auto& [id, broker] : image.brokers())
    if (!broker.fenced) alive.push_back(id);
  if (alive.empty())
    return fail(ErrorCode::INVALID_REPLICATION_FACTOR,
                "Unable to replicate the partition {} time(s): All brokers are currently fenced or have all their log directories cordoned.", replication_factor);
  if (static_cast<size_t>(replication_factor) > alive.size())
    return fail(ErrorCode::INVALID_REPLICATION_FACTOR,
                "Unable to replicate the partition {} time(s): The target replication factor of {} cannot be reached because only {} broker(s) are registered or some brokers have all their log directories cordoned.",
                replication_factor, replication_factor, alive.size());
  std::vector<std::vector<BrokerId>> placed;
  placed.reserve(static_cast<size_t>(partitions));
  const size_t first = random.below(alive.size());
  for (size_t p = 0; p < static_cast<size_t>(partitions); ++p) {
    auto& replicas = placed.emplace_back();
    // Each round of partitions shifts the followers by one more, so that a broker's load spreads over all others when it dies.
    const size_t shift = p / alive.size();
    for (size_t r = 0; r < static_cast<size_t>(replication_factor); ++r) {
      const size_t step = r == 0 ? 0 : 1 + (shift + r - 1) % (alive.size() - 1);
      replicas.push_back(alive[(first + p + step) % alive.size()]);
    }
  }
  return placed;
}

}  // namespace evlog::cluster
