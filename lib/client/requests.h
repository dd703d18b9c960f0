// Requests: typed requests over a Transport, in the highest version that the broker and evlog both know.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "client/transport.h"
#include "wire/header.h"

namespace evlog::client {

// An answer and the frame that its views point into.
template <class Response>
struct Answer {
  Buffer frame;
  Response body;
  int16_t version = 0;
};

class Requests {
 public:
  explicit Requests(Transport& transport) : transport_(transport) {}

  // `version_max` caps the version where a caller speaks older ones only. UNSUPPORTED_VERSION names the API and its versions.
  template <class Response, class Request>
  Result<Answer<Response>> call(const BrokerAddress& to, const Request& request, int16_t version_max = INT16_MAX) {
    const auto version = negotiate(to, Request::info, version_max);
    if (!version) return fail(version.error());
    Buffer body;
    wire::encode(body, *version, request);
    auto frame = exchange(to, Request::info.api_key, *version, body);
    if (!frame) return fail(frame.error());
    Answer<Response> answer{.frame = std::move(frame->first), .body = {}, .version = *version};
    const Bytes rest = Bytes(answer.frame).subspan(frame->second);
    if (auto decoded = wire::decode(rest, *version, answer.body); !decoded) return fail(decoded.error(), "answer of {}:{}", to.host, to.port);
    return answer;
  }

 private:
  using Ranges = std::map<int16_t, wire::Versions>;
  Result<int16_t> negotiate(const BrokerAddress& to, const wire::Message& request, int16_t version_max);
  Result<const Ranges*> ranges(const BrokerAddress& to);
  // The answer's frame, and where its body begins.
  Result<std::pair<Buffer, size_t>> exchange(const BrokerAddress& to, int16_t api_key, int16_t version, Bytes body);

  Transport& transport_;
  std::map<BrokerAddress, Ranges> ranges_;
  int32_t correlation_id_ = 0;
};

}  // namespace evlog::client
