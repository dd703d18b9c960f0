#include "io/uv/poller.h"

#include "base/result.h"

namespace evlog::io::uv {

Poller::~Poller() {
  if (!handle_) return;
  handle_->owner = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll),
           [](uv_handle_t* closed) { delete static_cast<Handle*>(closed->data); });
}

void Poller::arm() {
  const int wanted = watcher_.wanted();
  if ((armed_ & wanted) != wanted) set(armed_ | wanted);
}

void Poller::set(int events) {
  if (!handle_) {
    handle_ = new Handle{{}, this};
    EVLOG_ASSERT(uv_poll_init(&loop_, &handle_->poll, descriptor_) == 0);
    handle_->poll.data = handle_;
  }
  armed_ = events;
  EVLOG_ASSERT((events ? uv_poll_start(&handle_->poll, events, fired) : uv_poll_stop(&handle_->poll)) == 0);
}

void Poller::fired(uv_poll_t* poll, int status, int events) {
  Poller* self = static_cast<Handle*>(poll->data)->owner;
  if (!self) return;
  const int wanted = self->watcher_.wanted();
  if (status < 0) {
    // libuv has stopped the handle; the next system call tells what is wrong.
    self->armed_ = 0;
    events = UV_READABLE | UV_WRITABLE;
  } else if (const int keep = self->armed_ & ~(events & ~wanted) & ~(events & UV_WRITABLE); keep != self->armed_) {
    // Readable with nobody waiting, or writable, which almost always is: do not hear of it again until somebody asks.
    self->set(keep);
  }
  if (events & wanted) self->watcher_.on_poll(events & wanted);
}

}  // namespace evlog::io::uv
