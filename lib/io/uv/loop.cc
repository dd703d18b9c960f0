#include <signal.h>
#include <sys/random.h>
#include <time.h>

#include <cerrno>
#include <mutex>

#include "io/uv/core.h"

namespace evlog::io::uv {
namespace {

constexpr size_t pool_threads_max = 2;

uint64_t system_seed() {
  uint64_t seed = 0;
  EVLOG_ASSERT(::getrandom(&seed, sizeof seed, 0) == sizeof seed);
  return seed;
}

timespec read_clock(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now;
}

struct OffloadJob final : Job {
  std::move_only_function<void()> function;
  Loop::Offload* verb = nullptr;
  void work() override { function(); }
  void done() override {
    if (verb) verb->complete(true);
  }
};

struct PostedJob final : Job {
  std::move_only_function<void()> function;
  void done() override { function(); }
};

}  // namespace

// Outlives the loop in the hands of other threads; after detach() it says so instead of posting.
class InboxPoster final : public io::Loop::Poster {
 public:
  explicit InboxPoster(Inbox& inbox) : inbox_(&inbox) {}
  bool post(std::move_only_function<void()> work) override {
    auto job = std::make_unique<PostedJob>();
    job->function = std::move(work);
    std::lock_guard lock(mutex_);
    if (inbox_) inbox_->put(std::move(job));
    return inbox_ != nullptr;
  }
  void detach() {
    std::lock_guard lock(mutex_);
    inbox_ = nullptr;
  }

 private:
  std::mutex mutex_;
  Inbox* inbox_;
};

Core::Core(Loop& owner) : loop(owner), pool(inbox, pool_threads_max), disk(*this), network(*this), random(system_seed()) {
  ::signal(SIGPIPE, SIG_IGN);
  EVLOG_ASSERT(uv_loop_init(&uv) == 0);
  uv.data = this;
  uv_timer_init(&uv, &timer_);
  uv_prepare_init(&uv, &prepare_);
  uv_check_init(&uv, &check_);
  uv_prepare_start(&prepare_, [](uv_prepare_t* handle) { static_cast<Core*>(handle->loop->data)->before_waiting(); });
  uv_check_start(&check_, [](uv_check_t* handle) { static_cast<Core*>(handle->loop->data)->after_waiting(); });
  inbox_poller_ = std::make_unique<Poller>(uv, inbox.descriptor(), *this);
  inbox_poller_->arm();
  poster = std::make_shared<InboxPoster>(inbox);
}

Core::~Core() {
  poster->detach();
  commit_threads.clear();
  inbox_poller_.reset();
  uv_close(reinterpret_cast<uv_handle_t*>(&timer_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&prepare_), nullptr);
  uv_close(reinterpret_cast<uv_handle_t*>(&check_), nullptr);
  for (auto& [number, signal] : signals) uv_close(reinterpret_cast<uv_handle_t*>(&signal->handle), nullptr);
  while (uv_run(&uv, UV_RUN_NOWAIT) != 0) {}
  EVLOG_ASSERT(uv_loop_close(&uv) == 0);
}

CommitThread& Core::commit_thread(uint64_t device) {
  auto& thread = commit_threads[device];
  if (!thread) thread = std::make_unique<CommitThread>(inbox);
  return *thread;
}

void Core::on_poll(int) { inbox.run(); }

// Everything that is ready runs before the loop waits, so the ready list is empty whenever it sleeps.
void Core::before_waiting() {
  loop.drain();
  arm_timer();
  clock_stale = true;
}

void Core::after_waiting() {
  ++wake_ups;
  loop.drain();
}

void Core::arm_timer() {
  const auto deadline = loop.timers().next();
  if (deadline == timer_deadline_) return;
  timer_deadline_ = deadline;
  if (!deadline) {
    uv_timer_stop(&timer_);
    return;
  }
  // libuv counts whole milliseconds of the same clock: rounding up never fires early.
  const int64_t due_ms = (deadline->time_since_epoch().count() + 999'999) / 1'000'000;
  uv_update_time(&uv);
  const int64_t delay_ms = std::max<int64_t>(0, due_ms - static_cast<int64_t>(uv_now(&uv)));
  uv_timer_start(&timer_, [](uv_timer_t* handle) {
    auto* self = static_cast<Core*>(handle->loop->data);
    self->timer_deadline_.reset();
    self->clock_stale = true;
    self->loop.timers().run(self->loop.mono());
  }, static_cast<uint64_t>(delay_ms), 0);
}

void Core::read_clocks() const {
  const timespec steady = read_clock(CLOCK_MONOTONIC), real = read_clock(CLOCK_REALTIME);
  mono = MonoTime(seconds(steady.tv_sec) + Duration(steady.tv_nsec));
  wall = wall_from_ms(real.tv_sec * 1000 + real.tv_nsec / 1'000'000);
  clock_stale = false;
}

Loop::Loop() : core_(std::make_unique<Core>(*this)) {}
Loop::~Loop() = default;

void Loop::run() {
  while (!core_->stop_requested) uv_run(&core_->uv, UV_RUN_DEFAULT);
  core_->stop_requested = false;
}

void Loop::stop() {
  core_->stop_requested = true;
  uv_stop(&core_->uv);
}

void Loop::on_signal(int signal, std::function<void()> action) {
  auto& entry = core_->signals[signal];
  if (entry) {
    entry->action = std::move(action);
    return;
  }
  entry = std::make_unique<Core::Signal>(Core::Signal{{}, std::move(action)});
  uv_signal_init(&core_->uv, &entry->handle);
  entry->handle.data = entry.get();
  uv_signal_start(&entry->handle, [](uv_signal_t* handle, int) { static_cast<Core::Signal*>(handle->data)->action(); }, signal);
}

uint64_t Loop::wake_ups() const { return core_->wake_ups; }

MonoTime Loop::mono() const {
  if (core_->clock_stale) core_->read_clocks();
  return core_->mono;
}

WallTime Loop::wall() const {
  if (core_->clock_stale) core_->read_clocks();
  return core_->wall;
}

Random& Loop::random() { return core_->random; }

void Loop::random_bytes(MutableBytes into) {
  while (!into.empty()) {
    const ssize_t got = ::getrandom(into.data(), into.size(), 0);
    EVLOG_ASSERT(got > 0 || errno == EINTR);
    if (got > 0) into = into.subspan(static_cast<size_t>(got));
  }
}

Disk& Loop::disk() { return core_->disk; }
Network& Loop::network() { return core_->network; }

void Loop::start(Offload& verb) {
  auto job = std::make_unique<OffloadJob>();
  job->function = std::move(verb.request().work);
  job->verb = &verb;
  verb.slot = job.get();
  core_->pool.put(std::move(job));
}

void Loop::cancel(Offload& verb) { static_cast<OffloadJob*>(verb.slot)->verb = nullptr; }

std::shared_ptr<Loop::Poster> Loop::poster() { return core_->poster; }

}  // namespace evlog::io::uv
