// Rpc: a model client's connection: encoded frames out, answers back in the order of the requests. Used by one client coroutine; several
// requests may be under way. A client that does not get its answer in time closes the connection, as real ones do.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "io/io.h"
#include "io/sim/world.h"
#include "wire/apis.h"
#include "wire/wire.h"

namespace evlog::cluster_test {

template <class Response>
struct Answer {
  Buffer frame;        // what the message's views point into
  Response message;
  const Response* operator->() const { return &message; }
};

class Rpc {
 public:
  Rpc(io::sim::World& world, io::Loop& loop, std::string client_id)
      : world_(world), loop_(loop), client_id_(std::move(client_id)), changed_(loop), outgoing_(loop) {}

  io::task<bool> open();                  // true at once when it is open
  void close();
  bool is_open() const { return stream_ && !broken_; }

  template <class Request>
  int32_t send(int16_t version, const Request& request, bool answered = true) {
    Buffer body;
    wire::encode(body, version, request);
    return send_frame(Request::info.api_key, version, body, answered);
  }
  // The answer to the oldest request without one; nothing when the connection broke or the time is up.
  template <class Response>
  io::task<std::optional<Answer<Response>>> receive(int16_t version, int32_t correlation, Duration timeout) {
    auto frame = co_await receive_frame(correlation, timeout);
    if (!frame) co_return std::nullopt;
    Answer<Response> answer{std::move(*frame), {}};
    wire::Decoder decoder(answer.frame.bytes());
    wire::ResponseHeader header;
    wire::decode(decoder, wire::response_header_version(Response::info.api_key, version), header);
    wire::decode(decoder, version, answer.message);
    if (auto whole = decoder.finish(Response::info.name); !whole) {
      world_.fail(fmt::format("{} v{} cannot be decoded: {}", Response::info.name, version, whole.error().message));
      co_return std::nullopt;
    }
    co_return answer;
  }
  // Open, send, receive; closes when there is no answer.
  template <class Response, class Request>
  io::task<std::optional<Answer<Response>>> call(int16_t version, const Request& request, Duration timeout) {
    if (!co_await open()) co_return std::nullopt;
    const int32_t correlation = send(version, request);
    auto answer = co_await receive<Response>(version, correlation, timeout);
    if (!answer) close();
    co_return answer;
  }

 private:
  int32_t send_frame(int16_t api_key, int16_t version, const Buffer& body, bool answered);
  io::task<std::optional<Buffer>> receive_frame(int32_t correlation, Duration timeout);
  io::task<void> read_loop();
  io::task<void> write_loop();
  void take_frames();

  io::sim::World& world_;
  io::Loop& loop_;
  const std::string client_id_;
  std::unique_ptr<io::Stream> stream_;
  bool broken_ = false;
  Buffer incoming_;
  std::string to_send_;
  int32_t correlation_ = 0;
  std::deque<int32_t> expected_;
  std::deque<std::pair<int32_t, Buffer>> answers_;
  io::Event changed_, outgoing_;
  io::Nursery nursery_;                   // last: its coroutines use all the others
};

}  // namespace evlog::cluster_test
