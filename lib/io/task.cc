#include "io/task.h"

namespace evlog::io {

// The frame that owns one spawned task and unlinks itself from the nursery when the task ends.
struct Nursery::Root {
  struct promise_type {
    Root* self = nullptr;
    std::coroutine_handle<promise_type> get_return_object() { return std::coroutine_handle<promise_type>::from_promise(*this); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    struct Final {
      bool await_ready() noexcept { return false; }
      void await_suspend(std::coroutine_handle<promise_type> h) noexcept {
        Root* root = h.promise().self;
        root->unlink();
        h.destroy();
        delete root;
      }
      void await_resume() noexcept {}
    };
    Final final_suspend() noexcept { return {}; }
    void return_void() {}
    [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }
  };
  using Handle = std::coroutine_handle<promise_type>;

  Nursery* owner = nullptr;
  Root* older = nullptr;
  Root* newer = nullptr;
  Handle handle = nullptr;

  struct Frame {
    using promise_type = Root::promise_type;
    Handle handle;
    Frame(Handle h) : handle(h) {}
  };
  static Frame run(task<void> work) { co_await std::move(work); }

  void link(Nursery& nursery) {
    owner = &nursery;
    older = nursery.newest_;
    if (older) older->newer = this;
    nursery.newest_ = this;
    ++nursery.size_;
  }
  void unlink() {
    if (newer) newer->older = older; else owner->newest_ = older;
    if (older) older->newer = newer;
    --owner->size_;
  }
};

void Nursery::spawn(task<void> work) {
  auto* root = new Root;
  root->handle = Root::run(std::move(work)).handle;
  root->handle.promise().self = root;
  root->link(*this);
  root->handle.resume();
}

void Nursery::clear() {
  while (newest_) {
    Root* root = newest_;
    root->unlink();
    root->handle.destroy();
    delete root;
  }
}

}  // namespace evlog::io
