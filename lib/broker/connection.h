// Connection: one client's byte stream. Frames come in, requests begin in order, answers leave in order.
//
// 1. Wait until something can be read; the loop's shared scratch buffer takes it, so an idle connection holds no memory.
// 2. Cut frames; a frame that is not whole yet gets a buffer of its own, reserved from the budget, and the rest is received into it.
// 3. Begin the request: produce may begin once the previous one is placed, everything else once the previous answer is queued. A client
//    that does not read its answers is not listened to until it does.
// 4. At the end of the turn send all answers that are next in order, file ranges without copying.
// It ends when the peer closes, on a frame that cannot be read (one log line), when idle too long, or with the server.
//
// Owned by Server. Its coroutines live in its nursery: destroying the Connection cancels whatever its requests wait for.
#pragma once

#include <deque>
#include <functional>
#include <memory>

#include "broker/broker.h"
#include "broker/context.h"
#include "broker/dispatch.h"
#include "io/loop.h"
#include "io/stream.h"
#include "io/task.h"

namespace evlog::broker {

class Connection : private io::Timer {
 public:
  // `ended` is called once, from inside: the owner must not destroy the Connection in that call.
  Connection(Broker& broker, std::unique_ptr<io::Stream> stream, Peer peer, MutableBytes scratch,
             std::function<void(Connection&)> ended);
  ~Connection() override;

  void start();
  const Peer& peer() const { return peer_; }

 private:
  // One request and, when it is done, its answer.
  struct Slot {
    std::unique_ptr<Context> context;
    const Api* api = nullptr;
    Bytes body;
    std::optional<Answer> answer;
    bool done = false;
  };
  struct Sending;

  io::task<> run();
  io::task<bool> receive();                       // false: closed
  io::task<bool> receive_rest(size_t length, Bytes first);
  io::task<bool> begin(std::shared_ptr<Buffer> frame, Reservation memory);
  io::task<> handle(Slot& slot);
  io::task<> send_answers();
  io::task<bool> send(const Answer& answer);
  io::task<bool> send_pieces(std::vector<Bytes> pieces);
  io::task<bool> send_range(const FileRange& range);
  io::task<bool> refuse_http();
  bool check_length(int32_t length);
  void finish(Slot& slot);
  void end(std::string_view why);
  void expire() override;                         // idle too long

  Broker& broker_;
  std::unique_ptr<io::Stream> stream_;
  Peer peer_;
  MutableBytes scratch_;
  std::function<void(Connection&)> ended_;
  std::deque<std::unique_ptr<Slot>> slots_;       // in order of arrival; the front is the next to be answered
  size_t unfinished_ = 0;
  uint64_t unsent_bytes_ = 0;                     // of encoded answers; file ranges are not memory
  io::Event changed_;                             // a slot was placed, done or sent
  MonoTime active_{};
  bool sending_ = false;
  bool over_ = false;
  io::Nursery nursery_;                           // last: dies first
};

}  // namespace evlog::broker
