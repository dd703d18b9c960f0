// StateWriter and StateReader: varints and fixed fields for the checkpoint of a log directory. A reader that ran out of bytes gives
// zeros and says so at the end: one check instead of thirty. Pure.
#pragma once

#include <algorithm>
#include <string_view>

#include "base/base.h"
#include "base/uuid.h"
#include "base/varint.h"

namespace evlog::log {

class StateWriter {
 public:
  explicit StateWriter(Buffer& out) : out_(out) {}
  void number(uint64_t value) {
    uint8_t bytes[varint64_size_max];
    out_.append({bytes, static_cast<size_t>(put_varint(bytes, value) - bytes)});
  }
  void signed_number(int64_t value) { number(zigzag(value)); }
  void text(std::string_view text) { run(as_bytes(text)); }
  void run(Bytes bytes) {
    number(bytes.size());
    out_.append(bytes);
  }
  void uuid(const Uuid& id) {
    uint8_t bytes[16];
    store_be(bytes, id.high);
    store_be(bytes + 8, id.low);
    out_.append(bytes);
  }

 private:
  Buffer& out_;
};

class StateReader {
 public:
  explicit StateReader(Bytes bytes) : rest_(bytes) {}
  uint64_t number() {
    const auto value = take_varint<uint64_t>(rest_);
    if (!value) bad_ = true;
    return value.value_or(0);
  }
  int64_t signed_number() { return unzigzag(number()); }
  // A count of things of at least `bytes_each`: never more than there can be.
  size_t count(size_t bytes_each) {
    const uint64_t count = number();
    if (count > rest_.size() / bytes_each) bad_ = true;
    return bad_ ? 0 : static_cast<size_t>(count);
  }
  Bytes run() {
    const size_t size = count(1);
    const Bytes bytes = rest_.first(size);
    rest_ = rest_.subspan(size);
    return bytes;
  }
  Uuid uuid() {
    if (rest_.size() < 16) { bad_ = true; return {}; }
    const Uuid id{load_be<uint64_t>(rest_.data()), load_be<uint64_t>(rest_.data() + 8)};
    rest_ = rest_.subspan(16);
    return id;
  }
  Offset offset() {
    const int64_t value = signed_number();
    if (value < -1) bad_ = true;
    return Offset(std::max<int64_t>(value, -1));
  }
  bool bad() const { return bad_; }
  bool at_end() const { return rest_.empty(); }

 private:
  Bytes rest_;
  bool bad_ = false;
};

}  // namespace evlog::log
