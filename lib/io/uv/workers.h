// Workers: threads that run jobs and send them home to an Inbox. They start with the first job, so an idle process has none.
// CommitThread: one thread per device that makes files durable. It takes every waiting sync at once and calls the system once per
// file, so all appends that came while one sync was in flight share the next one.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "io/uv/inbox.h"

namespace evlog::io::uv {

class Workers {
 public:
  Workers(Inbox& inbox, size_t threads_max) : inbox_(inbox), threads_max_(threads_max) {}
  ~Workers();  // waits for the jobs that run; those still queued are dropped
  void put(std::unique_ptr<Job> job);

 private:
  void loop();
  Inbox& inbox_;
  const size_t threads_max_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Job>> queue_;
  size_t waiting_ = 0;
  bool closing_ = false;
  std::vector<std::thread> threads_;
};

// Shared by the file and by the jobs in flight on it: a file may be destroyed while a sync of it runs on another thread, and the
// number must not be reused by the system before that ends.
struct Descriptor {
  explicit Descriptor(int number) : fd(number) {}
  ~Descriptor();
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int fd;
};

class SyncJob : public Job {
 public:
  std::shared_ptr<Descriptor> descriptor;
  bool directory = false;  // fsync, for the names in it
  int error = 0;           // errno, set by the commit thread
};

class CommitThread {
 public:
  explicit CommitThread(Inbox& inbox) : inbox_(inbox) {}
  ~CommitThread();
  void put(std::unique_ptr<SyncJob> job);

 private:
  void loop();
  Inbox& inbox_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<SyncJob>> queue_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace evlog::io::uv
