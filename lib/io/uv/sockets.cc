#include "io/uv/sockets.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include <cerrno>

#include "io/uv/os_error.h"

namespace evlog::io::uv {
namespace {

Address to_address(const sockaddr_storage& from) {
  char host[INET6_ADDRSTRLEN] = "";
  if (from.ss_family == AF_INET) {
    const auto& in = reinterpret_cast<const sockaddr_in&>(from);
    ::inet_ntop(AF_INET, &in.sin_addr, host, sizeof host);
    return {host, ntohs(in.sin_port)};
  }
  if (from.ss_family != AF_INET6) return {};
  const auto& in = reinterpret_cast<const sockaddr_in6&>(from);
  // A version 4 client of a socket that serves both is shown as what it is.
  if (IN6_IS_ADDR_V4MAPPED(&in.sin6_addr)) ::inet_ntop(AF_INET, in.sin6_addr.s6_addr + 12, host, sizeof host);
  else ::inet_ntop(AF_INET6, &in.sin6_addr, host, sizeof host);
  return {host, ntohs(in.sin6_port)};
}

int resolve_errno(int code) {
  switch (code) {
    case EAI_SYSTEM: return errno;
    case EAI_MEMORY: return ENOMEM;
    case EAI_AGAIN: return EAGAIN;
    default: return ENOENT;
  }
}

bool is_loopback(const std::string& host) { return host == "::1" || host.starts_with("127."); }

}  // namespace

Result<std::vector<SocketAddress>> resolve(const Address& address, Resolve how, bool passive) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (how == Resolve::literal ? AI_NUMERICHOST : 0) | (passive ? AI_PASSIVE : 0);
  addrinfo* found = nullptr;
  const std::string port = std::to_string(address.port);
  const int code = ::getaddrinfo(address.host.empty() ? nullptr : address.host.c_str(), port.c_str(), &hints, &found);
  if (code != 0) {
    Error error{ErrorCode::NETWORK_EXCEPTION, ::gai_strerror(code), resolve_errno(code)};
    return std::unexpected(std::move(error));
  }
  std::vector<SocketAddress> result;
  for (const addrinfo* one = found; one; one = one->ai_next) {
    SocketAddress to;
    to.size = one->ai_addrlen;
    ::memcpy(&to.storage, one->ai_addr, one->ai_addrlen);
    result.push_back(to);
  }
  ::freeaddrinfo(found);
  return result;
}

Address local_address(int descriptor) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &size);
  return to_address(storage);
}

Address peer_address(int descriptor) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&storage), &size);
  return to_address(storage);
}

Result<int> open_socket(int family) {
  const int descriptor = ::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return network_failure(errno);
  return descriptor;
}

void tune_connection(int descriptor, const Address& peer) {
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (is_loopback(peer.host)) ::setsockopt(descriptor, IPPROTO_TCP, TCP_CONGESTION, "cubic", 5);
}

}  // namespace evlog::io::uv
