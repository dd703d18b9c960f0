#include "wire/record/metadata.h"

#include "wire/json.h"
#include "wire/visit.h"

namespace evlog::wire {
namespace {

constexpr uint32_t frame_version = 1;

struct Head {
  uint32_t type = 0;
  uint32_t version = 0;
  Bytes body;
};

Result<Head> decode_head(Bytes bytes) {
  Decoder decoder(bytes);
  const uint32_t frame = decoder.varint();
  const Head head{decoder.varint(), decoder.varint(), {}};
  if (auto r = decoder.status("metadata record"); !r) return fail(r.error());
  if (frame != frame_version) return fail(ErrorCode::INVALID_REQUEST, "metadata record with frame version {}, known is {}", frame, frame_version);
  return Head{head.type, head.version, decoder.rest()};
}

template <class X>
Result<MetadataRecord> decode_as(const Head& head, Bytes whole) {
  if (head.version > static_cast<uint32_t>(X::info.versions.max)) return UnknownMetadataRecord{head.type, head.version, whole};
  X record;
  if (auto r = decode(head.body, static_cast<int16_t>(head.version), record); !r) return fail(r.error());
  return record;
}

// "RegisterBrokerRecord" is REGISTER_BROKER_RECORD in dumps.
std::string dump_name(std::string_view name) {
  std::string out;
  for (const char c : name) {
    const bool upper = c >= 'A' && c <= 'Z';
    if (upper && !out.empty()) out += '_';
    out += upper ? c : static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

struct DumpRecord {
  const Head& head;
  std::string operator()(const UnknownMetadataRecord& r) const {
    return fmt::format(R"({{"type":{},"version":{},"unknown":"{}"}})", r.type, r.version, base64(r.bytes.data(), r.bytes.size()));
  }
  template <class X>
  std::string operator()(const X& record) const {
    const auto version = static_cast<int16_t>(head.version);
    return fmt::format(R"({{"type":"{}","version":{},"data":{}}})", dump_name(X::info.name), version, to_json(record, version));
  }
};

struct AppendRecord {
  Buffer& out;
  void operator()(const UnknownMetadataRecord& r) const { out.append(r.bytes); }
  template <class X>
  void operator()(const X& record) const { encode_metadata_record(out, X::info.stable_max, record); }
};

}  // namespace

Result<MetadataRecord> decode_metadata_record(Bytes bytes) {
  const auto head = decode_head(bytes);
  if (!head) return fail(head.error());
  switch (head->type) {
#define EVLOG_X(X) case static_cast<uint32_t>(X::info.api_key): return decode_as<X>(*head, bytes);
    EVLOG_WIRE_METADATA_RECORDS(EVLOG_X)
#undef EVLOG_X
    default: return UnknownMetadataRecord{head->type, head->version, bytes};
  }
}

void begin_metadata_record(Encoder& out, int16_t type, int16_t version) {
  out.varint(frame_version);
  out.varint(static_cast<uint64_t>(type));
  out.varint(static_cast<uint64_t>(version));
}

void encode_metadata_record(Buffer& out, const MetadataRecord& record) { std::visit(AppendRecord{out}, record); }

Result<std::string> metadata_record_json(Bytes bytes) {
  const auto head = decode_head(bytes);
  if (!head) return fail(head.error());
  const auto record = decode_metadata_record(bytes);
  if (!record) return fail(record.error());
  return std::visit(DumpRecord{*head}, *record);
}

}  // namespace evlog::wire
