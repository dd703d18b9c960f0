#include <fmt/format.h>

#include <cmath>

#include "wire/json.h"
#include "wire/type.h"
#include "wire/value.h"

namespace evlog::wire {
namespace {

void quote(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out += '\\', out += c;
    else if (byte < 0x20) fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
    else out += c;
  }
  out += '"';
}

void quote_base64(std::string& out, Bytes bytes) { out += '"' + base64(bytes.data(), bytes.size()) + '"'; }

class Writer {
 public:
  Writer(std::string& out, int16_t version) : out_(out), version_(version) {}
  void value(const Type& type, const void* v);

 private:
  class Fields;
  class Items;
  std::string& out_;
  int16_t version_;
};

class Writer::Fields : public FieldSink {
 public:
  Fields(Writer& writer, const Defaults& defaults) : writer_(writer), defaults_(defaults) {}
  void field(const char* name, const Rule& rule, const Type& type, void* value) override {
    const size_t index = index_++;
    if (!rule.versions.contains(writer_.version_)) return;
    if (rule.tag >= 0 && same(type, value, defaults_.at(index), writer_.version_)) return;
    if (!first_) writer_.out_ += ',';
    first_ = false;
    quote(writer_.out_, json_name(name));
    writer_.out_ += ':';
    writer_.value(type, value);
  }

 private:
  Writer& writer_;
  const Defaults& defaults_;
  size_t index_ = 0;
  bool first_ = true;
};

class Writer::Items : public ItemSink {
 public:
  Items(Writer& writer, const Type& type) : writer_(writer), type_(type) {}
  void item(const void* value) override {
    if (!first_) writer_.out_ += ',';
    first_ = false;
    writer_.value(type_, value);
  }

 private:
  Writer& writer_;
  const Type& type_;
  bool first_ = true;
};

void Writer::value(const Type& type, const void* v) {
  switch (type.kind) {
    case Kind::boolean: out_ += load<bool>(v) ? "true" : "false"; break;
    case Kind::float64: {
      const auto number = load<double>(v);
      out_ += std::isfinite(number) ? fmt::format("{}", number) : fmt::format("\"{}\"", number);
      break;
    }
    case Kind::string: quote(out_, load<std::string_view>(v)); break;
    case Kind::bytes: quote_base64(out_, load<Bytes>(v)); break;
    case Kind::uuid: out_ += '"' + load<Uuid>(v).text() + '"'; break;
    case Kind::records: quote_base64(out_, load<Records>(v).bytes); break;
    case Kind::optional:
      if (type.has(v)) value(*type.inner, type.get(const_cast<void*>(v)));
      else out_ += "null";
      break;
    case Kind::array: {
      Items items(*this, *type.inner);
      out_ += '[';
      type.each(v, items);
      out_ += ']';
      break;
    }
    case Kind::structure: {
      const Defaults defaults(type);
      Fields fields(*this, defaults);
      out_ += '{';
      type.fields(const_cast<void*>(v), fields);
      out_ += '}';
      break;
    }
    default: fmt::format_to(std::back_inserter(out_), "{}", load_integer(type.kind, v));
  }
}

}  // namespace

std::string to_json(const Type& type, const void* message, int16_t version) {
  std::string out;
  Writer(out, version).value(type, message);
  return out;
}

}  // namespace evlog::wire
