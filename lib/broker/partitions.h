// Partitions: every partition hosted on this broker, open and kept equal to the image: created, given their role, retired and
// their directories removed. Owned by the server. A Partition pointer is valid until the next co_await: ask again after it.
//
// A partition's log sleeps until it is needed, and has no directory before its first batch. After a clean stop all that is known of
// them comes from the checkpoint, and no directory is looked at; after a crash what lies behind it is scanned. Directories of partitions
// that the metadata log does not know are set aside (`-stray`, as Kafka names them) and named in the server's log, never deleted; a
// deletion that was begun is finished.
#pragma once

#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "broker/broker.h"
#include "broker/checkpointer.h"
#include "io/task.h"
#include "log/file_pool.h"
#include "log/log_dir.h"
#include "log/mutex.h"
#include "partition/partition.h"

namespace evlog::broker {

using log::TopicPartition;

class Partitions {
 public:
  using LogDirs = std::vector<std::unique_ptr<log::LogDir>>;

  Partitions(Broker& broker, io::Nursery& nursery, LogDirs dirs);
  ~Partitions();

  // Opens what the image assigns to this broker. Run once, before the first image change is applied.
  // `last_epoch`: the broker epoch of the run before this one; a checkpoint of another run says nothing.
  io::task<Result<void>> open_all(cluster::ImagePtr image, int64_t last_epoch);
  // Follows the image: creates, changes roles, deletes. Changes are carried out one after another; this returns when those up to
  // `now` are in effect here.
  io::task<> apply(cluster::ImagePtr before, cluster::ImagePtr now);
  io::task<> caught_up(Offset offset);           // waits until the image at `offset` is in effect here

  // Requests ask with the id that the image gives a name: right after a topic was deleted and made again, the name alone may still
  // mean the old partition here.
  partition::Partition* find(const Uuid& topic_id, int32_t index);
  partition::Partition* find(std::string_view topic, int32_t index);
  const std::map<TopicPartition, std::unique_ptr<partition::Partition>>& all() const { return all_; }
  LogDirs& dirs() { return dirs_; }
  // Called when a directory goes offline, once for each.
  void on_directory_failed(std::function<void(const log::LogDir&, const Error&)> call) { on_directory_failed_ = std::move(call); }
  // Called when a partition was opened late, after a disk had been full.
  void on_opened_late(std::function<void()> call) { on_opened_late_ = std::move(call); }
  log::LogDir* dir_of(const partition::Partition& partition) const;
  bool unclean() const;                          // some directory was not stopped cleanly
  // The directory for a new replica: the one online with the fewest partitions. Null when all failed.
  log::LogDir* choose_dir();

  io::task<> retain(bool by_time);               // retention and rolling by age of every partition; finishes deletions
  io::task<Result<void>> checkpoint();           // the checkpoint files of every directory
  // Until every log of `dir` durably begins where it begins now; requests that come together share one write.
  // REQUEST_TIMED_OUT at the deadline, KAFKA_STORAGE_ERROR when it could not be written.
  io::task<Result<void>> save_log_starts(log::LogDir& dir, MonoTime deadline);
  io::task<> checkpoints_quiet();                // until none is being written
  io::task<Result<void>> close();                // clean stop: flush, producer snapshots, checkpoints
  io::task<Result<void>> mark_clean();           // the last write of a clean stop, after the metadata log is closed too

 private:
  using TopicConfigPtr = std::shared_ptr<const config::TopicConfig>;  // one for all partitions of a topic
  io::task<Result<void>> open(std::string topic, Uuid topic_id, cluster::PartitionView view, TopicConfigPtr config);
  io::task<Result<log::LazyLog>> open_log(const log::LogHome& home, TopicPartition name, Uuid topic_id, TopicConfigPtr config);
  io::task<Result<std::unique_ptr<log::Log>>> recover(const log::LogHome& home, TopicPartition name, Uuid topic_id, TopicConfigPtr config, const log::LogState* state);
  io::task<Result<void>> look_at(log::LogDir& dir, const cluster::Image& image);
  const log::LogHome& home_of(const log::LogDir& dir) const;
  io::task<> remove(TopicPartition name);
  io::task<> remove_files(log::LogDir& dir, Duration delay);
  TopicConfigPtr config_of(const config::Config& layers, const cluster::Image& image, const std::string& topic) const;
  bool hosted(const cluster::PartitionView& view) const;
  void open_failed(const Error& error);
  io::task<> reopen();
  io::task<bool> open_missing();
  bool is_there(const TopicPartition& name, const Uuid& topic_id) const;
  void take_offline(log::LogDir& dir, const Error& error);
  void device_error(log::LogDir& dir, const Error& error);
  void space_changed(log::LogDir& dir, bool low);
  io::task<> make_room();
  log::LogDir* dir_for(const cluster::PartitionView& view, const TopicPartition& name);
  log::LogDir::AllEnds ends_in(const log::LogDir& dir) const;
  io::task<> keep_saving(log::LogDir& dir);

  struct TopicKey {
    Uuid id;
    int32_t index;
    auto operator<=>(const TopicKey&) const = default;
  };
  Broker& broker_;
  io::Nursery& nursery_;
  LogDirs dirs_;
  log::FilePool files_;
  Checkpointer checkpointer_;
  log::Backlog backlog_;
  std::vector<std::unique_ptr<log::LogHome>> homes_;  // one for each of dirs_
  int64_t last_epoch_ = -1;
  std::map<TopicPartition, std::unique_ptr<partition::Partition>> all_;
  std::map<TopicKey, partition::Partition*> by_id_;
  std::list<std::unique_ptr<partition::Partition>> leaving_;  // retired and still used by somebody: they outlive those
  std::map<const log::LogDir*, size_t> counts_;  // partitions in each
  struct Found { log::LogDir* dir; std::optional<Uuid> topic_id; };
  std::map<TopicPartition, Found> found_;        // what lay in the directories at start and is not open
  // How often log starts were to be saved in a directory, up to which of these they are, and up to which it was tried.
  struct Saving { uint64_t asked = 0, saved = 0, tried = 0; bool running = false; };
  std::map<const log::LogDir*, Saving> saving_;
  io::Event saved_event_;
  std::function<void(const log::LogDir&, const Error&)> on_directory_failed_;
  std::function<void()> on_opened_late_;
  log::Mutex changing_;                              // following the image, or opening what could not be opened
  bool reopening_ = false;
  Offset applied_{-1};
  io::Event applied_event_;
  bool closed_cleanly_ = false;
  bool making_room_ = false;
};

}  // namespace evlog::broker
