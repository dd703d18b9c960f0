// task<T>: a coroutine that starts when it is awaited and belongs to whoever holds it. Destroying a task destroys its frame
// and everything below it. Nursery: runs root coroutines; destroying a nursery destroys those still running (newest first),
// which is how a connection, a server or a simulated node dies.
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>
#include <optional>
#include <utility>

namespace evlog::io {

template <class T = void>
class task;

namespace detail {

struct PromiseBase {
  std::coroutine_handle<> continuation = std::noop_coroutine();

  struct Final {
    bool await_ready() noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> h) noexcept { return h.promise().continuation; }
    void await_resume() noexcept {}
  };
  std::suspend_always initial_suspend() noexcept { return {}; }
  Final final_suspend() noexcept { return {}; }
  [[noreturn]] void unhandled_exception() noexcept { std::terminate(); }  // exceptions are not a way back
};

template <class T>
struct Promise : PromiseBase {
  std::optional<T> value;
  task<T> get_return_object();
  template <class U>
  void return_value(U&& v) { value.emplace(std::forward<U>(v)); }
};

template <>
struct Promise<void> : PromiseBase {
  task<void> get_return_object();
  void return_void() {}
};

}  // namespace detail

template <class T>
class [[nodiscard]] task {
 public:
  using promise_type = detail::Promise<T>;
  using Handle = std::coroutine_handle<promise_type>;

  task() = default;
  explicit task(Handle h) : handle_(h) {}
  task(task&& o) noexcept : handle_(std::exchange(o.handle_, nullptr)) {}
  task& operator=(task&& o) noexcept {
    if (this != &o) { destroy(); handle_ = std::exchange(o.handle_, nullptr); }
    return *this;
  }
  ~task() { destroy(); }

  auto operator co_await() && noexcept {
    struct Awaiter {
      Handle handle;
      bool await_ready() noexcept { return false; }
      std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) noexcept {
        handle.promise().continuation = waiter;
        return handle;
      }
      T await_resume() {
        if constexpr (!std::is_void_v<T>) return std::move(*handle.promise().value);
      }
    };
    return Awaiter{handle_};
  }

 private:
  void destroy() { if (handle_) std::exchange(handle_, nullptr).destroy(); }
  Handle handle_ = nullptr;
};

template <class T>
task<T> detail::Promise<T>::get_return_object() { return task<T>(std::coroutine_handle<Promise>::from_promise(*this)); }
inline task<void> detail::Promise<void>::get_return_object() { return task<void>(std::coroutine_handle<Promise>::from_promise(*this)); }

class Nursery {
 public:
  Nursery() = default;
  Nursery(const Nursery&) = delete;
  Nursery& operator=(const Nursery&) = delete;
  ~Nursery() { clear(); }

  // Starts `work` at once, on the caller's stack, until it first waits. Its frame is freed as soon as it ends.
  void spawn(task<void> work);
  // Destroys everything still running, newest first. Must not be called from a coroutine that this nursery runs.
  void clear();
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

 private:
  struct Root;
  friend struct RootAccess;
  Root* newest_ = nullptr;
  size_t size_ = 0;
};

}  // namespace evlog::io
