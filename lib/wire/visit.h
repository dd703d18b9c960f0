// The walk through a described message, and EVLOG_WIRE_DEFINE, which instantiates it. Included only by the .cc of a message.
#pragma once

#include <array>
#include <bit>
#include <optional>
#include <type_traits>

#include "base/varint.h"
#include "wire/message.h"
#include "wire/type.h"

namespace evlog::wire {

template <class T>
inline constexpr bool is_array = false;
template <class T>
inline constexpr bool is_array<Array<T>> = true;
template <class T>
inline constexpr bool is_optional = false;
template <class T>
inline constexpr bool is_optional<std::optional<T>> = true;
template <class T>
inline constexpr bool is_number = (std::is_integral_v<T> && !std::is_same_v<T, bool>) || std::is_enum_v<T>;
template <class T>
concept Structure = requires(Decoder& d, T& m) { T::visit(d, m); };

inline constexpr size_t tags_max = 16;  // the highest tag in any message is 8

// Reading ------------------------------------------------------------------------------------------------------------------------

template <class T>
class ElementReader {
 public:
  static const uint8_t* read(const uint8_t* at, const uint8_t* end, int16_t version, bool flexible, T& out) {
    Decoder decoder(at, end, version, flexible);
    decoder.value(out, false, flexible);
    return decoder.at_;
  }
};

template <class X>
void Decoder::message(int16_t version, X& out) {
  version_ = version;
  flexible_ = X::info.flexible(version);
  out = X{};
  if (!X::info.versions.contains(version)) return fail("this version is not known", ErrorCode::UNSUPPORTED_VERSION);
  structure(out);
}

template <class T, class... Rules>
void Decoder::operator()(const char* name, T& field, Rules... rules) {
  const Rule rule = make_rule(rules...);
  if (rule.tag != tag_ || !rule.versions.contains(version_)) return;
  tag_found_ = true;
  field_ = name;
  value(field, rule.nullable.contains(version_), flexible_ && !rule.never_compact);
}

template <class T>
void Decoder::value(T& field, bool nullable, bool compact) {
  if constexpr (is_optional<T>) {
    using Inner = typename T::value_type;
    if constexpr (Structure<Inner>) {
      if (nullable && fixed<int8_t>() < 0) return field.reset();
      structure(field.emplace());
    } else if (!present(field.emplace(), compact)) {
      field.reset();
      if (!nullable) fail("null where it is not allowed");
    }
  } else if constexpr (Structure<T>) {
    structure(field);
  } else if (!present(field, compact)) {
    fail("null where it is not allowed");
  }
}

template <class T>
bool Decoder::present(T& field, bool compact) {
  if constexpr (std::is_same_v<T, bool>) {
    field = fixed<int8_t>() != 0;
  } else if constexpr (std::is_enum_v<T>) {
    field = static_cast<T>(fixed<std::underlying_type_t<T>>());
  } else if constexpr (std::is_same_v<T, double>) {
    field = float64();
  } else if constexpr (std::is_integral_v<T>) {
    field = fixed<T>();
  } else if constexpr (std::is_same_v<T, Uuid>) {
    field.high = fixed<uint64_t>();
    field.low = fixed<uint64_t>();
  } else if constexpr (std::is_same_v<T, std::string_view>) {
    return text(field, compact);
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return blob(field, compact, true);
  } else if constexpr (std::is_same_v<T, Records>) {
    return blob(field.bytes, compact, true);
  } else {
    static_assert(is_array<T>);
    using Element = typename T::value_type;
    const int64_t count = array_length();
    if (count < 0) return false;
    const uint8_t* start = at_;
    if constexpr (is_number<Element>) {
      take(static_cast<size_t>(count) * sizeof(Element));
    } else {
      for (int64_t i = 0; i < count && ok(); ++i) {
        Element element{};
        value(element, false, flexible_);
      }
    }
    if (!ok()) return true;
    field = T(typename T::View{start, static_cast<uint32_t>(at_ - start), static_cast<uint32_t>(count), version_, flexible_,
                               &ElementReader<Element>::read});
  }
  return true;
}

template <class T>
void Decoder::structure(T& out) {
  const int64_t wanted = std::exchange(tag_, -1);
  T::visit(*this, out);
  if (flexible_) tags(out);
  tag_ = wanted;
}

template <class T>
void Decoder::tags(T& out) {
  field_ = "tagged fields";
  const uint32_t count = varint();
  int64_t previous = -1;
  for (uint32_t i = 0; i < count && ok(); ++i) {
    const int64_t tag = varint();
    const uint32_t size = varint();
    if (tag <= previous) return fail("tags that do not ascend");
    if (size > left()) return fail("a tagged field longer than the frame");
    previous = tag;
    const uint8_t* outer_end = std::exchange(end_, at_ + size);
    tag_ = tag;
    tag_found_ = false;
    T::visit(*this, out);
    if (!tag_found_) at_ = end_;                                   // a field from a later time
    else if (ok() && at_ != end_) fail("a tagged field of the wrong length");
    end_ = outer_end;
  }
}

// Writing ------------------------------------------------------------------------------------------------------------------------

template <class X>
void Encoder::message(int16_t version, const X& m) {
  EVLOG_ASSERT(X::info.versions.contains(version));
  version_ = version;
  flexible_ = X::info.flexible(version);
  if (out_) {
    Encoder counter;
    counter.message(version, m);
    reserve(counter.size());
  }
  structure(m);
}

// The fields of a default-constructed T by tag, to tell which tagged fields have something to say.
class TagDefaults {
 public:
  template <class T>
  static const void* const* of() {
    static const T fresh{};
    static const TagDefaults table(fresh);
    return table.any_ ? table.fields_.data() : nullptr;
  }
  template <class T, class... Rules>
  void operator()(const char*, const T& field, Rules... rules) {
    const Rule rule = make_rule(rules...);
    if (rule.tag < 0) return;
    any_ = true;
    fields_[static_cast<size_t>(rule.tag)] = &field;
  }

