// Decoder and Encoder: Kafka's primitive types in both encodings (fixed lengths, and "compact" in flexible versions), and the walk
// through a described message. Network bytes are checked here: a length is compared with the bytes left before anything else
// happens, nothing is allocated, and the first error stays (every later read gives zero). Values; no thread rules.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "base/uuid.h"

namespace evlog::wire {

struct Message;

class Decoder {
 public:
  explicit Decoder(Bytes frame) : begin_(frame.data()), at_(frame.data()), end_(frame.data() + frame.size()) {}

  bool ok() const { return !what_; }
  size_t left() const { return static_cast<size_t>(end_ - at_); }
  Bytes rest() const { return {at_, left()}; }
  Result<void> status(const char* message) const;                  // the first error
  Result<void> finish(const char* message);                        // the same, and bytes left over are an error
  void fail(const char* what, ErrorCode code = ErrorCode::INVALID_REQUEST);

  template <class X>
  void message(int16_t version, X& out);                           // wire/visit.h
  template <class T, class... Rules>
  void operator()(const char* name, T& field, Rules... rules);

  // Primitives, for framing written by hand.
  template <class T>
  T fixed() {
    const uint8_t* p = take(sizeof(T));
    return p ? load_be<T>(p) : T{};
  }
  uint32_t varint();

 private:
  template <class T>
  friend class ElementReader;
  Decoder(const uint8_t* at, const uint8_t* end, int16_t version, bool flexible)
      : begin_(at), at_(at), end_(end), version_(version), flexible_(flexible) {}

  const uint8_t* take(size_t size);
  const uint8_t* take_zeros();
  int64_t length(bool compact, bool wide);                         // < 0: null
  bool blob(Bytes& out, bool compact, bool wide);                  // false: null
  bool text(std::string_view& out, bool compact);
  int64_t array_length();
  double float64();

  template <class T>
  void value(T& field, bool nullable, bool compact);
  template <class T>
  bool present(T& field, bool compact);                            // false: null
  template <class T>
  void structure(T& out);
  template <class T>
  void tags(T& out);

  const uint8_t* begin_;
  const uint8_t* at_;
  const uint8_t* end_;
  int16_t version_ = 0;
  bool flexible_ = false;
  int64_t tag_ = -1;                                               // the tagged field wanted now; -1 = the untagged ones
  bool tag_found_ = false;
  const char* field_ = "";
  const char* what_ = nullptr;
  ErrorCode code_ = ErrorCode::NONE;
};

// Bytes of a file that belong at `position` of the buffer, and are `size` long; they are not in the buffer.
struct Hole {
  size_t position = 0;
  int32_t attachment = -1;
  uint32_t size = 0;
};

class Encoder {
 public:
  Encoder() = default;                                             // counts only
  explicit Encoder(Buffer& out) : out_(&out) {}                    // appends

  size_t size() const { return size_; }                            // bytes appended or counted, attachments not included
  uint64_t attached_bytes() const { return attached_bytes_; }
  const std::vector<Hole>& holes() const { return holes_; }        // ascending by position

  template <class X>
  void message(int16_t version, const X& m);                       // wire/visit.h
  template <class T, class... Rules>
  void operator()(const char* name, const T& field, Rules... rules);

  template <class T>
  void fixed(T v) {
    uint8_t raw[sizeof(T)];
    store_be(raw, v);
    put(raw, sizeof raw);
  }
  void varint(uint64_t v);
  void raw(Bytes bytes) { put(bytes.data(), bytes.size()); }

 private:
  enum class Pass : uint8_t { fields, tag_scan, tag_write };

  void put(const void* bytes, size_t size) {
    size_ += size;
    if (out_) append(bytes, size);
  }
  void append(const void* bytes, size_t size);
  void length(int64_t size, bool compact, bool wide);              // -1: null
  void text(std::string_view v, bool compact);
  void hole(int32_t attachment, uint32_t size);
  void reserve(size_t more);

  template <class T>
  void value(const T& field, bool nullable, bool compact);
  template <class T>
  void null(bool nullable, bool compact);
  template <class T>
  void structure(const T& m);
  template <class T>
  void tags(const T& m);
  template <class T>
  void tag_field(const T& field, int16_t tag);

  Buffer* out_ = nullptr;
  size_t size_ = 0;
  uint64_t attached_bytes_ = 0;
  std::vector<Hole> holes_;
  int16_t version_ = 0;
  bool flexible_ = false;
  Pass pass_ = Pass::fields;
  int16_t tag_ = -1;
  uint64_t tags_set_ = 0;                                          // bit per tag
  const void* const* defaults_ = nullptr;                          // by tag: the field in a default-constructed struct
};

}  // namespace evlog::wire
