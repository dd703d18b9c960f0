// LazyLog: a partition's log, opened when it is first needed. Until then it is a few bytes: nothing at all (a partition that was
// never written to), or what the checkpoint of its directory says. Waking it reads nothing, so it never waits; the files are opened by
// the first read or write. Owned by a Partition, used on its loop.
#pragma once

#include <memory>

#include "config/config.h"
#include "log/dir_checkpoint.h"
#include "log/log.h"

namespace evlog::log {

// What the logs of one directory share. Outlives them.
struct LogHome {
  io::Loop& loop;
  LogDir& dir;
  FilePool& files;
  AppendMeter& meter;
  Backlog& backlog;
  int64_t producer_id_expiration_ms = 86'400'000;
  std::function<void(const Error&)> on_offline;
  std::function<void(const std::string&)> on_damage;

  OpenOptions options(const TopicPartition& name, const Uuid& topic_id) const;
};

class LazyLog {
 public:
  LazyLog(std::unique_ptr<Log> log, const LogHome* home = nullptr) : home_(home), log_(std::move(log)) {}  // awake
  explicit LazyLog(const LogHome& home) : home_(&home) {}                                                  // nothing on disk yet
  // CORRUPT_MESSAGE when the bytes are no state.
  static Result<LazyLog> asleep(const LogHome& home, StateBytes bytes);

  // Whose log it is; references outlive it. Before anything else.
  void belongs_to(const TopicPartition& name, const Uuid& topic_id, const std::shared_ptr<const config::TopicConfig>& config);
  // Wakes it.
  Log* operator->() const { return &awakened(); }
  Log& operator*() const { return awakened(); }

  bool awake() const { return log_ != nullptr; }
  bool offline() const { return log_ && log_->offline(); }
  Offset log_start_offset() const { return log_ ? log_->log_start_offset() : start_; }
  Offset log_end_offset() const { return log_ ? log_->log_end_offset() : end_; }
  Offset written_end_offset() const { return log_ ? log_->written_end_offset() : end_; }
  Offset durable_end_offset() const { return log_ ? log_->durable_end_offset() : end_; }
  uint64_t size_bytes() const;
  void begin_epoch(LeaderEpoch epoch);  // kept until it wakes: an epoch without records needs no file
  void set_config();                    // the partition's has changed

  const LogHome* home() const { return home_; }
  const StateBytes& state() const { return state_; }  // while it sleeps; empty when there is nothing on disk
  // Whether the files are as a clean stop leaves them; only then may it sleep through one.
  bool closed() const { return closed_; }
  // While it sleeps: false when retention by these rules surely has nothing to do, told without waking it.
  bool may_retain(const config::TopicConfig& config, WallTime now) const;

 private:
  Log& awakened() const;

  const LogHome* home_ = nullptr;
  const TopicPartition* name_ = nullptr;
  const Uuid* topic_id_ = nullptr;
  const std::shared_ptr<const config::TopicConfig>* config_ = nullptr;
  mutable std::unique_ptr<Log> log_;
  mutable StateBytes state_;
  Offset start_{0}, end_{0};
  LeaderEpoch epoch_ = epoch_none;
  bool closed_ = true;
};

}  // namespace evlog::log
