#include "wire/value.h"

#include "wire/compare.h"

namespace evlog::wire {
namespace {

template <class T>
bool store_if_fits(void* at, int64_t v) {
  if (v < static_cast<int64_t>(std::numeric_limits<T>::min()) || v > static_cast<int64_t>(std::numeric_limits<T>::max())) return false;
  store(at, static_cast<T>(v));
  return true;
}

class Addresses : public FieldSink {
 public:
  explicit Addresses(std::vector<const void*>& out) : out_(out) {}
  void field(const char*, const Rule&, const Type&, void* value) override { out_.push_back(value); }

 private:
  std::vector<const void*>& out_;
};

}  // namespace

bool is_integer(Kind kind) { return kind >= Kind::int8 && kind <= Kind::int64; }

int64_t load_integer(Kind kind, const void* at) {
  switch (kind) {
    case Kind::int8: return load<int8_t>(at);
    case Kind::int16: return load<int16_t>(at);
    case Kind::uint16: return load<uint16_t>(at);
    case Kind::int32: return load<int32_t>(at);
    case Kind::uint32: return load<uint32_t>(at);
    default: return load<int64_t>(at);
  }
}

bool store_integer(Kind kind, void* at, int64_t v) {
  switch (kind) {
    case Kind::int8: return store_if_fits<int8_t>(at, v);
    case Kind::int16: return store_if_fits<int16_t>(at, v);
    case Kind::uint16: return store_if_fits<uint16_t>(at, v);
    case Kind::int32: return store_if_fits<int32_t>(at, v);
    case Kind::uint32: return store_if_fits<uint32_t>(at, v);
    default: return store_if_fits<int64_t>(at, v);
  }
}

std::string json_name(std::string_view name) {
  std::string out(name);
  if (!out.empty() && out[0] >= 'A' && out[0] <= 'Z') out[0] = static_cast<char>(out[0] - 'A' + 'a');
  return out;
}

Defaults::Defaults(const Type& structure) : type_(structure), object_(structure.create()) {
  Addresses addresses(fields_);
  type_.fields(object_, addresses);
}
Defaults::~Defaults() { type_.destroy(object_); }

bool same(const Type& type, const void* a, const void* b, int16_t version) { return !difference(type, a, b, version); }

}  // namespace evlog::wire
