#include "io/uv/inbox.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/result.h"

namespace evlog::io::uv {

Inbox::Inbox() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) { EVLOG_ASSERT(event_ >= 0); }
Inbox::~Inbox() { ::close(event_); }

void Inbox::put(std::unique_ptr<Job> job) {
  std::vector<std::unique_ptr<Job>> one;
  one.push_back(std::move(job));
  put(std::move(one));
}

void Inbox::put(std::vector<std::unique_ptr<Job>> jobs) {
  bool first = false;
  {
    std::lock_guard lock(mutex_);
    first = arrived_.empty();
    for (auto& job : jobs) arrived_.push_back(std::move(job));
  }
  // One signal for all that arrives before the loop looks.
  const uint64_t one = 1;
  if (first) EVLOG_ASSERT(::write(event_, &one, sizeof one) == sizeof one);
}

void Inbox::run() {
  uint64_t count = 0;
  if (::read(event_, &count, sizeof count) < 0) return;
  std::vector<std::unique_ptr<Job>> jobs;
  {
    std::lock_guard lock(mutex_);
    jobs.swap(arrived_);
  }
  for (auto& job : jobs) job->done();
}

}  // namespace evlog::io::uv
