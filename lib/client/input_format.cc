// Taking records apart by a format string: the other half of record_format.h.
#include <charconv>

#include "base/text.h"
#include "base/uuid.h"
#include "client/record_format.h"

namespace evlog::client {
namespace {

constexpr std::string_view input_tokens = "tpkKsSRTh";

std::unexpected<Error> bad(std::string_view what) { return fail(ErrorCode::INVALID_RECORD, "{}", what); }

// name=value,name=value as %h prints it.
void parse_headers(std::string_view text, Record& out) {
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    const size_t equals = one.find('=');
    if (equals == std::string_view::npos) out.headers.push_back({one, std::nullopt});
    else out.headers.push_back({one.substr(0, equals), one.substr(equals + 1)});
  }
}

size_t binary_length_size(const FormatPart& part) {
  if (part.token == 'R' || part.text == "be32" || part.text == "le32") return 4;
  return part.text == "hex8" ? 8 : 0;
}

std::optional<int64_t> read_length(const FormatPart& part, std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  if (part.text == "le32") return static_cast<int32_t>(byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24);
  if (part.token == 'R' || part.text == "be32") return static_cast<int32_t>(byte(3) | byte(2) << 8 | byte(1) << 16 | byte(0) << 24);
  if (part.text != "hex8") return parse_int(text);
  uint32_t bits = 0;
  const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), bits, 16);
  if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return static_cast<int32_t>(bits);
}

}  // namespace

struct InputFormat::Cursor {
  std::string_view input;
  size_t at = 0;
  bool at_end = false;
  std::optional<int64_t> key_length, value_length;
};

Result<InputFormat> InputFormat::parse(std::string_view format, std::string delimiter) {
  auto parts = parse_format(format);
  if (!parts) return fail(parts.error());
  InputFormat made;
  made.parts_ = std::move(*parts);
  made.delimiter_ = std::move(delimiter);
  for (const FormatPart& part : made.parts_) {
    if (part.token && input_tokens.find(part.token) == std::string_view::npos) return fail(ErrorCode::INVALID_REQUEST, "'%{}' cannot be read back", part.token);
    if ((part.token == 's' || part.token == 'k' || part.token == 'h' || part.token == 'T') && !part.text.empty() && part.text != "utf8") {
      return fail(ErrorCode::INVALID_REQUEST, "'%{}{{{}}}' cannot be read back", part.token, part.text);
    }
  }
  bool key_length = false, value_length = false;
  for (size_t i = 0; i + 1 < made.parts_.size(); ++i) {
    const char token = made.parts_[i].token;
    key_length = key_length || token == 'K';
    value_length = value_length || token == 'S' || token == 'R';
    const bool sized = (token == 'k' && key_length) || (token == 's' && value_length) || binary_length_size(made.parts_[i]) > 0;
    if (token && !sized && made.parts_[i + 1].token) return bad("two fields with nothing between them");
  }
  if (made.parts_.empty()) return bad("the format is empty");
  return made;
}

Result<std::optional<size_t>> InputFormat::take(std::string_view input, bool at_end, Record& out) {
  if (input.empty()) return std::nullopt;
  Cursor cursor{.input = input, .at_end = at_end};
  for (size_t i = 0; i < parts_.size(); ++i) {
    const auto taken = take_part(i, cursor, out);
    if (!taken) return fail(taken.error());
    if (*taken) continue;
    if (at_end) return bad("the input ends within a record");
    return std::nullopt;
  }
  // A delimiter that the format does not have itself stands between the records.
  const bool own_end = parts_.back().token == 0;
  if (!own_end && input.substr(cursor.at).starts_with(delimiter_)) cursor.at += delimiter_.size();
  return cursor.at;
}

// False: the input does not reach far enough yet.
Result<bool> InputFormat::take_part(size_t index, Cursor& cursor, Record& out) {
  const FormatPart& part = parts_[index];
  const std::string_view rest = cursor.input.substr(cursor.at);
  if (part.token == 0) {
    if (rest.size() < part.text.size()) {
      // The last record of a file may lack its end.
      if (cursor.at_end && index + 1 == parts_.size() && rest.empty()) return true;
      return false;
    }
    if (!rest.starts_with(part.text)) return fail(ErrorCode::INVALID_RECORD, "expected '{}'", part.text);
    return cursor.at += part.text.size(), true;
  }
  const auto& known = part.token == 'k' ? cursor.key_length : cursor.value_length;
  size_t size = 0;
  if ((part.token == 'k' || part.token == 's') && known) {
    if (*known < 0) return true;  // null
    size = static_cast<size_t>(*known);
  } else if (const size_t fixed = binary_length_size(part)) {
    size = fixed;
  } else {
    const bool last = index + 1 == parts_.size();
    const std::string& end = last ? delimiter_ : parts_[index + 1].text;
    const size_t found = end.empty() ? std::string_view::npos : rest.find(end);
    if (found == std::string_view::npos && !cursor.at_end) return false;
    size = found == std::string_view::npos ? rest.size() : found;
  }
  if (rest.size() < size) return false;
  cursor.at += size;
  return store(part, rest.substr(0, size), cursor, out);
}

Result<bool> InputFormat::store(const FormatPart& part, std::string_view text, Cursor& cursor, Record& out) {
  switch (part.token) {
    case 't': out.topic = text; return true;
    case 'k': out.key = text; return true;
    case 's': out.value = text; return true;
    case 'h': return parse_headers(text, out), true;
    default: break;
  }
  const auto number = part.token == 'p' || part.token == 'T' ? parse_int(text) : read_length(part, text);
  if (!number) return fail(ErrorCode::INVALID_RECORD, "'{}' is no number for %{}", text, part.token);
  if (part.token == 'p') out.partition = static_cast<int32_t>(*number);
  else if (part.token == 'T') out.timestamp_ms = *number;
  else if (part.token == 'K') cursor.key_length = *number;
  else cursor.value_length = *number;
  return true;
}

}  // namespace evlog::client
