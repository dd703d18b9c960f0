// Stream, Listener and Network over Connections. Host names are the names of nodes; "localhost" is one's own.
#pragma once

#include <deque>
#include <memory>
#include <set>

#include "io/sim/connection.h"
#include "io/stream.h"

namespace evlog::io::sim {

class Loop;
class Network;

class Stream final : public io::Stream {
 public:
  Stream(Network& network, std::shared_ptr<Connection> connection, Connection::Side side);
  ~Stream() override;

  io::Loop& loop() override;
  Result<size_t> try_recv(MutableBytes into) override;
  Result<size_t> try_send(std::span<const Bytes> pieces) override;
  Result<size_t> try_send_file(io::File& file, uint64_t offset, size_t size) override;
  Address local() const override { return connection_->end(side_).address; }
  Address peer() const override { return connection_->end(Connection::other(side_)).address; }

  void start(Readable& verb) override;
  void start(Writable& verb) override;
  void cancel(Readable&) override { reader_ = nullptr; }
  void cancel(Writable&) override { writer_ = nullptr; }

  void readable_now();
  void writable_now();
  Connection& connection() { return *connection_; }

 private:
  Connection::End& end() { return connection_->end(side_); }
  bool has_something() { return end().unread_bytes() > 0 || end().ended || end().reset; }
  Network& network_;
  std::shared_ptr<Connection> connection_;
  const Connection::Side side_;
  Readable* reader_ = nullptr;
  Writable* writer_ = nullptr;
};

class Listener final : public io::Listener {
 public:
  Listener(Network& network, Address at);
  ~Listener() override;

  io::Loop& loop() override;
  Address address() const override { return address_; }
  Result<std::unique_ptr<io::Stream>> try_accept() override;
  void start(Acceptable& verb) override;
  void cancel(Acceptable&) override { waiter_ = nullptr; }

  bool offer(std::shared_ptr<Connection> connection);  // false: too many wait

 private:
  Network& network_;
  const Address address_;
  std::deque<std::shared_ptr<Connection>> backlog_;
  Acceptable* waiter_ = nullptr;
};

class Network final : public io::Network {
 public:
  explicit Network(Loop& loop) : loop_(loop) {}
  io::Loop& loop() override;
  Result<std::unique_ptr<io::Listener>> listen(const Address& at) override;
  void start(Connect& verb) override;
  void cancel(Connect& verb) override;

  void reset_all();                               // every connection of this process breaks
  Loop& owner() { return loop_; }
  // Streams in the order of their connections' ids, so that what is done to all is done in the same order in every run.
  struct ById { bool operator()(Stream* a, Stream* b) const; };
  std::set<Stream*, ById>& streams() { return streams_; }

 private:
  struct Opening;
  Loop& loop_;
  std::set<Stream*, ById> streams_;
};

}  // namespace evlog::io::sim
