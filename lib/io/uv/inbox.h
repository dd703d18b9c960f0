// Inbox: the way back from other threads into the loop. A Job carries work out and its result home: work() runs on some
// thread and touches only what the job owns, done() runs on the loop's thread. put() may be called from any thread.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

namespace evlog::io::uv {

class Job {
 public:
  virtual ~Job() = default;
  virtual void work() {}
  virtual void done() {}
};

class Inbox {
 public:
  Inbox();
  ~Inbox();
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  int descriptor() const { return event_; }       // readable while something is inside
  void put(std::unique_ptr<Job> job);
  void put(std::vector<std::unique_ptr<Job>> jobs);
  void run();                                     // loop's thread: done() of everything that arrived, in order

 private:
  int event_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Job>> arrived_;
};

}  // namespace evlog::io::uv
