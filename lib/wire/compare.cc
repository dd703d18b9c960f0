#include "wire/compare.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/json.h"
#include "wire/type.h"
#include "wire/value.h"

namespace evlog::wire {
namespace {

using Difference = std::optional<std::string>;

struct Field {
  const char* name;
  Rule rule;
  const Type* type;
  void* value;
};

class Fields : public FieldSink {
 public:
  Fields(const Type& type, const void* object) { type.fields(const_cast<void*>(object), *this); }
  void field(const char* name, const Rule& rule, const Type& type, void* value) override { list.push_back({name, rule, &type, value}); }
  std::vector<Field> list;
};

// The items of a decoded array live only while they are visited, so the second array is walked from inside the first.
class NthItem : public ItemSink {
 public:
  NthItem(size_t index, const Type& type, const void* a, int16_t version, Difference& out)
      : index_(index), type_(type), a_(a), version_(version), out_(out) {}
  void item(const void* b) override {
    if (index_-- == 0) out_ = difference(type_, a_, b, version_);
  }

 private:
  size_t index_;
  const Type& type_;
  const void* a_;
  int16_t version_;
  Difference& out_;
};

class Items : public ItemSink {
 public:
  Items(const Type& array, const void* b, int16_t version) : array_(array), b_(b), version_(version) {}
  void item(const void* a) override {
    const size_t index = index_++;
    if (found) return;
    NthItem nth(index, *array_.inner, a, version_, found);
    array_.each(b_, nth);
    if (found) found = fmt::format("[{}]{}", index, *found);
  }
  Difference found;

 private:
  const Type& array_;
  const void* b_;
  int16_t version_;
  size_t index_ = 0;
};

Difference differ(const Type& type, const void* a, const void* b, int16_t version) {
  return fmt::format(": {} is not {}", to_json(type, a, version), to_json(type, b, version));
}

Difference compare_arrays(const Type& type, const void* a, const void* b, int16_t version) {
  if (type.size(a) != type.size(b)) return fmt::format(": {} elements, not {}", type.size(a), type.size(b));
  Items items(type, b, version);
  type.each(a, items);
  return items.found;
}

Difference compare_structures(const Type& type, const void* a, const void* b, int16_t version) {
  const Fields left(type, a), right(type, b);
  for (size_t i = 0; i < left.list.size(); ++i) {
    const Field& f = left.list[i];
    if (!f.rule.versions.contains(version)) continue;
    if (auto found = difference(*f.type, f.value, right.list[i].value, version)) return fmt::format(".{}{}", json_name(f.name), *found);
  }
  return {};
}

Difference compare_optionals(const Type& type, const void* a, const void* b, int16_t version) {
  if (type.has(a) != type.has(b)) return differ(type, a, b, version);
  if (!type.has(a)) return {};
  return difference(*type.inner, type.get(const_cast<void*>(a)), type.get(const_cast<void*>(b)), version);
}

bool same_value(Kind kind, const void* a, const void* b) {
  switch (kind) {
    case Kind::boolean: return load<bool>(a) == load<bool>(b);
    case Kind::float64: return load<uint64_t>(a) == load<uint64_t>(b);
    case Kind::string: return load<std::string_view>(a) == load<std::string_view>(b);
    case Kind::bytes: return std::ranges::equal(load<Bytes>(a), load<Bytes>(b));
    case Kind::uuid: return load<Uuid>(a) == load<Uuid>(b);
    case Kind::records: {
      const auto x = load<Records>(a), y = load<Records>(b);
      return x.size() == y.size() && x.attachment == y.attachment && std::ranges::equal(x.bytes, y.bytes);
    }
    default: return load_integer(kind, a) == load_integer(kind, b);
  }
}

}  // namespace

Difference difference(const Type& type, const void* a, const void* b, int16_t version) {
  switch (type.kind) {
    case Kind::structure: return compare_structures(type, a, b, version);
    case Kind::array: return compare_arrays(type, a, b, version);
    case Kind::optional: return compare_optionals(type, a, b, version);
    default: return same_value(type.kind, a, b) ? Difference{} : differ(type, a, b, version);
  }
}

}  // namespace evlog::wire
