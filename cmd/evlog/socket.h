// A blocking TCP connection with deadlines, for the client commands. Broker code never uses it.
#pragma once

#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"

namespace evlog::cmd {

struct HostPort {
  std::string host;
  int port = 0;
  std::string text() const;
};

Result<HostPort> parse_host_port(std::string_view text);              // "host", "host:9092", "[::1]:9092", "PLAINTEXT://host:9092"
Result<std::vector<HostPort>> parse_brokers(std::string_view list);   // separated by commas

class Socket {
 public:
  Socket() = default;
  Socket(Socket&& o) noexcept : fd_(std::exchange(o.fd_, -1)) {}
  Socket& operator=(Socket&& o) noexcept { return std::swap(fd_, o.fd_), *this; }
  ~Socket();

  static Result<Socket> connect(const HostPort& to, int timeout_ms);  // os_error: errno; 0 when the name has no address
  Result<void> send(Bytes bytes, int64_t deadline_ms);                // deadlines as mono_ms()
  Result<void> receive(MutableBytes into, int64_t deadline_ms);

 private:
  explicit Socket(int fd) : fd_(fd) {}
  int fd_ = -1;
};

}  // namespace evlog::cmd
