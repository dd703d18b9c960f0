// Acceptor: the listeners of one server and all their connections. Owned by Server. Destroying it closes everything at once.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "broker/broker.h"
#include "broker/connection.h"
#include "config/listener.h"
#include "io/stream.h"

namespace evlog::broker {

struct BoundListener {
  std::string name;
  io::Address address;     // with the port really taken
  bool controller = false;
};

class Acceptor {
 public:
  explicit Acceptor(Broker& broker);
  ~Acceptor();

  // Takes the address; nobody is accepted before start(). Errors carry errno.
  Result<void> bind(const config::Listener& listener, bool controller);
  void start();
  void stop_accepting();
  void close_all();
  const std::vector<BoundListener>& bound() const { return bound_; }
  size_t connections() const { return connections_.size(); }

 private:
  io::task<> accept_loop(size_t index);
  io::task<> reap();
  void admit(std::unique_ptr<io::Stream> stream, const BoundListener& listener);

  Broker& broker_;
  std::vector<std::unique_ptr<io::Listener>> listeners_;
  std::vector<BoundListener> bound_;
  Buffer scratch_;                                            // shared by all connections, used only between two waits
  std::map<uint64_t, std::unique_ptr<Connection>> connections_;
  std::map<std::string, size_t> per_host_;
  std::vector<uint64_t> ended_;
  io::Event ended_event_;
  uint64_t next_id_ = 1;
  bool refusing_ = false;                                     // one log line when a limit is reached, not one per connection
  io::Nursery reaper_;
  io::Nursery accepting_;
};

}  // namespace evlog::broker
