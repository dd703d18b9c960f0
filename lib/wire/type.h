// Type: a described type without its C++ type. JSON, schema text, random samples and comparison are written once over it instead of
// being instantiated for every message; they are slow and may be. An object is passed as its address.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "wire/message.h"

namespace evlog::wire {

enum class Kind : uint8_t {
  boolean, int8, int16, uint16, int32, uint32, int64, float64, string, bytes, uuid, records,  // values
  structure, array, optional,
};

class FieldSink {
 public:
  virtual ~FieldSink() = default;
  virtual void field(const char* name, const Rule& rule, const Type& type, void* value) = 0;
};
class ItemSink {
 public:
  virtual ~ItemSink() = default;
  virtual void item(const void* value) = 0;
};

struct Type {
  Kind kind;
  const Type* inner = nullptr;                          // of an array or optional

  void (*fields)(void* object, FieldSink& sink) = nullptr;       // structure: its fields in order
  void* (*create)() = nullptr;                                   // structure: a new one with its defaults
  void (*destroy)(void* object) = nullptr;
  bool (*has)(const void* optional) = nullptr;                   // optional
  void* (*get)(void* optional) = nullptr;
  void* (*emplace)(void* optional) = nullptr;
  void (*reset)(void* optional) = nullptr;
  size_t (*size)(const void* array) = nullptr;                   // array
  void (*each)(const void* array, ItemSink& sink) = nullptr;
  void* (*append)(void* array) = nullptr;                        // a new element, owned
  void (*clear)(void* array) = nullptr;
};

template <class T>
struct TypeOf {
  struct Walk {
    FieldSink& sink;
    template <class F, class... Rules>
    void operator()(const char* name, F& field, Rules... rules) {
      sink.field(name, make_rule(rules...), TypeOf<F>::value, &field);
    }
  };
  static constexpr Type value{.kind = Kind::structure, .fields = [](void* object, FieldSink& sink) {
    Walk walk{sink};
    T::visit(walk, *static_cast<T*>(object));
  }, .create = []() -> void* { return new T; }, .destroy = [](void* object) { delete static_cast<T*>(object); }};
};
template <class T>
struct TypeOf<std::optional<T>> {
  using O = std::optional<T>;
  static constexpr Type value{.kind = Kind::optional,
                              .inner = &TypeOf<T>::value,
                              .has = [](const void* o) { return static_cast<const O*>(o)->has_value(); },
                              .get = [](void* o) -> void* { return &**static_cast<O*>(o); },
                              .emplace = [](void* o) -> void* { return &static_cast<O*>(o)->emplace(); },
                              .reset = [](void* o) { static_cast<O*>(o)->reset(); }};
};
template <class T>
struct TypeOf<Array<T>> {
  using A = Array<T>;
  static constexpr Type value{.kind = Kind::array,
                              .inner = &TypeOf<T>::value,
                              .size = [](const void* a) { return static_cast<const A*>(a)->size(); },
                              .each = [](const void* a, ItemSink& sink) { static_cast<const A*>(a)->each([&](const T& item) { sink.item(&item); }); },
                              .append = [](void* a) -> void* { return &static_cast<A*>(a)->emplace_back(); },
                              .clear = [](void* a) { static_cast<A*>(a)->clear(); }};
};
template <Kind kind>
struct ValueType {
  static constexpr Type value{.kind = kind};
};
template <> struct TypeOf<bool> : ValueType<Kind::boolean> {};
template <> struct TypeOf<int8_t> : ValueType<Kind::int8> {};
template <> struct TypeOf<int16_t> : ValueType<Kind::int16> {};
template <> struct TypeOf<ErrorCode> : ValueType<Kind::int16> {};
template <> struct TypeOf<uint16_t> : ValueType<Kind::uint16> {};
template <> struct TypeOf<int32_t> : ValueType<Kind::int32> {};
template <> struct TypeOf<uint32_t> : ValueType<Kind::uint32> {};
template <> struct TypeOf<int64_t> : ValueType<Kind::int64> {};
template <> struct TypeOf<double> : ValueType<Kind::float64> {};
template <> struct TypeOf<std::string_view> : ValueType<Kind::string> {};
template <> struct TypeOf<Bytes> : ValueType<Kind::bytes> {};
template <> struct TypeOf<Uuid> : ValueType<Kind::uuid> {};
template <> struct TypeOf<Records> : ValueType<Kind::records> {};

template <class T>
inline constexpr const Type& type = TypeOf<T>::value;

}  // namespace evlog::wire
