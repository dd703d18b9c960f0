// One record as it lies in a batch: a length, then attributes, timestamp delta, offset delta, key, value and headers, all
// lengths as varints. Views into the batch (or into an iterator's window); nothing is owned, nothing is allocated.
#pragma once

#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "base/strong.h"

namespace evlog::record {

struct Header {
  std::string_view key;
  std::optional<Bytes> value;
};

// The headers of a record that take_record has checked, read again one by one.
class Headers {
 public:
  Headers() = default;
  Headers(Bytes checked, int32_t count) : bytes_(checked), count_(count) {}

  class Iterator {
   public:
    using value_type = Header;
    using difference_type = std::ptrdiff_t;
    Iterator() = default;
    Iterator(Bytes rest, int32_t left);
    const Header& operator*() const { return header_; }
    const Header* operator->() const { return &header_; }
    Iterator& operator++();
    Iterator operator++(int) { return std::exchange(*this, std::next(*this)); }
    bool operator==(const Iterator& other) const { return left_ == other.left_; }

   private:
    void take();
    Bytes rest_;
    int32_t left_ = 0;
    Header header_;
  };
  Iterator begin() const { return {bytes_, count_}; }
  Iterator end() const { return {}; }
  int32_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  Bytes bytes() const { return bytes_; }  // as they lie in the batch, without their count

 private:
  Bytes bytes_;
  int32_t count_ = 0;
};

struct Record {
  Offset offset;
  int64_t timestamp = -1;      // milliseconds since 1970 UTC; -1 = none
  int32_t offset_delta = 0;    // to the batch's base offset
  int32_t sequence = -1;       // -1 in a batch without sequence
  int8_t attributes = 0;       // none are defined
  size_t size_bytes = 0;       // with its length field
  std::optional<Bytes> key;
  std::optional<Bytes> value;
  Headers headers;
};

// Reads the length field of a record: nothing (and `from` unchanged) when it is cut short; INVALID_RECORD when it is no length.
Result<std::optional<size_t>> take_record_length(Bytes& from);

// Reads a record from exactly its bytes behind the length field. offset, timestamp, sequence and size_bytes are left alone:
// they depend on the batch. `timestamp_delta` may be null. INVALID_RECORD where a length or count cannot be.
Result<void> read_record_body(Bytes body, Record& record, int64_t* timestamp_delta);

// Appends a record to a batch's payload.
struct RecordFields {
  int64_t timestamp_delta = 0;
  int32_t offset_delta = 0;
  std::optional<Bytes> key;
  std::optional<Bytes> value;
  std::span<const Header> headers;
};
size_t record_size(const RecordFields& fields);  // with its length field
void append_record(Buffer& to, const RecordFields& fields);

}  // namespace evlog::record
