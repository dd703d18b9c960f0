// The one place that parses JSON; nlohmann's exceptions and types stay inside.
#include <nlohmann/json.hpp>

#include <limits>

#include "wire/json.h"
#include "wire/type.h"
#include "wire/value.h"

namespace evlog::wire {
namespace {

using Json = nlohmann::json;

class Reader {
 public:
  Reader(int16_t version, Storage& storage) : version_(version), storage_(storage) {}
  Result<void> value(const Type& type, const Json& json, void* out);

 private:
  class Fields;
  Result<void> bytes(const Json& json, Bytes& out);
  Result<void> float64(const Json& json, void* out);
  Result<void> array(const Type& type, const Json& json, void* out);
  Result<void> structure(const Type& type, const Json& json, void* out);

  int16_t version_;
  Storage& storage_;
};

std::unexpected<Error> wrong(std::string_view wanted, const Json& json) {
  return fail(ErrorCode::INVALID_REQUEST, "{} where {} is wanted", json.type_name(), wanted);
}

class Reader::Fields : public FieldSink {
 public:
  Fields(Reader& reader, const Json& json) : reader_(reader), json_(json) {}
  void field(const char* name, const Rule& rule, const Type& type, void* value) override {
    const Json* json = find(name);
    if (!json || !result) return;
    ++known;
    if (!rule.versions.contains(reader_.version_)) {
      result = fail(ErrorCode::INVALID_REQUEST, "version {} has no field {}", reader_.version_, name);
    } else if (auto r = reader_.value(type, *json, value); !r) {
      result = fail(r.error(), "{}", json_name(name));
    }
  }
  Result<void> result;
  size_t known = 0;

 private:
  const Json* find(const char* name) const {
    auto at = json_.find(json_name(name));
    if (at == json_.end()) at = json_.find(name);
    return at == json_.end() ? nullptr : &*at;
  }
  Reader& reader_;
  const Json& json_;
};

Result<void> Reader::value(const Type& type, const Json& json, void* out) {
  if (type.kind == Kind::optional) {
    if (json.is_null()) return type.reset(out), Result<void>();
    return value(*type.inner, json, type.emplace(out));
  }
  if (type.kind == Kind::array) return array(type, json, out);
  if (type.kind == Kind::structure) return structure(type, json, out);
  if (type.kind == Kind::boolean) {
    if (!json.is_boolean()) return wrong("a boolean", json);
    store(out, json.get<bool>());
    return {};
  }
  if (is_integer(type.kind)) {
    if (!json.is_number_integer()) return wrong("an integer", json);
    const bool big = json.is_number_unsigned() && json.get<uint64_t>() > INT64_MAX;
    if (big || !store_integer(type.kind, out, json.get<int64_t>())) return fail(ErrorCode::INVALID_REQUEST, "{} is out of range", json.dump());
    return {};
  }
  if (type.kind == Kind::float64) return float64(json, out);
  if (!json.is_string()) return wrong("a string", json);
  if (type.kind == Kind::string) return store(out, storage_.keep(json.get<std::string>())), Result<void>();
  if (type.kind == Kind::uuid) {
    const auto id = Uuid::parse(json.get_ref<const std::string&>());
    if (!id) return fail(ErrorCode::INVALID_REQUEST, "{} is not an id", json.dump());
    return store(out, *id), Result<void>();
  }
  Bytes decoded;
  if (auto r = bytes(json, decoded); !r) return r;
  if (type.kind == Kind::records) store(out, Records{.bytes = decoded});
  else store(out, decoded);
  return {};
}

Result<void> Reader::bytes(const Json& json, Bytes& out) {
  auto decoded = base64_decode(json.get_ref<const std::string&>());
  if (!decoded) return fail(ErrorCode::INVALID_REQUEST, "text that is not base64");
  out = storage_.keep_bytes(std::move(*decoded));
  return {};
}

// What has no number in JSON is written as a text: "nan", "inf", "-inf".
Result<void> Reader::float64(const Json& json, void* out) {
  constexpr double infinity = std::numeric_limits<double>::infinity();
  if (json.is_number()) return store(out, json.get<double>()), Result<void>();
  if (json == "nan") return store(out, std::numeric_limits<double>::quiet_NaN()), Result<void>();
  if (json == "inf" || json == "-inf") return store(out, json == "inf" ? infinity : -infinity), Result<void>();
  return wrong("a number", json);
}

Result<void> Reader::array(const Type& type, const Json& json, void* out) {
  if (!json.is_array()) return wrong("an array", json);
  type.clear(out);
  for (size_t i = 0; i < json.size(); ++i) {
    if (auto r = value(*type.inner, json[i], type.append(out)); !r) return fail(r.error(), "[{}]", i);
  }
  return {};
}

Result<void> Reader::structure(const Type& type, const Json& json, void* out) {
  if (!json.is_object()) return wrong("an object", json);
  Fields fields(*this, json);
  type.fields(out, fields);
  if (!fields.result) return fields.result;
  if (fields.known != json.size()) return fail(ErrorCode::INVALID_REQUEST, "an object with fields that are not known: {}", json.dump().substr(0, 200));
  return {};
}

}  // namespace

Result<void> from_json(std::string_view text, const Type& type, void* message, int16_t version, Storage& storage) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return fail(ErrorCode::INVALID_REQUEST, "not JSON");
  try {
    return Reader(version, storage).value(type, json, message);
  } catch (const Json::exception& e) {
    return fail(ErrorCode::INVALID_REQUEST, "{}", e.what());
  }
}

}  // namespace evlog::wire
