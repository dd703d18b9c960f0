#include "io/sim/network.h"

#include <cerrno>
#include <cstring>

#include "io/sim/disk_fault.h"

namespace evlog::io::sim {
namespace {

constexpr size_t backlog_max = 128;
constexpr Duration connect_patience = seconds(3);

std::unexpected<Error> network_failure(int error) {
  return std::unexpected(Error{ErrorCode::NETWORK_EXCEPTION, ::strerror(error), error});
}

bool is_self(const std::string& host) {
  return host.empty() || host == "localhost" || host == "0.0.0.0" || host == "::" || host == "::1" || host.starts_with("127.");
}

}  // namespace

Listener::Listener(Network& network, Address at) : network_(network), address_(std::move(at)) {
  network_.owner().node().listeners[address_.port] = this;
}

Listener::~Listener() {
  EVLOG_ASSERT(!waiter_);
  Node& node = network_.owner().node();
  node.listeners.erase(address_.port);
  for (auto& connection : backlog_) connection->close(Connection::server, !node.powered);
}

io::Loop& Listener::loop() { return network_.owner(); }

bool Listener::offer(std::shared_ptr<Connection> connection) {
  if (backlog_.size() == backlog_max) return false;
  backlog_.push_back(std::move(connection));
  if (waiter_) std::exchange(waiter_, nullptr)->complete(true);
  return true;
}

Result<std::unique_ptr<io::Stream>> Listener::try_accept() {
  World& world = network_.owner().world();
  if (backlog_.empty()) return nullptr;
  if (world.chance(world.knobs().accept_failure)) return network_failure(EMFILE);
  auto connection = std::move(backlog_.front());
  backlog_.pop_front();
  return std::make_unique<Stream>(network_, std::move(connection), Connection::server);
}

void Listener::start(Acceptable& verb) {
  EVLOG_ASSERT(!waiter_);
  waiter_ = &verb;
  if (backlog_.empty()) return;
  Node& node = network_.owner().node();
  node.world.schedule(Duration::zero(), [&node, port = address_.port, life = node.life] {
    const auto here = node.listeners.find(port);
    if (node.life != life || here == node.listeners.end()) return;
    if (auto* waiter = std::exchange(here->second->waiter_, nullptr)) waiter->complete(true);
  });
}

io::Loop& Network::loop() { return loop_; }

Result<std::unique_ptr<io::Listener>> Network::listen(const Address& at) {
  Node& node = loop_.node();
  if (!is_self(at.host) && at.host != node.name) return network_failure(EADDRNOTAVAIL);
  Address taken = at;
  while (taken.port == 0 || (at.port == 0 && node.listeners.contains(taken.port))) taken.port = node.port_next++;
  if (node.listeners.contains(taken.port)) return network_failure(EADDRINUSE);
  return std::make_unique<Listener>(*this, taken);
}

// A connect on its way to the other node and back. Whoever gives up in between closes what came of it.
struct Network::Opening {
  Connect* verb;
  Network* network;

  void refuse(int error) {
    if (verb) std::exchange(verb, nullptr)->complete(network_failure(error));
  }
};

void Network::start(Connect& verb) {
  Node& here = loop_.node();
  World& world = loop_.world();
  const Address to = verb.request().to;
  Node* there = is_self(to.host) ? &here : world.find(to.host);
  auto opening = std::make_shared<Opening>(&verb, this);  // shared by the verb's slot and the events of the handshake
  verb.slot = opening.get();
  if (!there) {
    world.schedule(world.latency(), [opening] { opening->refuse(ENOENT); });
    return;
  }
  const Duration arrives = std::max(world.now(), world.blocked_until(here, *there)) + world.latency();
  if (arrives - world.now() > connect_patience || !there->powered) {
    world.schedule(connect_patience, [opening] { opening->refuse(ETIMEDOUT); });
    return;
  }
  const Address from{here.name, here.port_next++};
  world.schedule_at(arrives, [&world, &here, there, to, from, opening, life = here.life] {
    const auto listener = there->listeners.find(to.port);
    const Duration back = std::max(world.now(), world.blocked_until(*there, here)) + world.latency();
    const uint64_t id = ++world.counters().connections;
    auto connection = std::make_shared<Connection>(world, id, here, from, *there, Address{there->name, to.port});
    if (listener == there->listeners.end() || !listener->second->offer(connection)) {
      ++world.counters().refused;
      const int error = there->powered ? ECONNREFUSED : ETIMEDOUT;
      world.schedule_at(back, [opening, error] { opening->refuse(error); });
      return;
    }
    connection->open_from(Connection::client, back);
    world.note(here.name, "connection {} to {}", id, connection->end(Connection::server).address.text());
    world.schedule_at(back, [opening, connection, &here, life] {
      if (!opening->verb) return connection->close(Connection::client, here.life == life && !here.powered);
      auto stream = std::make_unique<Stream>(*opening->network, connection, Connection::client);
      std::exchange(opening->verb, nullptr)->complete(std::move(stream));
    });
  });
}

void Network::cancel(Connect& verb) { static_cast<Opening*>(verb.slot)->verb = nullptr; }

void Network::reset_all() {
  loop_.world().note(loop_.node().name, "all connections break");
  for (Stream* stream : streams_) stream->connection().abort();
}

}  // namespace evlog::io::sim
