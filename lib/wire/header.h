// What stands before a message in a frame. Request header v2 has tagged fields but its client id is never compact; the response
// header of ApiVersions is v0 always, so that a client can read the answer before it knows what the server speaks.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct RequestHeader {
  static constexpr Message info{"RequestHeader", -1, {1, 2}, 2};
  int16_t request_api_key = 0;
  int16_t request_api_version = 0;
  int32_t correlation_id = 0;
  std::optional<std::string_view> client_id = "";
  static void visit(auto& io, auto& m) {
    io("RequestApiKey", m.request_api_key);
    io("RequestApiVersion", m.request_api_version);
    io("CorrelationId", m.correlation_id);
    io("ClientId", m.client_id, never_compact);
  }
};
EVLOG_WIRE_MESSAGE(RequestHeader)

struct ResponseHeader {
  static constexpr Message info{"ResponseHeader", -1, {0, 1}, 1};
  int32_t correlation_id = 0;
  static void visit(auto& io, auto& m) { io("CorrelationId", m.correlation_id); }
};
EVLOG_WIRE_MESSAGE(ResponseHeader)

// A request as it came: its header and the bytes of its body, both views into the frame (which is without the four bytes of length).
struct Frame {
  int16_t api_key = 0;
  int16_t api_version = 0;
  int32_t correlation_id = 0;
  std::optional<std::string_view> client_id;
  Bytes body;
};
Result<Frame> decode_request_header(Bytes frame);                 // INVALID_REQUEST also for a key that is not described
int16_t request_header_version(int16_t api_key, int16_t api_version);
int16_t response_header_version(int16_t api_key, int16_t api_version);
void encode_request_header(Encoder& out, const RequestHeader& header);
void encode_response_header(Encoder& out, int16_t api_key, int16_t api_version, int32_t correlation_id);

// The described APIs: "Heartbeat" for 12; nullptr or "Unknown" for a key without description.
struct ApiInfo {
  int16_t key;
  const char* name;
  const Message* request;
  const Message* response;
};
const ApiInfo* api_info(int16_t key);
std::string_view api_name(int16_t key);

}  // namespace evlog::wire
