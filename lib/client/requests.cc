#include "client/requests.h"

#include <algorithm>

#include "wire/api/api_versions.h"

namespace evlog::client {

Result<std::pair<Buffer, size_t>> Requests::exchange(const BrokerAddress& to, int16_t api_key, int16_t version, Bytes body) {
  Buffer request;
  wire::Encoder encoder(request);
  wire::encode_request_header(encoder, {.request_api_key = api_key, .request_api_version = version, .correlation_id = ++correlation_id_, .client_id = "evlog"});
  encoder.raw(body);
  auto frame = transport_.call(to, request);
  if (!frame) return fail(frame.error());
  wire::ResponseHeader header;
  wire::Decoder decoder(*frame);
  wire::decode(decoder, wire::response_header_version(api_key, version), header);
  if (!decoder.ok() || header.correlation_id != correlation_id_) {
    return fail(ErrorCode::NETWORK_EXCEPTION, "{}:{} does not speak Kafka's protocol", to.host, to.port);
  }
  const size_t at = frame->size() - decoder.left();
  return std::pair(std::move(*frame), at);
}

Result<const Requests::Ranges*> Requests::ranges(const BrokerAddress& to) {
  if (const auto known = ranges_.find(to); known != ranges_.end()) return &known->second;
  wire::ApiVersionsRequest request{.client_software_name = "evlog", .client_software_version = EVLOG_VERSION};
  wire::ApiVersionsResponse response;
  // A broker that is too old for v3 says so in v0, with its list.
  int16_t version = 3;
  for (;;) {
    Buffer body;
    wire::encode(body, version, request);
    auto frame = exchange(to, wire::ApiVersionsRequest::info.api_key, version, body);
    if (!frame) return fail(frame.error());
    const Bytes rest = Bytes(frame->first).subspan(frame->second);
    const bool too_new = rest.size() >= 2 && load_be<int16_t>(rest.data()) == static_cast<int16_t>(ErrorCode::UNSUPPORTED_VERSION);
    if (too_new && version > 0) {
      version = 0;
      continue;
    }
    if (auto decoded = wire::decode(rest, version, response); !decoded) return fail(decoded.error(), "answer of {}:{}", to.host, to.port);
    Ranges& known = ranges_[to];
    for (const auto& api : response.api_keys) known[api.api_key] = {api.min_version, api.max_version};
    return &known;
  }
}

Result<int16_t> Requests::negotiate(const BrokerAddress& to, const wire::Message& request, int16_t version_max) {
  const auto known = ranges(to);
  if (!known) return fail(known.error());
  const auto theirs = (*known)->find(request.api_key);
  if (theirs == (*known)->end()) return fail(ErrorCode::UNSUPPORTED_VERSION, "{}:{} has no {}", to.host, to.port, wire::api_name(request.api_key));
  const int16_t low = std::max(request.versions.min, theirs->second.min);
  const int16_t high = std::min({request.stable_max, theirs->second.max, version_max});
  if (low > high) {
    return fail(ErrorCode::UNSUPPORTED_VERSION, "{} of {}:{} has versions {} to {}; evlog knows {} to {}", wire::api_name(request.api_key), to.host, to.port,
                theirs->second.min, theirs->second.max, request.versions.min, std::min(request.stable_max, version_max));
  }
  return high;
}

}  // namespace evlog::client