 private:
  template <class T>
  explicit TagDefaults(const T& fresh) { T::visit(*this, fresh); }
  std::array<const void*, tags_max> fields_{};
  bool any_ = false;
};

template <class T>
bool is_default(const T& field, const T& fresh) {
  if constexpr (is_optional<T>) {
    if (field.has_value() != fresh.has_value()) return false;
    return !field || is_default(*field, *fresh);
  } else if constexpr (is_array<T>) {
    return field.empty();                                          // no tagged array has a default with elements
  } else if constexpr (std::is_same_v<T, Bytes>) {
    return field.empty();
  } else {
    return field == fresh;
  }
}

template <class T, class... Rules>
void Encoder::operator()(const char*, const T& field, Rules... rules) {
  const Rule rule = make_rule(rules...);
  if (!rule.versions.contains(version_)) return;
  if constexpr (!(std::is_same_v<Rules, TagRule> || ...)) {
    if (pass_ == Pass::fields) value(field, rule.nullable.contains(version_), flexible_ && !rule.never_compact);
  } else if (pass_ == Pass::tag_scan) {
    if (!is_default(field, *static_cast<const T*>(defaults_[rule.tag]))) tags_set_ |= uint64_t{1} << rule.tag;
  } else if (pass_ == Pass::tag_write && rule.tag == tag_) {
    tag_field(field, rule.tag);
  }
}

template <class T>
void Encoder::tag_field(const T& field, int16_t tag) {
  Encoder counter;
  counter.version_ = version_, counter.flexible_ = flexible_;
  counter.value(field, true, flexible_);
  varint(static_cast<uint64_t>(tag));
  varint(counter.size());
  const Pass pass = std::exchange(pass_, Pass::fields);
  value(field, true, flexible_);
  pass_ = pass, tag_ = tag;                                        // structures inside have used both
}

template <class T>
void Encoder::value(const T& field, bool nullable, bool compact) {
  if constexpr (is_optional<T>) {
    using Inner = typename T::value_type;
    if (!field) return null<Inner>(nullable, compact);
    if constexpr (Structure<Inner>) if (nullable) fixed<int8_t>(1);
    value(*field, false, compact);
  } else if constexpr (Structure<T>) {
    structure(field);
  } else if constexpr (std::is_same_v<T, bool>) {
    fixed<int8_t>(field);
  } else if constexpr (std::is_enum_v<T>) {
    fixed(static_cast<std::underlying_type_t<T>>(field));
  } else if constexpr (std::is_same_v<T, double>) {
    fixed(std::bit_cast<uint64_t>(field));
  } else if constexpr (std::is_integral_v<T>) {
    fixed(field);
  } else if constexpr (std::is_same_v<T, Uuid>) {
    fixed(field.high), fixed(field.low);
  } else if constexpr (std::is_same_v<T, std::string_view>) {
    text(field, compact);
  } else if constexpr (std::is_same_v<T, Bytes>) {
    length(static_cast<int64_t>(field.size()), compact, true);
    raw(field);
  } else if constexpr (std::is_same_v<T, Records>) {
    length(field.size(), compact, true);
    if (field.attachment >= 0) hole(field.attachment, field.attached_size);
    else raw(field.bytes);
  } else {
    static_assert(is_array<T>);
    length(static_cast<int64_t>(field.size()), flexible_, true);
    field.each([&](const auto& element) { value(element, false, flexible_); });
  }
}

// Null where this version has no null becomes the empty value, as old versions said it.
template <class T>
void Encoder::null(bool nullable, bool compact) {
  if (!nullable) return value(T{}, false, compact);
  if constexpr (Structure<T>) fixed<int8_t>(-1);
  else length(-1, compact, !std::is_same_v<T, std::string_view>);
}

template <class T>
void Encoder::structure(const T& m) {
  T::visit(*this, m);
  if (flexible_) tags(m);
}

template <class T>
void Encoder::tags(const T& m) {
  const void* const* defaults = TagDefaults::of<T>();
  if (!defaults) return varint(0);
  const uint64_t outer = std::exchange(tags_set_, 0);
  defaults_ = defaults;
  pass_ = Pass::tag_scan;
  T::visit(*this, m);
  const uint64_t set = std::exchange(tags_set_, outer);
  varint(static_cast<uint64_t>(std::popcount(set)));
  for (uint64_t left = set; left; left &= left - 1) {
    pass_ = Pass::tag_write;
    tag_ = static_cast<int16_t>(std::countr_zero(left));
    T::visit(*this, m);
  }
  pass_ = Pass::fields;
}

#define EVLOG_WIRE_DEFINE(X)                                                                                  \
  void decode(Decoder& decoder, int16_t version, X& out) { decoder.message(version, out); }                   \
  void encode(Encoder& encoder, int16_t version, const X& message) { encoder.message(version, message); }     \
  const Type& type_of(const X*) { return type<X>; }

}  // namespace evlog::wire
