#include "broker/acceptor.h"

namespace evlog::broker {
namespace {

constexpr size_t scratch_size = 256_KiB;
constexpr auto accept_retry_delay = milliseconds(100);  // after EMFILE and the like

bool is_loopback(const std::string& host) { return host.starts_with("127.") || host == "::1"; }

}  // namespace

Acceptor::Acceptor(Broker& broker) : broker_(broker), ended_event_(broker.loop) {}

Acceptor::~Acceptor() {
  accepting_.clear();
  reaper_.clear();
  connections_.clear();
}

Result<void> Acceptor::bind(const config::Listener& listener, bool controller) {
  auto made = broker_.loop.network().listen({listener.host, listener.port});
  if (!made) return fail(made.error());
  bound_.push_back({listener.name, (*made)->address(), controller});
  listeners_.push_back(std::move(*made));
  return {};
}

void Acceptor::start() {
  scratch_ = Buffer(scratch_size);
  reaper_.spawn(reap());
  for (size_t i = 0; i < listeners_.size(); ++i) accepting_.spawn(accept_loop(i));
}

void Acceptor::stop_accepting() {
  accepting_.clear();
  listeners_.clear();
}

void Acceptor::close_all() { connections_.clear(); }

io::task<> Acceptor::accept_loop(size_t index) {
  io::Listener& listener = *listeners_[index];
  for (;;) {
    co_await listener.acceptable();
    for (;;) {
      auto stream = listener.try_accept();
      if (!stream) {
        broker_.log('W', "listener", fmt::format("{}: {}", bound_[index].address.text(), stream.error().message));
        co_await broker_.loop.sleep(accept_retry_delay);
        break;
      }
      if (!*stream) break;
      admit(std::move(*stream), bound_[index]);
    }
  }
}

// Limits do not apply to clients on this machine, so that the owner can always get in to look.
void Acceptor::admit(std::unique_ptr<io::Stream> stream, const BoundListener& listener) {
  const auto& settings = broker_.settings;
  Peer peer;
  peer.listener = listener.name;
  peer.controller_listener = listener.controller;
  peer.host = stream->peer().host;
  peer.local = stream->local();
  peer.connection_id = next_id_++;
  size_t& from_host = per_host_[peer.host];
  const bool full = connections_.size() >= static_cast<size_t>(settings.connections_max) ||
                    from_host >= static_cast<size_t>(settings.connections_max_per_ip);
  if (full && !is_loopback(peer.host)) {
    ++broker_.metrics.connections_refused;
    if (!refusing_) broker_.log('W', "listener", fmt::format("a connection from {} was refused: {} are open (max.connections, max.connections.per.ip)", peer.host, connections_.size()));
    refusing_ = true;
    if (from_host == 0) per_host_.erase(peer.host);
    return;
  }
  refusing_ = false;
  ++from_host;
  const uint64_t id = peer.connection_id;
  auto connection = std::make_unique<Connection>(broker_, std::move(stream), std::move(peer), scratch_.mutable_bytes(), [this](Connection& ended) {
    ended_.push_back(ended.peer().connection_id);
    ended_event_.notify_all();
  });
  auto& started = *connection;
  connections_[id] = std::move(connection);
  started.start();
}

// Connections end inside their own coroutines, so somebody else has to destroy them.
io::task<> Acceptor::reap() {
  for (;;) {
    while (ended_.empty()) co_await ended_event_.wait();
    for (const uint64_t id : std::exchange(ended_, {})) {
      const auto found = connections_.find(id);
      if (found == connections_.end()) continue;
      const auto host = per_host_.find(found->second->peer().host);
      if (host != per_host_.end() && --host->second == 0) per_host_.erase(host);
      connections_.erase(found);
    }
  }
}

}  // namespace evlog::broker
