#include "client/record_format.h"

#include <charconv>
#include <ctime>

#include "base/uuid.h"
#include "client/pretty_json.h"
#include "client/record_json.h"
#include "client/time_spec.h"

namespace evlog::client {
namespace {

void append_number(std::string& out, int64_t number) {
  char text[24];
  out.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

void append_hex(std::string& out, std::string_view bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  for (char c : bytes) {
    out += digits[(c >> 4) & 15];
    out += digits[c & 15];
  }
}

void append_length(std::string& out, const FormatPart& part, const std::optional<std::string_view>& bytes) {
  const int64_t size = bytes ? static_cast<int64_t>(bytes->size()) : -1;
  const auto bits = static_cast<uint32_t>(size);
  if (part.token == 'R' || part.text == "be32") {
    for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(bits >> shift);
  } else if (part.text == "le32") {
    for (int shift = 0; shift <= 24; shift += 8) out += static_cast<char>(bits >> shift);
  } else if (part.text == "hex8") {
    out += fmt::format("{:08x}", bits);
  } else {
    append_number(out, size);
  }
}

void append_strftime(std::string& out, std::string_view format, int64_t ms) {
  const std::time_t seconds = static_cast<std::time_t>(ms / 1000);
  std::tm tm{};
  ::localtime_r(&seconds, &tm);
  char text[256];
  out.append(text, std::strftime(text, sizeof text, std::string(format).c_str(), &tm));
}

// An empty text is in quotes, so that it is not taken for null.
void append_csv(std::string& out, std::string_view text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) out.append(c == '"' ? 2 : 1, c);
  out += '"';
}

// As kcat -J has them: names and values in one list.
void append_kcat_headers(std::string& out, const Record& record) {
  if (record.headers.empty()) return;
  out += "\"headers\":[";
  for (size_t i = 0; i < record.headers.size(); ++i) {
    if (i) out += ',';
    append_json_string(out, record.headers[i].name);
    out += ',';
    if (record.headers[i].value) append_json_string(out, *record.headers[i].value);
    else out += "null";
  }
  out += "],";
}

void append_timestamp(std::string& out, std::string_view how, int64_t ms) {
  if (how == "iso") out += iso_time(ms);
  else if (how == "s") append_number(out, ms / 1000);
  else if (how.starts_with("strftime[")) append_strftime(out, how.substr(9, how.size() - 10), ms);
  else append_number(out, ms);
}

void append_attributes(std::string& out, std::string_view which, const Record& record) {
  if (which == "compression") out += record.compression;
  else if (which == "control") out += record.control ? "true" : "false";
  else if (which == "transactional") out += record.transactional ? "true" : "false";
  else out += record.timestamp_type;
}

}  // namespace

Result<RecordFormat> RecordFormat::parse(std::string_view format) {
  auto parts = parse_format(format);
  if (!parts) return fail(parts.error());
  RecordFormat made;
  made.parts_ = std::move(*parts);
  return made;
}

std::string RecordFormat::named(std::string_view name) {
  if (name == "value") return "%s\\n";
  if (name == "kv") return "%k\\t%s\\n";
  if (name == "kvh") return "%h\\t%k\\t%s\\n";
  if (name == "raw") return "%s";
  if (name == "hex") return "%s{hex}\\n";
  if (name == "csv") return "%t,%p,%o,%T,%k{csv},%s{csv}\\n";
  if (name == "pretty") return "%t %p:%o  %T{iso}  %k{json}%h{\\n  %k: %s}\\n%s{pretty}\\n\\n";
  if (name == "kcat") return "{\"topic\":\"%t\",\"partition\":%p,\"offset\":%o,\"tstype\":\"%a{timestamp-type}\",\"ts\":%T,\"broker\":-1,%h{kcat}\"key\":%k{json},\"payload\":%s{json}}\\n";
  return {};
}

void RecordFormat::append(std::string& out, const Record& record) {
  for (const FormatPart& part : parts_) append_part(out, part, record);
  ++number_;
}

void RecordFormat::append_part(std::string& out, const FormatPart& part, const Record& record) {
  switch (part.token) {
    case 0: out += part.text; break;
    case 't': out += record.topic; break;
    case 'p': append_number(out, record.partition); break;
    case 'o': append_number(out, record.offset); break;
    case 'k': append_bytes(out, part, record.key); break;
    case 's': append_bytes(out, part, record.value); break;
    case 'K': append_length(out, part, record.key); break;
    case 'S': case 'R': append_length(out, part, record.value); break;
    case 'T': append_timestamp(out, part.text, record.timestamp_ms); break;
    case 'h': append_headers(out, part, record); break;
    case 'e': append_number(out, record.leader_epoch); break;
    case 'x': append_number(out, record.producer_id); break;
    case 'y': append_number(out, record.producer_epoch); break;
    case 'i': append_number(out, number_); break;
    case 'a': append_attributes(out, part.text, record); break;
    case '[': append_number(out, record.log_start); break;
    case ']': append_number(out, record.high_watermark); break;
  }
}

void RecordFormat::append_bytes(std::string& out, const FormatPart& part, const std::optional<std::string_view>& bytes) {
  if (!bytes) out += part.text == "json" ? "null" : std::string_view(null_);
  else if (part.text == "hex") append_hex(out, *bytes);
  else if (part.text == "base64") out += base64(reinterpret_cast<const uint8_t*>(bytes->data()), bytes->size());
  else if (part.text == "json") append_json_string(out, *bytes);
  else if (part.text == "csv") append_csv(out, *bytes);
  else if (part.text != "pretty" || !append_pretty_json(out, *bytes)) out += *bytes;
}

void RecordFormat::append_header(std::string& out, const FormatPart& part, const Header& header) {
  switch (part.token) {
    case 0: out += part.text; break;
    case 'k': append_bytes(out, part, header.name); break;
    case 's': append_bytes(out, part, header.value); break;
    case 'K': append_length(out, part, header.name); break;
    case 'S': append_length(out, part, header.value); break;
  }
}

// Without braces as kcat prints them: name=value,name=value; a null value is NULL.
void RecordFormat::append_headers(std::string& out, const FormatPart& part, const Record& record) {
  if (part.text == "kcat") return append_kcat_headers(out, record);
  bool first = true;
  for (const Header& header : record.headers) {
    for (const FormatPart& inner : part.inner) append_header(out, inner, header);
    if (!part.inner.empty()) continue;
    if (!first) out += ',';
    out += header.name;
    out += '=';
    out += header.value.value_or("NULL");
    first = false;
  }
}

}  // namespace evlog::client
