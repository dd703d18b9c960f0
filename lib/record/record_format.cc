#include "record/record_format.h"

#include "base/varint.h"

namespace evlog::record {
namespace {

// Java's reader of varints is laxer than ours in one way: it drops bits above the 32nd in a fifth byte. Nobody writes those.
std::optional<int32_t> take_int(Bytes& from) {
  const auto raw = take_varint<uint32_t>(from);
  if (!raw) return std::nullopt;
  return unzigzag(*raw);
}

// A length and as many bytes; a negative length is null.
bool take_nullable(Bytes& from, std::optional<Bytes>& to) {
  const auto size = take_int(from);
  if (!size) return false;
  if (*size < 0) return to.reset(), true;
  if (static_cast<size_t>(*size) > from.size()) return false;
  to = from.first(static_cast<size_t>(*size));
  from = from.subspan(static_cast<size_t>(*size));
  return true;
}

bool take_header(Bytes& from, Header& header) {
  std::optional<Bytes> key;
  if (!take_nullable(from, key) || !key || !take_nullable(from, header.value)) return false;
  header.key = as_text(*key);
  return true;
}

std::unexpected<Error> invalid(const char* what) { return fail(ErrorCode::INVALID_RECORD, "{}", what); }

size_t nullable_size(const std::optional<Bytes>& field) {
  if (!field) return 1;
  return varint_size(zigzag(static_cast<int32_t>(field->size()))) + field->size();
}

size_t body_size(const RecordFields& fields) {
  size_t size = 1 + varint_size(zigzag(fields.timestamp_delta)) + varint_size(zigzag(fields.offset_delta)) + nullable_size(fields.key) +
                nullable_size(fields.value) + varint_size(zigzag(static_cast<int32_t>(fields.headers.size())));
  for (const Header& header : fields.headers) size += nullable_size(as_bytes(header.key)) + nullable_size(header.value);
  return size;
}

void append_varint(Buffer& to, uint64_t value) {
  uint8_t raw[varint64_size_max];
  to.append({raw, put_varint(raw, value)});
}

void append_nullable(Buffer& to, const std::optional<Bytes>& field) {
  append_varint(to, zigzag(field ? static_cast<int32_t>(field->size()) : -1));
  if (field) to.append(*field);
}

}  // namespace

Headers::Iterator::Iterator(Bytes rest, int32_t left) : rest_(rest), left_(left) { take(); }

Headers::Iterator& Headers::Iterator::operator++() {
  --left_;
  take();
  return *this;
}

void Headers::Iterator::take() {
  if (left_ > 0) EVLOG_ASSERT(take_header(rest_, header_));  // read_record_body has read them once
}

Result<std::optional<size_t>> take_record_length(Bytes& from) {
  const auto length = take_int(from);
  if (!length && from.size() < varint32_size_max) return std::nullopt;
  if (!length || *length < 0) return invalid("a record's length is not a number it can have");
  return static_cast<size_t>(*length);
}

Result<void> read_record_body(Bytes body, Record& record, int64_t* timestamp_delta) {
  if (body.empty()) return invalid("a record has no bytes");
  record.attributes = static_cast<int8_t>(body[0]);
  body = body.subspan(1);
  const auto timestamp = take_varint<uint64_t>(body);
  if (!timestamp) return invalid("a record's timestamp is cut short or too long");
  if (timestamp_delta) *timestamp_delta = unzigzag(*timestamp);
  const auto offset = take_int(body);
  if (!offset) return invalid("a record's offset is cut short or too long");
  record.offset_delta = *offset;
  if (!take_nullable(body, record.key)) return invalid("a record's key is longer than the record");
  if (!take_nullable(body, record.value)) return invalid("a record's value is longer than the record");
  const auto count = take_int(body);
  if (!count || *count < 0 || static_cast<size_t>(*count) > body.size()) return invalid("a record has an impossible number of headers");
  const Bytes headers = body;
  Header header;
  for (int32_t i = 0; i < *count; ++i)
    if (!take_header(body, header)) return invalid("a record's header has no key or is longer than the record");
  if (!body.empty()) return invalid("a record is longer than what is in it");
  record.headers = Headers(headers, *count);
  return {};
}

size_t record_size(const RecordFields& fields) {
  const size_t body = body_size(fields);
  return varint_size(zigzag(static_cast<int32_t>(body))) + body;
}

void append_record(Buffer& to, const RecordFields& fields) {
  append_varint(to, zigzag(static_cast<int32_t>(body_size(fields))));
  to.push_back(0);
  append_varint(to, zigzag(fields.timestamp_delta));
  append_varint(to, zigzag(fields.offset_delta));
  append_nullable(to, fields.key);
  append_nullable(to, fields.value);
  append_varint(to, zigzag(static_cast<int32_t>(fields.headers.size())));
  for (const Header& header : fields.headers) {
    append_nullable(to, as_bytes(header.key));
    append_nullable(to, header.value);
  }
}

}  // namespace evlog::record
