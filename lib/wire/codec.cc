#include "wire/codec.h"

#include <algorithm>
#include <bit>

#include "base/varint.h"

namespace evlog::wire {

Result<void> Decoder::status(const char* message) const {
  if (ok()) return {};
  return evlog::fail(code_, "{} version {}: {} in field {}, byte {}", message, version_, what_, field_, at_ - begin_);
}

Result<void> Decoder::finish(const char* message) {
  if (ok() && at_ != end_) {
    return evlog::fail(ErrorCode::INVALID_REQUEST, "{} version {}: {} bytes left over behind it", message, version_, left());
  }
  return status(message);
}

void Decoder::fail(const char* what, ErrorCode code) {
  if (!what_) what_ = what, code_ = code;
}

const uint8_t* Decoder::take(size_t size) {
  if (!ok()) return nullptr;
  if (size > left()) {
    fail("the frame ends");
    return nullptr;
  }
  const uint8_t* p = at_;
  at_ += size;
  return p;
}

uint32_t Decoder::varint() {
  Bytes from = rest();
  const auto v = ok() ? take_varint<uint32_t>(from) : std::nullopt;
  if (!v) return fail("a bad variable-length integer"), 0;
  at_ = from.data();
  return *v;
}

int64_t Decoder::length(bool compact, bool wide) {
  if (compact) return static_cast<int64_t>(varint()) - 1;
  return wide ? fixed<int32_t>() : fixed<int16_t>();
}

bool Decoder::blob(Bytes& out, bool compact, bool wide) {
  const int64_t size = length(compact, wide);
  if (size < 0) return false;
  const uint8_t* p = take(static_cast<size_t>(size));
  out = p ? Bytes(p, static_cast<size_t>(size)) : Bytes();
  return true;
}

bool Decoder::text(std::string_view& out, bool compact) {
  Bytes bytes;
  if (!blob(bytes, compact, false)) return false;
  if (bytes.size() > INT16_MAX) fail("a text longer than 32767 bytes");
  out = as_text(bytes);
  return true;
}

// Every element takes at least one byte, so a count beyond the bytes left is a lie, told before anything is believed.
int64_t Decoder::array_length() {
  const int64_t count = length(flexible_, true);
  if (count > static_cast<int64_t>(left())) return fail("an array longer than the frame"), 0;
  return ok() ? count : 0;
}

double Decoder::float64() { return std::bit_cast<double>(fixed<uint64_t>()); }

void Encoder::append(const void* bytes, size_t size) {
  const size_t at = out_->size();
  if (at + size > out_->capacity()) reserve(size);
  out_->resize(at + size);
  if (size) std::memcpy(out_->data() + at, bytes, size);
}

void Encoder::reserve(size_t more) {
  const size_t need = out_->size() + more;
  if (need > out_->capacity()) out_->reserve(std::max(need, out_->capacity() * 2));
}

void Encoder::varint(uint64_t v) {
  uint8_t raw[varint64_size_max];
  put(raw, static_cast<size_t>(put_varint(raw, v) - raw));
}

void Encoder::length(int64_t size, bool compact, bool wide) {
  if (compact) varint(static_cast<uint64_t>(size + 1));
  else if (wide) fixed(static_cast<int32_t>(size));
  else fixed(static_cast<int16_t>(size));
}

// A text longer than the protocol can say is cut: it may hold a name that a client chose.
void Encoder::text(std::string_view v, bool compact) {
  v = v.substr(0, INT16_MAX);
  length(static_cast<int64_t>(v.size()), compact, false);
  put(v.data(), v.size());
}

void Encoder::hole(int32_t attachment, uint32_t size) {
  attached_bytes_ += size;
  if (out_) holes_.push_back({out_->size(), attachment, size});
}

}  // namespace evlog::wire
