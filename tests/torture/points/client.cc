#include "torture/points/client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

namespace evlog::torture {
namespace {

constexpr int answer_within_s = 30;
constexpr int32_t answer_bytes_max = 100 << 20;

}  // namespace

bool Client::open(int port) {
  close();
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int one = 1;
  const timeval limit{answer_within_s, 0};
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  if (::connect(socket_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0) return true;
  close();
  return false;
}

void Client::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

bool Client::receive(uint8_t* into, size_t size) {
  while (size > 0) {
    const ssize_t got = ::recv(socket_, into, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) timed_out_ = true;
    if (got <= 0) return false;
    into += got;
    size -= static_cast<size_t>(got);
  }
  return true;
}

std::optional<Buffer> Client::exchange(int16_t api_key, int16_t version, const Buffer& body) {
  timed_out_ = false;
  if (!is_open()) return std::nullopt;
  Buffer header;
  wire::Encoder encoder(header);
  wire::encode_request_header(encoder, {api_key, version, ++correlation_, std::string_view("torture")});
  uint8_t length[4];
  store_be(length, static_cast<int32_t>(header.size() + body.size()));
  std::string out;
  out += as_text(length);
  out += as_text(header);
  out += as_text(body);
  for (size_t sent = 0; sent < out.size();) {
    const ssize_t wrote = ::send(socket_, out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
    if (wrote <= 0) return close(), std::nullopt;
    sent += static_cast<size_t>(wrote);
  }
  uint8_t size_bytes[4];
  if (!receive(size_bytes, sizeof size_bytes)) return close(), std::nullopt;
  const int32_t size = load_be<int32_t>(size_bytes);
  if (size < 4 || size > answer_bytes_max) return close(), std::nullopt;
  std::string text(static_cast<size_t>(size), '\0');
  if (!receive(reinterpret_cast<uint8_t*>(text.data()), text.size())) return close(), std::nullopt;
  return Buffer(as_bytes(text));
}

}  // namespace evlog::torture
