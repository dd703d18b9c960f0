// Checkpointer: writes `evlog-checkpoint` of each log directory: at a clean stop, soon after a start, and whenever evlog.checkpoint.bytes
// were appended since, so that a start after a crash scans no more than that. Owned by Partitions; one coroutine while it writes, none
// otherwise.
//
// The rule that makes an entry exact: the state is taken as of one end offset E, what is queued included; then everything below E is made
// durable in the log's own files; then the checkpoint is written. A log that dropped or truncated something meanwhile is left out.
#pragma once

#include <vector>

#include "broker/broker.h"
#include "io/task.h"
#include "log/append_meter.h"
#include "log/dir_checkpoint.h"

namespace evlog::log { class LogDir; }

namespace evlog::broker {

class Checkpointer {
 public:
  Checkpointer(Broker& broker, Partitions& partitions, io::Nursery& nursery);

  log::AppendMeter& meter() { return meter_; }
  void write_soon();                // in the background
  io::task<> quiet();               // until none is being written
  void stop() { stopping_ = true; } // none is begun any more, but by write()
  // `complete`: all logs are closed or asleep, this is the last word of a clean stop.
  io::task<Result<void>> write(log::LogDir& dir, bool complete);

 private:
  struct Taken { log::TopicPartition name; Uuid topic_id; uint64_t revision; Buffer state; };
  io::task<> run();
  io::task<std::vector<Taken>> take_all(const log::LogDir& dir);
  log::DirCheckpoint collect(const log::LogDir& dir, std::vector<Taken> taken) const;

  Broker& broker_;
  Partitions& partitions_;
  io::Nursery& nursery_;
  log::AppendMeter meter_;
  io::Event written_event_;
  bool running_ = false, again_ = false, stopping_ = false;
};

}  // namespace evlog::broker
