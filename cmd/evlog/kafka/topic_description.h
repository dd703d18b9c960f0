// What `kafka-topics --describe` prints, gathered for some topics: partitions with their eligible leaders, and settings.
#pragma once

#include <map>

#include "evlog/kafka/options.h"
#include "evlog/kafka/session.h"

namespace evlog::cmd::kafka {

class TopicDescriptions {
 public:
  // `with_elr`: ask for eligible leader replicas too, so many partitions at a time.
  TopicDescriptions(Session& session, const client::ClusterInfo& cluster, const Options& options, bool with_elr, int32_t partitions_max)
      : session_(session), cluster_(cluster), options_(options), with_elr_(with_elr), partitions_max_(partitions_max) {}

  Result<void> fetch(const std::vector<std::string>& names);
  void print() const;

 private:
  struct Elr { std::optional<std::vector<int32_t>> eligible, last_known; };
  using Configs = std::vector<client::ConfigEntry>;

  Result<void> fetch_configs(const std::vector<std::string>& names);
  Result<void> fetch_elr(const std::vector<std::string>& names);
  void print_topic(const client::TopicDescription& topic, const Configs& configs) const;
  void print_partition(const client::TopicDescription& topic, const client::PartitionInfo& partition) const;
  bool wanted(const client::PartitionInfo& partition, const Configs& configs) const;
  bool whole_topics() const;

  Session& session_;
  const client::ClusterInfo& cluster_;
  const Options& options_;
  bool with_elr_;
  int32_t partitions_max_;
  std::vector<std::pair<const client::TopicDescription*, Configs>> topics_;
  std::map<client::PartitionKey, Elr> elr_;
};

}  // namespace evlog::cmd::kafka
