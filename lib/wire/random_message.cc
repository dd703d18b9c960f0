#include "wire/random_message.h"

#include "wire/type.h"
#include "wire/value.h"

namespace evlog::wire {
namespace {

constexpr uint64_t elements_max = 3;
constexpr uint64_t text_bytes_max = 12;

class Filler : public FieldSink {
 public:
  Filler(int16_t version, Random& random, Storage& storage) : version_(version), random_(random), storage_(storage) {}

  void field(const char*, const Rule& rule, const Type& type, void* value) override {
    if (!rule.versions.contains(version_)) return;
    if (rule.tag >= 0 && random_.chance(0.5)) return;              // at its default
    fill(type, value, rule.nullable.contains(version_));
  }
  void fill(const Type& type, void* value, bool nullable);

 private:
  void array(const Type& type, void* value);
  std::string text();
  int64_t integer(Kind kind);

  int16_t version_;
  Random& random_;
  Storage& storage_;
};

std::string Filler::text() {
  std::string out;
  const auto size = random_.below(text_bytes_max + 1);
  while (out.size() < size) out += random_.chance(0.1) ? "é" : std::string(1, static_cast<char>('a' + random_.below(26)));
  return out;
}

// Small numbers, the edges of the type, and anything.
int64_t Filler::integer(Kind kind) {
  static constexpr int64_t edges[] = {0, -1, 1, INT8_MAX, INT8_MIN, INT16_MAX, INT16_MIN, INT32_MAX, INT32_MIN, UINT16_MAX, UINT32_MAX, INT64_MAX, INT64_MIN};
  if (random_.chance(0.3)) return edges[random_.below(std::size(edges))];
  if (random_.chance(0.5)) return random_.between(0, 100);
  return kind == Kind::int64 ? static_cast<int64_t>(random_.next()) : random_.between(INT16_MIN, INT32_MAX);
}

void Filler::array(const Type& type, void* value) {
  type.clear(value);
  for (uint64_t left = random_.below(elements_max + 1); left > 0; --left) fill(*type.inner, type.append(value), false);
}

void Filler::fill(const Type& type, void* value, bool nullable) {
  switch (type.kind) {
    case Kind::optional:
      if (nullable && random_.chance(0.3)) type.reset(value);
      else fill(*type.inner, type.emplace(value), false);
      break;
    case Kind::structure: type.fields(value, *this); break;
    case Kind::array: array(type, value); break;
    case Kind::boolean: store(value, random_.chance(0.5)); break;
    case Kind::float64: store(value, random_.unit() * 1e6); break;
    case Kind::uuid: store(value, random_.chance(0.2) ? Uuid{} : Uuid::random(random_)); break;
    case Kind::string: store(value, storage_.keep(text())); break;
    case Kind::bytes: store(value, storage_.keep_bytes(text())); break;
    case Kind::records: store(value, Records{.bytes = storage_.keep_bytes(text())}); break;
    default:
      while (!store_integer(type.kind, value, integer(type.kind))) {}
  }
}

}  // namespace

void randomize(const Type& type, void* message, int16_t version, Random& random, Storage& storage) {
  Filler(version, random, storage).fill(type, message, false);
}

}  // namespace evlog::wire
