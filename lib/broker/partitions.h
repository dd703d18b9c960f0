// Partitions: every partition hosted on this broker, open and kept equal to the image: created, given their role, retired and
// their directories removed. Owned by the server. A Partition pointer is valid until the next co_await: ask again after it.
//
// After a crash: directories of partitions that are in the metadata log are recovered; unknown ones are set aside, never deleted.
#pragma once

#include <map>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "broker/broker.h"
#include "io/task.h"
#include "log/log_dirs.h"
#include "partition/partition.h"

namespace evlog::broker {

class Partitions {
 public:
  Partitions(Broker& broker, io::Nursery& nursery, log::LogDirs& dirs);
  ~Partitions();

  // Opens what the image assigns to this broker; unclean: as after a crash. Run once, before the first image change is applied.
  io::task<Result<void>> open_all(cluster::ImagePtr image);
  // Follows the image: creates, changes roles, deletes. Returns when the changes of `now` are in effect here.
  io::task<> apply(cluster::ImagePtr before, cluster::ImagePtr now);

  partition::Partition* find(std::string_view topic, int32_t index);
  partition::Partition* find(const Uuid& topic_id, int32_t index);
  // All of them in order of name, for DescribeLogDirs, retention and checkpoints.
  const std::map<partition::TopicPartition, std::unique_ptr<partition::Partition>>& all() const { return all_; }
  log::LogDirs& dirs() { return dirs_; }

  // Retention and rolling by age of every partition, and the checkpoint files. Called by the server's upkeep.
  io::task<> retain();
  io::task<Result<void>> checkpoint();
  io::task<Result<void>> close();   // clean stop: flush, snapshots, checkpoints, .kafka_cleanshutdown

 private:
  io::task<Result<void>> open(const cluster::TopicView& topic, const cluster::PartitionView& view);
  void add_to_index(partition::Partition& partition);
  config::TopicConfig config_of(const cluster::Image& image, const std::string& topic) const;
  io::task<> remove(partition::TopicPartition name);

  Broker& broker_;
  io::Nursery& nursery_;
  log::LogDirs& dirs_;
  std::map<partition::TopicPartition, std::unique_ptr<partition::Partition>> all_;
  std::map<std::pair<Uuid, int32_t>, partition::Partition*> by_id_;
  std::vector<std::unique_ptr<partition::Partition>> retired_;  // deleted, kept until their waiters are answered
};

}  // namespace evlog::broker
