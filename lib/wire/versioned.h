// A message with its version in two bytes before it: values of the group log, consumer protocol blobs, keys of control records.
#pragma once

#include <algorithm>

#include "wire/message.h"

namespace evlog::wire {

template <Described X>
void encode_versioned(Buffer& out, int16_t version, const X& message) {
  Encoder encoder(out);
  encoder.fixed(version);
  encode(encoder, version, message);
}

// Strict: an unknown version is UNSUPPORTED_VERSION, bytes left over are INVALID_REQUEST.
template <Described X>
Result<void> decode_versioned(Bytes bytes, X& out) {
  if (bytes.size() < 2) return fail(ErrorCode::INVALID_REQUEST, "{} of {} bytes has no version", X::info.name, bytes.size());
  return decode(bytes.subspan(2), load_be<int16_t>(bytes.data()), out);
}

// A later version is read as the highest one known and what it has behind that is ignored, as the consumer protocol demands.
template <Described X>
Result<void> decode_versioned_lenient(Bytes bytes, X& out) {
  if (bytes.size() < 2) return fail(ErrorCode::INVALID_REQUEST, "{} of {} bytes has no version", X::info.name, bytes.size());
  Decoder decoder(bytes.subspan(2));
  decode(decoder, std::min(load_be<int16_t>(bytes.data()), X::info.versions.max), out);
  return decoder.status(X::info.name);
}

}  // namespace evlog::wire
