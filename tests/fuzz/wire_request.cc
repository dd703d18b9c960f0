// Any bytes as any message. The first byte chooses the message, the second its version, the rest is the frame. What can be read must
// be readable again after it was written, with the same content; and writing that once more gives the same bytes.
#include <cstdint>
#include <cstdlib>

#include "wire/compare.h"
#include "wire/json.h"
#include "wire/record/group_log.h"
#include "wire/record/metadata.h"
#include "wire/registry.h"
#include "wire/wire.h"

using namespace evlog;
using namespace evlog::wire;

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

Buffer encoded(const Entry& entry, int16_t version, const void* message) {
  Buffer out;
  Encoder encoder(out);
  entry.encode(encoder, version, message);
  return out;
}

void round_trip(const Entry& entry, int16_t version, Bytes frame) {
  const auto message = entry.create();
  Decoder decoder(frame);
  entry.decode(decoder, version, message.get());
  if (!decoder.finish(entry.info->name)) return;
  const Buffer first = encoded(entry, version, message.get());
  const auto again = entry.create();
  Decoder second_decoder(first);
  entry.decode(second_decoder, version, again.get());
  require(second_decoder.finish(entry.info->name).has_value());
  require(as_text(encoded(entry, version, again.get())) == as_text(first));
  if (frame.size() > 1024) return;  // comparison is quadratic in the length of arrays
  require(!difference(*entry.type, message.get(), again.get(), version));
  require(!to_json(*entry.type, message.get(), version).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 2) return 0;
  const auto all = all_messages();
  const Entry& entry = all[data[0] % all.size()];
  const Versions versions = entry.info->versions;
  const auto version = static_cast<int16_t>(versions.min + data[1] % (versions.max - versions.min + 1));
  const Bytes frame(data + 2, size - 2);
  round_trip(entry, version, frame);
  (void)decode_request_header(frame);
  (void)decode_group_log_key(frame);
  if (const auto record = decode_metadata_record(frame)) {
    Buffer out;
    encode_metadata_record(out, *record);
    require(decode_metadata_record(out).has_value());
  }
  return 0;
}
