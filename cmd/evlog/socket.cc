#include "evlog/socket.h"

#include <cerrno>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <memory>

#include "base/text.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

std::unexpected<Error> os_failure(int error, std::string_view what) {
  return std::unexpected(Error{ErrorCode::NETWORK_EXCEPTION, fmt::format("{}", what.empty() ? std::strerror(error) : what), error});
}

bool wait_for(int fd, short events, int64_t deadline_ms) {
  for (;;) {
    const int64_t left = deadline_ms - mono_ms();
    pollfd p{fd, events, 0};
    const int ready = ::poll(&p, 1, left > 0 ? static_cast<int>(left) : 0);
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

std::string lower_error(int error) {
  std::string text = std::strerror(error);
  text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

Result<int> connect_one(const addrinfo& address, int64_t deadline_ms) {
  const int fd = ::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return os_failure(errno, lower_error(errno));
  int error = ::connect(fd, address.ai_addr, address.ai_addrlen) == 0 ? 0 : errno;
  if (error == EINPROGRESS) {
    socklen_t size = sizeof error;
    if (!wait_for(fd, POLLOUT, deadline_ms)) error = ETIMEDOUT;
    else ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
  }
  if (error == 0) {
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
  }
  ::close(fd);
  return os_failure(error, lower_error(error));
}

}  // namespace

std::string HostPort::text() const { return host.find(':') == std::string::npos ? fmt::format("{}:{}", host, port) : fmt::format("[{}]:{}", host, port); }

Result<HostPort> parse_host_port(std::string_view text) {
  if (const size_t scheme = text.find("://"); scheme != std::string_view::npos) text.remove_prefix(scheme + 3);
  HostPort out{.port = 9092};
  std::string_view port;
  if (text.starts_with('[')) {
    const size_t close = text.find(']');
    if (close == std::string_view::npos) return fail(ErrorCode::INVALID_CONFIG, "'{}' is no HOST:PORT", text);
    out.host = text.substr(1, close - 1);
    if (close + 1 < text.size()) port = text.substr(close + 2);
  } else {
    const size_t colon = text.rfind(':');
    out.host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon + 1);
  }
  const auto number = port.empty() ? std::optional<int64_t>(9092) : parse_int(port);
  if (out.host.empty() || !number || *number < 1 || *number > 65535) return fail(ErrorCode::INVALID_CONFIG, "'{}' is no HOST:PORT", text);
  out.port = static_cast<int>(*number);
  return out;
}

Result<std::vector<HostPort>> parse_brokers(std::string_view list) {
  std::vector<HostPort> out;
  while (!list.empty()) {
    const size_t comma = list.find(',');
    auto one = parse_host_port(list.substr(0, comma));
    if (!one) return fail(one.error());
    out.push_back(std::move(*one));
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
  }
  if (out.empty()) return fail(ErrorCode::INVALID_CONFIG, "no address given");
  return out;
}

Socket::~Socket() {
  if (fd_ >= 0) ::close(fd_);
}

Result<Socket> Socket::connect(const HostPort& to, int timeout_ms) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* raw = nullptr;
  if (const int status = ::getaddrinfo(to.host.c_str(), std::to_string(to.port).c_str(), &hints, &raw)) {
    return std::unexpected(Error{ErrorCode::NETWORK_EXCEPTION, fmt::format("the name cannot be resolved: {}", ::gai_strerror(status)), 0});
  }
  const std::unique_ptr<addrinfo, void (*)(addrinfo*)> addresses(raw, ::freeaddrinfo);
  const int64_t deadline = mono_ms() + timeout_ms;
  Error last;
  for (const addrinfo* address = raw; address; address = address->ai_next) {
    auto fd = connect_one(*address, deadline);
    if (fd) return Socket(*fd);
    last = fd.error();
  }
  return fail(last);
}

Result<void> Socket::send(Bytes bytes, int64_t deadline_ms) {
  while (!bytes.empty()) {
    if (!wait_for(fd_, POLLOUT, deadline_ms)) return os_failure(ETIMEDOUT, "timed out");
    const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EINTR) return os_failure(errno, lower_error(errno));
    if (sent > 0) bytes = bytes.subspan(static_cast<size_t>(sent));
  }
  return {};
}

Result<void> Socket::receive(MutableBytes into, int64_t deadline_ms) {
  while (!into.empty()) {
    if (!wait_for(fd_, POLLIN, deadline_ms)) return os_failure(ETIMEDOUT, "timed out");
    const ssize_t got = ::recv(fd_, into.data(), into.size(), 0);
    if (got == 0) return os_failure(ECONNRESET, "the connection was closed");
    if (got < 0 && errno != EAGAIN && errno != EINTR) return os_failure(errno, lower_error(errno));
    if (got > 0) into = into.subspan(static_cast<size_t>(got));
  }
  return {};
}

}  // namespace evlog::cmd
