#include "client/record_json.h"

#include <cctype>
#include <charconv>
#include <cstring>

#include "base/text.h"
#include "base/uuid.h"
#include "client/json_value.h"

namespace evlog::client {
namespace {

void append_number(std::string& out, int64_t number) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

// True for the bytes that stand for themselves in a JSON string.
bool plain(char c) { return static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\'; }

void append_escaped(std::string& out, char c) {
  static constexpr char hex[] = "0123456789abcdef";
  switch (c) {
    case '"': out += "\\\""; break;
    case '\\': out += "\\\\"; break;
    case '\n': out += "\\n"; break;
    case '\r': out += "\\r"; break;
    case '\t': out += "\\t"; break;
    default:
      out += "\\u00";
      out += hex[(c >> 4) & 15];
      out += hex[c & 15];
  }
}

bool ascii(std::string_view text) {
  while (text.size() >= 8) {
    uint64_t word;
    std::memcpy(&word, text.data(), 8);
    if (word & 0x8080808080808080ull) return false;
    text.remove_prefix(8);
  }
  for (char c : text)
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  return true;
}

bool is_text(std::string_view bytes) { return ascii(bytes) || valid_utf8(bytes); }

void append_base64(std::string& out, std::string_view bytes) {
  out += '"';
  out += base64(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  out += '"';
}

void append_field(std::string& out, std::string_view name, const std::optional<std::string_view>& bytes) {
  out += ",\"";
  out += name;
  if (!bytes) {
    out += "\":null";
  } else if (is_text(*bytes)) {
    out += "\":";
    append_json_string(out, *bytes);
  } else {
    out += "_b64\":";
    append_base64(out, *bytes);
  }
}

bool append_embedded(std::string& out, const std::optional<std::string_view>& payload) {
  static constexpr std::string_view name = ",\"value\":";
  if (!payload) return false;
  out += name;
  if (append_json_value(out, *payload)) return true;
  return out.resize(out.size() - name.size()), false;
}

void append_header_part(std::string& out, const std::optional<std::string_view>& bytes) {
  if (!bytes) {
    out += "null";
  } else if (is_text(*bytes)) {
    append_json_string(out, *bytes);
  } else {
    out += "{\"b64\":";
    append_base64(out, *bytes);
    out += '}';
  }
}

void append_headers(std::string& out, const std::vector<Header>& headers) {
  out += ",\"headers\":[";
  for (size_t i = 0; i < headers.size(); ++i) {
    out += i ? ",[" : "[";
    append_header_part(out, headers[i].name);
    out += ',';
    append_header_part(out, headers[i].value);
    out += ']';
  }
  out += ']';
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  size_t start = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (plain(text[i])) continue;
    out.append(text, start, i - start);
    append_escaped(out, text[i]);
    start = i + 1;
  }
  out.append(text, start, text.size() - start);
  out += '"';
}

void append_json(std::string& out, const Record& record, JsonPayload payload) {
  out += "{\"topic\":";
  append_json_string(out, record.topic);
  out += ",\"partition\":";
  append_number(out, record.partition);
  out += ",\"offset\":";
  append_number(out, record.offset);
  out += ",\"ts\":";
  append_number(out, record.timestamp_ms);
  out += ",\"tstype\":\"";
  out += record.timestamp_type;
  out += '"';
  append_field(out, "key", record.key);
  if (payload != JsonPayload::embedded || !append_embedded(out, record.value)) append_field(out, "value", record.value);
  append_headers(out, record.headers);
  if (record.leader_epoch >= 0) {
    out += ",\"epoch\":";
    append_number(out, record.leader_epoch);
  }
  out += '}';
}

// Walks one line. The first error stays; every later step then does nothing.
class JsonReader::Scan {
 public:
  Scan(std::string_view line, std::string& scratch) : begin_(line.data()), at_(begin_), end_(begin_ + line.size()), scratch_(scratch) {}

  Result<void> record(Record& out);

 private:
  using Text = std::optional<std::string_view>;

  void error(std::string what) {
    if (what_.empty()) what_ = std::move(what), column_ = at_ - begin_ + 1;
    at_ = end_;
  }
  bool failed() const { return !what_.empty(); }
  void blanks() {
    while (at_ < end_ && (*at_ == ' ' || *at_ == '\t' || *at_ == '\r' || *at_ == '\n')) ++at_;
  }
  char peek() {
    blanks();
    return at_ < end_ ? *at_ : '\0';
  }
  bool accept(char c) {
    if (peek() != c || at_ == end_) return false;
    ++at_;
    return true;
  }
  void expect(char c) {
    if (!accept(c)) error(fmt::format("expected '{}'", c));
  }
  bool accept_word(std::string_view word) {
    if (std::string_view(at_, static_cast<size_t>(end_ - at_)).substr(0, word.size()) != word) return false;
    at_ += word.size();
    return true;
  }

  void field(std::string_view name, Record& out);
  std::string_view string();
  std::string_view unescape(const char* start);
  void escape();
  uint32_t hex4();
  void unicode();
  void put_utf8(uint32_t point);
  int64_t number();
  std::string_view raw();
  void raw_structure();
  Text text_or_raw();
  Text decoded();
  Text header_part();
  void headers(Record& out);

  const char* begin_;
  const char* at_;
  const char* end_;
  std::string& scratch_;
  std::string what_;
  int64_t column_ = 0;
};

Result<void> JsonReader::Scan::record(Record& out) {
  if (peek() != '{') error("expected a JSON object, one per line");
  expect('{');
  if (!accept('}')) {
    do {
      if (peek() != '"') error("expected the name of a field");
      const std::string_view name = string();
      expect(':');
      if (!failed()) field(name, out);
    } while (!failed() && accept(','));
    expect('}');
  }
  if (!failed() && peek() != '\0') error("text behind the record");
  if (failed()) return fail(ErrorCode::INVALID_RECORD, "column {}: {}", column_, what_);
  return {};
}

void JsonReader::Scan::field(std::string_view name, Record& out) {
  const char* const place = at_;
  if (name == "value" || name == "payload") out.value = text_or_raw();
  else if (name == "key") out.key = text_or_raw();
  else if (name == "value_b64") out.value = decoded();
  else if (name == "key_b64") out.key = decoded();
  else if (name == "topic") out.topic = text_or_raw().value_or("");
  else if (name == "partition") out.partition = static_cast<int32_t>(number());
  else if (name == "ts") out.timestamp_ms = number();
  else if (name == "headers") headers(out);
  else if (name == "offset" || name == "tstype" || name == "epoch" || name == "broker") raw();
  else at_ = place, error(fmt::format("unknown field '{}'; a record has topic, partition, ts, key, value, headers", name));
}

std::string_view JsonReader::Scan::string() {
  if (!accept('"')) return error("expected a string"), std::string_view();
  const char* const start = at_;
  while (at_ < end_ && plain(*at_)) ++at_;
  if (at_ == end_) return error("the string does not end"), std::string_view();
  if (*at_ == '\\') return unescape(start);
  if (*at_ != '"') return error("a control character in a string must be escaped"), std::string_view();
  return {start, static_cast<size_t>(at_++ - start)};
}

std::string_view JsonReader::Scan::unescape(const char* start) {
  const size_t from = scratch_.size();
  scratch_.append(start, at_);
  while (at_ < end_ && *at_ != '"') {
    if (*at_ == '\\') {
      escape();
    } else if (plain(*at_)) {
      scratch_ += *at_++;
    } else {
      error("a control character in a string must be escaped");
    }
  }
  if (at_ == end_) return error("the string does not end"), std::string_view();
  ++at_;
  return std::string_view(scratch_).substr(from);
}

void JsonReader::Scan::escape() {
  ++at_;
  switch (at_ < end_ ? *at_++ : '\0') {
    case '"': scratch_ += '"'; break;
    case '\\': scratch_ += '\\'; break;
    case '/': scratch_ += '/'; break;
    case 'b': scratch_ += '\b'; break;
    case 'f': scratch_ += '\f'; break;
    case 'n': scratch_ += '\n'; break;
    case 'r': scratch_ += '\r'; break;
    case 't': scratch_ += '\t'; break;
    case 'u': unicode(); break;
    default: error("unknown escape in a string");
  }
}

uint32_t JsonReader::Scan::hex4() {
  uint32_t value = 0;
  if (end_ - at_ < 4) return error("\\u needs four hexadecimal digits"), 0;
  const auto [stop, status] = std::from_chars(at_, at_ + 4, value, 16);
  if (status != std::errc() || stop != at_ + 4) return error("\\u needs four hexadecimal digits"), 0;
  at_ += 4;
  return value;
}

void JsonReader::Scan::unicode() {
  uint32_t point = hex4();
  if (point >= 0xD800 && point < 0xDC00) {
    if (!accept_word("\\u")) return error("half of a surrogate pair");
    const uint32_t low = hex4();
    if (low < 0xDC00 || low > 0xDFFF) return error("half of a surrogate pair");
    point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
  } else if (point >= 0xDC00 && point <= 0xDFFF) {
    return error("half of a surrogate pair");
  }
  put_utf8(point);
}

void JsonReader::Scan::put_utf8(uint32_t point) {
  const auto put = [&](uint32_t byte) { scratch_ += static_cast<char>(byte); };
  if (point < 0x80) return put(point);
  if (point < 0x800) return put(0xC0 | point >> 6), put(0x80 | (point & 63));
  if (point < 0x10000) return put(0xE0 | point >> 12), put(0x80 | ((point >> 6) & 63)), put(0x80 | (point & 63));
  put(0xF0 | point >> 18), put(0x80 | ((point >> 12) & 63)), put(0x80 | ((point >> 6) & 63)), put(0x80 | (point & 63));
}

int64_t JsonReader::Scan::number() {
  blanks();
  if (accept_word("null")) return -1;
  int64_t value = 0;
  const auto [stop, status] = std::from_chars(at_, end_, value);
  if (status != std::errc()) return error("expected a whole number"), -1;
  at_ = stop;
  return value;
}

// Any JSON value, as its own text; not judged closer than its brackets and strings.
std::string_view JsonReader::Scan::raw() {
  const char first = peek();
  const char* const start = at_;
  if (first == '"') {
    string();
  } else if (first == '{' || first == '[') {
    raw_structure();
  } else {
    while (at_ < end_ && (std::isalnum(static_cast<unsigned char>(*at_)) || *at_ == '-' || *at_ == '+' || *at_ == '.')) ++at_;
    if (at_ == start) error("expected a value");
  }
  return {start, static_cast<size_t>(at_ - start)};
}

void JsonReader::Scan::raw_structure() {
  std::string open;
  const size_t mark = scratch_.size();
  do {
    const char c = peek();
    if (at_ == end_) return error("the value does not end");
    if (c == '"') {
      string();
      continue;
    }
    ++at_;
    if (c == '{') open += '}';
    else if (c == '[') open += ']';
    else if (c == '}' || c == ']') {
      if (open.back() != c) return --at_, error("brackets do not match");
      open.pop_back();
    }
  } while (!open.empty() && !failed());
  scratch_.resize(mark);
}

JsonReader::Scan::Text JsonReader::Scan::text_or_raw() {
  const char first = peek();
  if (first == '"') return string();
  if (first == 'n' && accept_word("null")) return std::nullopt;
  return raw();
}

JsonReader::Scan::Text JsonReader::Scan::decoded() {
  blanks();
  if (accept_word("null")) return std::nullopt;
  const auto bytes = base64_decode(string());
  if (!bytes) return error("not base64"), std::nullopt;
  const size_t from = scratch_.size();
  scratch_ += *bytes;
  return std::string_view(scratch_).substr(from);
}

JsonReader::Scan::Text JsonReader::Scan::header_part() {
  if (!accept('{')) return text_or_raw();
  if (string() != "b64") error("expected {\"b64\":\"…\"}");
  expect(':');
  const Text bytes = decoded();
  expect('}');
  return bytes;
}

// [["name","value"],…], or {"name":"value",…} for those who write it by hand.
void JsonReader::Scan::headers(Record& out) {
  if (peek() == 'n' && accept_word("null")) return;
  const bool object = accept('{');
  const char close = object ? '}' : ']';
  if (!object) expect('[');
  if (accept(close) || failed()) return;
  do {
    Header header;
    if (!object) expect('[');
    header.name = (object ? Text(string()) : header_part()).value_or("");
    expect(object ? ':' : ',');
    header.value = header_part();
    if (!object) expect(']');
    out.headers.push_back(header);
  } while (!failed() && accept(','));
  expect(close);
}

Result<void> JsonReader::read(std::string_view line, Record& out) {
  scratch_.clear();
  // Unescaped text is never longer than the line, so no append moves what earlier views point at.
  if (scratch_.capacity() < line.size()) scratch_.reserve(line.size() * 2);
  if (!is_text(line)) return fail(ErrorCode::INVALID_RECORD, "column 1: not UTF-8; bytes go as \"value_b64\"");
  return Scan(line, scratch_).record(out);
}

}  // namespace evlog::client
