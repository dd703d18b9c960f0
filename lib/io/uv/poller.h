// Poller: readiness of one descriptor. It asks the system only for what somebody waits for, and gives up an interest lazily: an
// interest that fires again with nobody waiting is taken back then. So a connection that alternates between waiting and
// answering costs no epoll_ctl, and an idle one holds nothing but its handle.
#pragma once

#include <uv.h>

namespace evlog::io::uv {

class Poller {
 public:
  // Who owns the descriptor and the waits.
  class Watcher {
   public:
    virtual ~Watcher() = default;
    virtual int wanted() const = 0;           // UV_READABLE | UV_WRITABLE
    virtual void on_poll(int events) = 0;     // may destroy the Poller
  };

  Poller(uv_loop_t& loop, int descriptor, Watcher& watcher) : loop_(loop), descriptor_(descriptor), watcher_(watcher) {}
  ~Poller();  // before the descriptor is closed
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  void arm();  // after wanted() grew

 private:
  // Lives until libuv has let go of it, which is one turn after the Poller's end.
  struct Handle { uv_poll_t poll; Poller* owner; };
  static void fired(uv_poll_t* poll, int status, int events);
  void set(int events);

  uv_loop_t& loop_;
  int descriptor_;
  Watcher& watcher_;
  Handle* handle_ = nullptr;
  int armed_ = 0;
};

}  // namespace evlog::io::uv
