// A client of one server that waits for each answer: requests and answers by lib/wire, over a plain socket. An answer that does not come
// within the time limit, or a connection that ends, is no answer.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <string>

#include "base/base.h"
#include "wire/apis.h"
#include "wire/wire.h"

namespace evlog::torture {

template <class Response>
struct Answer {
  Buffer frame;  // what the message's views point into
  Response message;
  const Response* operator->() const { return &message; }
};

class Client {
 public:
  ~Client() { close(); }
  bool open(int port);
  void close();
  bool is_open() const { return socket_ >= 0; }
  bool timed_out() const { return timed_out_; }  // the last request was not answered, though the connection lives

  template <class Response, class Request>
  std::optional<Answer<Response>> call(int16_t version, const Request& request) {
    Buffer body;
    wire::encode(body, version, request);
    auto frame = exchange(Request::info.api_key, version, body);
    if (!frame) return std::nullopt;
    Answer<Response> answer{std::move(*frame), {}};
    wire::Decoder decoder(answer.frame.bytes());
    wire::ResponseHeader header;
    wire::decode(decoder, wire::response_header_version(Response::info.api_key, version), header);
    wire::decode(decoder, version, answer.message);
    if (!decoder.finish(Response::info.name)) return std::nullopt;
    return answer;
  }

 private:
  std::optional<Buffer> exchange(int16_t api_key, int16_t version, const Buffer& body);
  bool receive(uint8_t* into, size_t size);
  int socket_ = -1;
  int32_t correlation_ = 0;
  bool timed_out_ = false;
};

}  // namespace evlog::torture
