#include "wire/header.h"

#include <algorithm>
#include <array>

#include "wire/apis.h"
#include "wire/visit.h"

namespace evlog::wire {

EVLOG_WIRE_DEFINE(RequestHeader)
EVLOG_WIRE_DEFINE(ResponseHeader)

namespace {

constexpr int16_t api_versions_key = 18;
constexpr int16_t keys_max = 128;

constexpr ApiInfo infos[] = {
#define EVLOG_X(name) {name##Request::info.api_key, #name, &name##Request::info, &name##Response::info},
    EVLOG_WIRE_APIS(EVLOG_X)
#undef EVLOG_X
};

constexpr auto by_key = [] {
  std::array<const ApiInfo*, keys_max> table{};
  for (const ApiInfo& info : infos) table[static_cast<size_t>(info.key)] = &info;
  return table;
}();

}  // namespace

const ApiInfo* api_info(int16_t key) { return key >= 0 && key < keys_max ? by_key[static_cast<size_t>(key)] : nullptr; }

std::string_view api_name(int16_t key) {
  const ApiInfo* info = api_info(key);
  return info ? info->name : "Unknown";
}

int16_t request_header_version(int16_t api_key, int16_t api_version) {
  const ApiInfo* info = api_info(api_key);
  return info && info->request->flexible(api_version) ? 2 : 1;
}

int16_t response_header_version(int16_t api_key, int16_t api_version) {
  const ApiInfo* info = api_info(api_key);
  return info && api_key != api_versions_key && info->response->flexible(api_version) ? 1 : 0;
}

Result<Frame> decode_request_header(Bytes frame) {
  if (frame.size() < 4) return fail(ErrorCode::INVALID_REQUEST, "a frame of {} bytes has no request header", frame.size());
  const auto key = load_be<int16_t>(frame.data());
  const auto version = load_be<int16_t>(frame.data() + 2);
  if (!api_info(key)) return fail(ErrorCode::INVALID_REQUEST, "unknown API key {}", key);
  Decoder decoder(frame);
  RequestHeader header;
  decode(decoder, request_header_version(key, version), header);
  if (auto r = decoder.status(RequestHeader::info.name); !r) return fail(r.error());
  return Frame{key, version, header.correlation_id, header.client_id, decoder.rest()};
}

void encode_request_header(Encoder& out, const RequestHeader& header) {
  encode(out, request_header_version(header.request_api_key, header.request_api_version), header);
}

void encode_response_header(Encoder& out, int16_t api_key, int16_t api_version, int32_t correlation_id) {
  encode(out, response_header_version(api_key, api_version), ResponseHeader{correlation_id});
}

}  // namespace evlog::wire
