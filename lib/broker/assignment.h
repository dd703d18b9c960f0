// Which brokers hold a new partition: what is checked of an assignment by hand, which log directory a replica gets, and the record
// that says so. Shared by the creation of topics and of partitions; the checks and sentences are those of Kafka's controller.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "base/result.h"
#include "cluster/image.h"
#include "wire/record/metadata.h"

namespace evlog::broker {

using Replicas = std::vector<BrokerId>;
using Assignment = std::vector<Replicas>;  // by partition index

inline constexpr size_t records_per_request_max = 10'000;  // of topics, settings and partitions together
inline constexpr std::string_view too_many_records = "Unable to perform excessively large batch operation.";

Replicas active_of(const cluster::Image& image, const Replicas& replicas);
Replicas replicas_of(const std::vector<int32_t>& brokers);
wire::Array<int32_t> broker_ids(const Replicas& replicas);

// INVALID_REPLICA_ASSIGNMENT: nobody, somebody unknown, somebody twice, or another number than `replication_factor` where one is given.
Result<void> check_manual(const cluster::Image& image, const std::vector<int32_t>& brokers, std::optional<size_t> replication_factor);

// How many replicas each log directory holds; a new one goes to the emptiest of its broker. Lives for one request.
class Directories {
 public:
  explicit Directories(const cluster::Image& image) : image_(image) {}
  Uuid next(BrokerId id);

 private:
  void count();

  const cluster::Image& image_;
  std::map<Uuid, size_t> counts_;
  bool counted_ = false;
};

// At least one of `replicas` must be active: the first of those leads.
wire::PartitionRecord partition_record(const cluster::Image& image, Directories& directories, const Uuid& topic, size_t index, const Replicas& replicas);

}  // namespace evlog::broker
