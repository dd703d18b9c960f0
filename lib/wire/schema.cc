#include "wire/schema.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/json.h"
#include "wire/type.h"
#include "wire/value.h"

namespace evlog::wire {
namespace {

std::string kind_name(const Type& type) {
  switch (type.kind) {
    case Kind::boolean: return "bool";
    case Kind::int8: return "int8";
    case Kind::int16: return "int16";
    case Kind::uint16: return "uint16";
    case Kind::int32: return "int32";
    case Kind::uint32: return "uint32";
    case Kind::int64: return "int64";
    case Kind::float64: return "float64";
    case Kind::string: return "string";
    case Kind::bytes: return "bytes";
    case Kind::uuid: return "uuid";
    case Kind::records: return "records";
    case Kind::structure: return "struct";
    case Kind::array: return "[]" + kind_name(*type.inner);
    case Kind::optional: return kind_name(*type.inner);
  }
  return "";
}

const Type* structure_inside(const Type& type) {
  const Type* t = &type;
  while (t->inner) t = t->inner;
  return t->kind == Kind::structure ? t : nullptr;
}

std::string range(Versions v) { return fmt::format("[{},{}]", v.min, v.max); }
Versions cut(Versions a, Versions b) { return {std::max(a.min, b.min), std::min(a.max, b.max)}; }

class SchemaFields : public FieldSink {
 public:
  SchemaFields(const Message& info, const Type& structure) : info_(info), object_(structure.create()), structure_(structure) {
    structure.fields(object_, *this);
  }
  ~SchemaFields() override { structure_.destroy(object_); }
  SchemaFields(const SchemaFields&) = delete;
  void field(const char* name, const Rule& rule, const Type& type, void* value) override;
  std::string text;

 private:
  const Message& info_;
  void* object_;
  const Type& structure_;
};

void SchemaFields::field(const char* name, const Rule& rule, const Type& type, void* value) {
  const Versions versions = cut(rule.versions, info_.versions);
  const Versions nullable = cut(rule.nullable, versions);
  const Type* inside = structure_inside(type);
  const bool plain_structure = type.kind == Kind::structure;
  text += fmt::format(R"({}{{"name":"{}","type":"{}","versions":{},"nullableVersions":{},"tag":{},"neverCompact":{},"default":{})", text.empty() ? "" : ",",
                      name, kind_name(type), range(versions), type.kind == Kind::optional ? range(nullable) : "null",
                      rule.tag < 0 ? "null" : fmt::format("{}", rule.tag), rule.never_compact,
                      plain_structure ? "null" : to_json(type, value, versions.max));
  if (inside) text += fmt::format(R"(,"fields":[{}])", SchemaFields(info_, *inside).text);
  text += '}';
}

}  // namespace

std::string schema_json(const Message& info, const Type& type) {
  const SchemaFields fields(info, type);
  const std::string flexible = info.flexible_from == never_flexible ? "none" : fmt::format("{}+", info.flexible_from);
  return fmt::format(R"({{"name":"{}","apiKey":{},"validVersions":{},"flexibleVersions":"{}","stableMax":{},"fields":[{}]}})", info.name,
                     info.api_key < 0 ? "null" : fmt::format("{}", info.api_key), range(info.versions), flexible, info.stable_max, fields.text);
}

}  // namespace evlog::wire
