#include "cluster/plan.h"

#include <algorithm>
#include <array>

namespace evlog::cluster_test {
namespace {

template <class T, size_t N>
T one_of(Random& random, const std::array<T, N>& choices) { return choices[random.below(N)]; }

std::string between(Random& random, int64_t low, int64_t high) { return std::to_string(random.between(low, high)); }

}  // namespace

Plan Plan::draw(uint64_t seed) {
  Random random(seed ^ 0x9E3779B97F4A7C15ull);
  Plan plan;
  plan.partitions = static_cast<int>(random.between(1, 3));
  plan.producers_idempotent = static_cast<int>(random.between(1, 2));
  plan.producers_plain = static_cast<int>(random.between(0, 2));
  plan.consumers = static_cast<int>(random.between(1, 2));
  plan.members = static_cast<int>(random.between(2, 4));
  plan.think = milliseconds(one_of(random, std::array{20, 60, 150}));
  plan.request_timeout = milliseconds(random.between(700, 4000));
  plan.fault_time = milliseconds(random.between(8'000, 20'000));
  plan.in_flight_max = static_cast<int>(random.between(1, 5));
  plan.records_max = one_of(random, std::array{1, 4, 12});
  plan.value_bytes_max = one_of(random, std::array{20, 300, 3000});

  // Small segments, short sessions: what takes a day in life takes a second here.
  plan.broker = {
      {"listeners", "PLAINTEXT://broker:9092,CONTROLLER://broker:9093"},
      {"advertised.listeners", "PLAINTEXT://broker:9092"},
      {"listener.security.protocol.map", "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT"},
      {"controller.listener.names", "CONTROLLER"},
      {"node.id", "1"},
      {"log.dirs", random.chance(0.7) ? "/data" : "/data1,/data2"},
      {"auto.create.topics.enable", "false"},
      {"offsets.topic.num.partitions", between(random, 1, 3)},
      {"log.roll.ms", one_of(random, std::array<std::string, 2>{"604800000", "2000"})},
      {"group.initial.rebalance.delay.ms", one_of(random, std::array<std::string, 2>{"0", "300"})},
      {"group.min.session.timeout.ms", "100"},
      {"offsets.retention.check.interval.ms", between(random, 100, 5000)},
      {"log.retention.check.interval.ms", between(random, 500, 20'000)},
      {"log.flush.offset.checkpoint.interval.ms", between(random, 200, 10'000)},
      {"replica.high.watermark.checkpoint.interval.ms", between(random, 200, 10'000)},
      {"max.incremental.fetch.session.cache.slots", one_of(random, std::array<std::string, 2>{"1", "100"})},
  };
  const int64_t largest_batch = plan.records_max * (plan.value_bytes_max + 64) + 200;
  // Clocks jump here, so no timestamp is too far from now.
  plan.topic = {{"message.timestamp.after.max.ms", "9223372036854775807"}, {"internal.segment.bytes", std::to_string(largest_batch * random.between(1, 8))}};
  if (random.chance(0.3)) plan.topic.emplace_back("segment.ms", between(random, 200, 3000));
  if (random.chance(0.5)) plan.topic.emplace_back("index.interval.bytes", one_of(random, std::array<std::string, 2>{"0", "500"}));
  // Drawn last: what was drawn before stays the same for the seeds that are kept.
  plan.trims = random.chance(0.5);
  plan.grows = random.chance(0.5);
  plan.memory = random.chance(0.15);
  plan.retained = random.chance(0.3);
  if (plan.memory) plan.topic.emplace_back("evlog.durability", "memory");
  if (plan.retained && random.chance(0.6)) plan.topic.emplace_back("retention.ms", between(random, 500, 8000));
  else if (plan.retained) plan.topic.emplace_back("retention.bytes", std::to_string(largest_batch * random.between(1, 20)));
  if (plan.retained || plan.trims) plan.topic.emplace_back("file.delete.delay.ms", one_of(random, std::array<std::string, 2>{"0", "3000"}));
  plan.tunes = random.chance(0.4);
  plan.two_directories = std::ranges::find(plan.broker, "log.dirs", &std::pair<std::string, std::string>::first)->second != "/data" && random.chance(0.5);
  // Write-ahead files that are full all the time, and often what goes by itself in life goes through them.
  plan.broker.emplace_back("evlog.wal.bytes", random.chance(0.2) ? "0" : between(random, 5'000, 60'000));
  plan.broker.emplace_back("evlog.wal.files.min", one_of(random, std::array<std::string, 4>{"1", "1", "2", "4"}));
  if (random.chance(0.5)) plan.tellers = static_cast<int>(random.between(1, 3));
  plan.ledger = {{"message.timestamp.after.max.ms", "9223372036854775807"}, {"internal.segment.bytes", std::to_string(largest_batch * random.between(1, 8))}, {"index.interval.bytes", one_of(random, std::array<std::string, 2>{"0", "500"})}};
  if (plan.tellers > 0) plan.broker.emplace_back("transaction.partition.verification.enable", "false");
  // Checkpoints after a few batches, so that crashes find old and new ones, and half-written ones.
  if (random.chance(0.7)) plan.broker.emplace_back("evlog.checkpoint.bytes", between(random, 1, 20'000));
  plan.rots_snapshots = random.chance(0.5);
  if (random.chance(0.8)) plan.broker.emplace_back("metadata.log.max.record.bytes.between.snapshots", between(random, 300, 6000));
  if (random.chance(0.5)) plan.broker.emplace_back("metadata.log.max.snapshot.interval.ms", between(random, 0, 4000));
  plan.broker.emplace_back("metadata.max.retention.bytes", one_of(random, std::array<std::string, 3>{"0", "8000", "30000"}));
  plan.broker.emplace_back("metadata.max.retention.ms", one_of(random, std::array<std::string, 2>{"604800000", "3000"}));
  plan.broker.emplace_back("internal.metadata.log.segment.bytes", between(random, 1000, 10'000));
  return plan;
}

}  // namespace evlog::cluster_test
