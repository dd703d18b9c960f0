#include "io/uv/stream.h"

#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "io/loop.h"
#include "io/uv/file.h"
#include "io/uv/os_error.h"
#include "io/uv/sockets.h"

namespace evlog::io::uv {
namespace {

constexpr size_t pieces_max = 64;         // per call; more is the next call's
constexpr size_t send_file_max = 1_MiB;   // one connection's share of a turn

Result<size_t> moved(ssize_t count) {
  if (count >= 0) return static_cast<size_t>(count);
  if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) return would_block;
  return network_failure(errno);
}

}  // namespace

Stream::Stream(io::Loop& loop, uv_loop_t& uv, int descriptor) : loop_(loop), descriptor_(descriptor), peer_(peer_address(descriptor)) {
  tune_connection(descriptor, peer_);
  poller_ = std::make_unique<Poller>(uv, descriptor, *this);
}

Stream::~Stream() {
  EVLOG_ASSERT(!reader_ && !writer_);
  poller_.reset();
  ::close(descriptor_);
}

Result<size_t> Stream::try_recv(MutableBytes into) {
  EVLOG_ASSERT(!into.empty());
  return moved(::recv(descriptor_, into.data(), into.size(), 0));
}

Result<size_t> Stream::try_send(std::span<const Bytes> pieces) {
  std::array<iovec, pieces_max> vectors;
  const size_t count = std::min(pieces.size(), pieces_max);
  for (size_t i = 0; i < count; ++i) vectors[i] = {const_cast<uint8_t*>(pieces[i].data()), pieces[i].size()};
  msghdr message{};
  message.msg_iov = vectors.data();
  message.msg_iovlen = count;
  return moved(::sendmsg(descriptor_, &message, MSG_NOSIGNAL));
}

Result<size_t> Stream::try_send_file(io::File& file, uint64_t offset, size_t size) {
  off_t position = static_cast<off_t>(offset);
  const int from = static_cast<File&>(file).descriptor();
  return moved(::sendfile(descriptor_, from, &position, std::min(size, send_file_max)));
}

Address Stream::local() const { return local_address(descriptor_); }

void Stream::start(Readable& verb) {
  EVLOG_ASSERT(!reader_);
  reader_ = &verb;
  poller_->arm();
}

void Stream::start(Writable& verb) {
  EVLOG_ASSERT(!writer_);
  writer_ = &verb;
  poller_->arm();
}

void Stream::on_poll(int events) {
  if ((events & UV_READABLE) && reader_) std::exchange(reader_, nullptr)->complete(true);
  if ((events & UV_WRITABLE) && writer_) std::exchange(writer_, nullptr)->complete(true);
}

Listener::Listener(io::Loop& loop, uv_loop_t& uv, std::vector<int> descriptors)
    : loop_(loop), uv_(uv), descriptors_(std::move(descriptors)) {
  for (const int descriptor : descriptors_) pollers_.push_back(std::make_unique<Poller>(uv, descriptor, *this));
}

Listener::~Listener() {
  EVLOG_ASSERT(!waiter_);
  pollers_.clear();
  for (const int descriptor : descriptors_) ::close(descriptor);
}

Address Listener::address() const { return local_address(descriptors_.front()); }

Result<std::unique_ptr<io::Stream>> Listener::try_accept() {
  for (const int descriptor : descriptors_) {
    const int accepted = ::accept4(descriptor, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) return std::make_unique<Stream>(loop_, uv_, accepted);
    // A client that gave up between its SYN and our accept is nobody's error.
    if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED) return network_failure(errno);
  }
  return nullptr;
}

void Listener::start(Acceptable& verb) {
  EVLOG_ASSERT(!waiter_);
  waiter_ = &verb;
  for (auto& poller : pollers_) poller->arm();
}

void Listener::on_poll(int) {
  if (waiter_) std::exchange(waiter_, nullptr)->complete(true);
}

}  // namespace evlog::io::uv
