// Stream and Listener over non-blocking sockets.
#pragma once

#include <memory>
#include <vector>

#include "io/stream.h"
#include "io/uv/poller.h"

namespace evlog::io::uv {

class Stream final : public io::Stream, public Poller::Watcher {
 public:
  Stream(io::Loop& loop, uv_loop_t& uv, int descriptor);  // owns the descriptor
  ~Stream() override;

  io::Loop& loop() override { return loop_; }
  Result<size_t> try_recv(MutableBytes into) override;
  Result<size_t> try_send(std::span<const Bytes> pieces) override;
  Result<size_t> try_send_file(io::File& file, uint64_t offset, size_t size) override;
  Address local() const override;
  Address peer() const override { return peer_; }

  void start(Readable& verb) override;
  void start(Writable& verb) override;
  void cancel(Readable&) override { reader_ = nullptr; }
  void cancel(Writable&) override { writer_ = nullptr; }

 private:
  int wanted() const override { return (reader_ ? UV_READABLE : 0) | (writer_ ? UV_WRITABLE : 0); }
  void on_poll(int events) override;

  io::Loop& loop_;
  const int descriptor_;
  Address peer_;
  Readable* reader_ = nullptr;
  Writable* writer_ = nullptr;
  std::unique_ptr<Poller> poller_;
};

// May hold several sockets on one port: a name such as "localhost" is listened to in each of its families.
class Listener final : public io::Listener, public Poller::Watcher {
 public:
  Listener(io::Loop& loop, uv_loop_t& uv, std::vector<int> descriptors);
  ~Listener() override;

  io::Loop& loop() override { return loop_; }
  Address address() const override;
  Result<std::unique_ptr<io::Stream>> try_accept() override;
  void start(Acceptable& verb) override;
  void cancel(Acceptable&) override { waiter_ = nullptr; }

 private:
  int wanted() const override { return waiter_ ? UV_READABLE : 0; }
  void on_poll(int events) override;

  io::Loop& loop_;
  uv_loop_t& uv_;
  std::vector<int> descriptors_;
  std::vector<std::unique_ptr<Poller>> pollers_;
  Acceptable* waiter_ = nullptr;
};

}  // namespace evlog::io::uv
