#include "io/uv/workers.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>

#include "base/mutant.h"

namespace evlog::io::uv {
namespace {

// Signals belong to the loop's thread: new threads inherit a mask with everything blocked.
template <class Body>
std::thread start_thread(Body body) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  std::thread thread(std::move(body));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

int sync_now(const SyncJob& job) {
  if (mutant(19) && !job.directory) return 0;
  for (;;) {
    if ((job.directory ? ::fsync(job.descriptor->fd) : ::fdatasync(job.descriptor->fd)) == 0) return 0;
    if (errno != EINTR) return errno;
  }
}

// One call per file; everybody who waits for that file gets its result.
void sync_all(std::vector<std::unique_ptr<SyncJob>>& jobs) {
  for (size_t i = 0; i < jobs.size(); ++i) {
    size_t first = 0;
    while (jobs[first]->descriptor != jobs[i]->descriptor) ++first;
    jobs[i]->error = first == i ? sync_now(*jobs[i]) : jobs[first]->error;
  }
}

}  // namespace

Descriptor::~Descriptor() { ::close(fd); }

Workers::~Workers() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Workers::put(std::unique_ptr<Job> job) {
  bool more_threads = false;
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
    more_threads = waiting_ < queue_.size() && threads_.size() < threads_max_;
  }
  if (more_threads) threads_.push_back(start_thread([this] { loop(); }));
  changed_.notify_one();
}

void Workers::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    ++waiting_;
    changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    --waiting_;
    if (closing_) return;
    auto job = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    job->work();
    inbox_.put(std::move(job));
    lock.lock();
  }
}

CommitThread::~CommitThread() {
  {
    std::lock_guard lock(mutex_);
    closing_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void CommitThread::put(std::unique_ptr<SyncJob> job) {
  {
    std::lock_guard lock(mutex_);
    queue_.push_back(std::move(job));
  }
  if (!thread_.joinable()) thread_ = start_thread([this] { loop(); });
  changed_.notify_one();
}

void CommitThread::loop() {
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return closing_ || !queue_.empty(); });
    if (closing_) return;
    std::vector<std::unique_ptr<SyncJob>> jobs;
    jobs.swap(queue_);
    lock.unlock();
    sync_all(jobs);
    std::vector<std::unique_ptr<Job>> finished;
    for (auto& job : jobs) finished.push_back(std::move(job));
    inbox_.put(std::move(finished));
    lock.lock();
  }
}

}  // namespace evlog::io::uv
