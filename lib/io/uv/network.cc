#include "io/uv/network.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "io/uv/core.h"
#include "io/uv/os_error.h"
#include "io/uv/sockets.h"
#include "io/uv/stream.h"

namespace evlog::io::uv {
namespace {

constexpr int backlog_max = 1024;
constexpr int port_attempts_max = 16;

Result<int> listen_one(const SocketAddress& at) {
  const auto opened = open_socket(at.family());
  if (!opened) return opened;
  const int on = 1, off = 0;
  ::setsockopt(*opened, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  // "::" serves version 4 too; "::1" and 127.0.0.1 are two sockets.
  if (at.family() == AF_INET6) {
    const bool any = IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6*>(at.get())->sin6_addr);
    ::setsockopt(*opened, IPPROTO_IPV6, IPV6_V6ONLY, any ? &off : &on, sizeof on);
  }
  if (::bind(*opened, at.get(), at.size) == 0 && ::listen(*opened, backlog_max) == 0) return opened;
  const int error = errno;
  ::close(*opened);
  return network_failure(error);
}

void set_port(SocketAddress& at, uint16_t port) {
  if (at.family() == AF_INET) reinterpret_cast<sockaddr_in&>(at.storage).sin_port = htons(port);
  else reinterpret_cast<sockaddr_in6&>(at.storage).sin6_port = htons(port);
}

bool family_missing(int error) { return error == EADDRNOTAVAIL || error == EAFNOSUPPORT; }

// Every address on one port. A family this machine does not have is left out as long as one remains.
Result<std::vector<int>> listen_all(std::vector<SocketAddress> addresses, uint16_t port) {
  std::vector<int> descriptors;
  Error missing;
  for (auto& at : addresses) {
    set_port(at, port);
    const auto one = listen_one(at);
    if (one) {
      descriptors.push_back(*one);
      if (port == 0) port = local_address(*one).port;
    } else if (family_missing(one.error().os_error)) {
      missing = one.error();
    } else {
      for (const int descriptor : descriptors) ::close(descriptor);
      return std::unexpected(one.error());
    }
  }
  if (descriptors.empty()) return std::unexpected(missing);
  return descriptors;
}

// Every interface: one version 6 socket takes both families; version 4 alone where there is no other.
Result<std::vector<SocketAddress>> addresses_to_listen(const Address& at) {
  auto addresses = resolve(at, Resolve::name, /*passive=*/true);
  if (!addresses || !at.host.empty()) return addresses;
  std::partition(addresses->begin(), addresses->end(), [](const auto& one) { return one.family() == AF_INET6; });
  return addresses;
}

}  // namespace

// One connect in progress: resolve, then one address after the other until one answers. Owned by the verb's slot.
class Connecting final : public Poller::Watcher {
 public:
  Connecting(Core& core, io::Network::Connect& verb) : core_(core), verb_(verb) {}
  ~Connecting() override;
  void begin();

 private:
  struct ResolveJob final : Job {
    Address to;
    Connecting* owner = nullptr;
    Result<std::vector<SocketAddress>> found;
    void work() override { found = resolve(to, Resolve::name, false); }
    void done() override {
      if (!owner) return;
      owner->job_ = nullptr;
      owner->resolved(std::move(found));
    }
  };

  int wanted() const override { return UV_WRITABLE; }
  void on_poll(int events) override;
  void resolved(Result<std::vector<SocketAddress>> found);
  void try_next();
  void finish(Result<std::unique_ptr<io::Stream>> result);

  Core& core_;
  io::Network::Connect& verb_;
  std::vector<SocketAddress> addresses_;
  size_t next_ = 0;
  int descriptor_ = -1;
  int error_ = ECONNREFUSED;
  ResolveJob* job_ = nullptr;
  std::unique_ptr<Poller> poller_;
};

Connecting::~Connecting() {
  if (job_) job_->owner = nullptr;
  poller_.reset();
  if (descriptor_ >= 0) ::close(descriptor_);
}

void Connecting::begin() {
  if (auto literal = resolve(verb_.request().to, Resolve::literal, false)) return resolved(std::move(literal));
  auto job = std::make_unique<ResolveJob>();
  job->to = verb_.request().to;
  job->owner = this;
  job_ = job.get();
  core_.pool.put(std::move(job));
}

void Connecting::resolved(Result<std::vector<SocketAddress>> found) {
  if (!found) return finish(std::unexpected(found.error()));
  addresses_ = std::move(*found);
  try_next();
}

void Connecting::try_next() {
  while (next_ < addresses_.size()) {
    const SocketAddress& to = addresses_[next_++];
    const auto opened = open_socket(to.family());
    if (!opened) { error_ = opened.error().os_error; continue; }
    descriptor_ = *opened;
    if (::connect(descriptor_, to.get(), to.size) == 0 || errno == EINPROGRESS) {
      poller_ = std::make_unique<Poller>(core_.uv, descriptor_, *this);
      return poller_->arm();
    }
    error_ = errno;
    ::close(std::exchange(descriptor_, -1));
  }
  finish(network_failure(error_));
}

void Connecting::on_poll(int) {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &error, &size);
  poller_.reset();
  const int descriptor = std::exchange(descriptor_, -1);
  if (error == 0) return finish(std::make_unique<Stream>(core_.loop, core_.uv, descriptor));
  error_ = error;
  ::close(descriptor);
  try_next();
}

void Connecting::finish(Result<std::unique_ptr<io::Stream>> result) {
  auto& verb = verb_;
  verb.slot = nullptr;
  delete this;
  verb.complete(std::move(result));
}

io::Loop& Network::loop() { return core_.loop; }

Result<std::unique_ptr<io::Listener>> Network::listen(const Address& at) {
  auto addresses = addresses_to_listen(at);
  if (!addresses) return std::unexpected(addresses.error());
  if (at.host.empty()) {
    for (const auto& every : *addresses) {
      if (auto one = listen_all({every}, at.port)) return std::make_unique<Listener>(core_.loop, core_.uv, std::move(*one));
      else if (!family_missing(one.error().os_error)) return std::unexpected(one.error());
    }
    return network_failure(EADDRNOTAVAIL);
  }
  // A free port of the first family may be taken in the second: then try another.
  for (int attempt = 0;; ++attempt) {
    auto sockets = listen_all(*addresses, at.port);
    if (sockets) return std::make_unique<Listener>(core_.loop, core_.uv, std::move(*sockets));
    if (at.port != 0 || attempt == port_attempts_max || sockets.error().os_error != EADDRINUSE) return std::unexpected(sockets.error());
  }
}

void Network::start(Connect& verb) {
  auto* connecting = new Connecting(core_, verb);
  verb.slot = connecting;
  connecting->begin();
}

void Network::cancel(Connect& verb) { delete static_cast<Connecting*>(verb.slot); }

}  // namespace evlog::io::uv
