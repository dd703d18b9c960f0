// Takes a format string apart; what the parts mean is in record_format.cc and input_format.cc.
#include "client/record_format.h"

namespace evlog::client {
namespace {

std::unexpected<Error> bad(std::string_view what) { return fail(ErrorCode::INVALID_REQUEST, "{}", what); }

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

Result<char> take_escape(std::string_view& text) {
  if (text.empty()) return bad("a backslash at the end");
  const char c = text.front();
  text.remove_prefix(1);
  switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    case '0': return '\0';
    case '\\': return '\\';
    case 'x': break;
    default: return fail(ErrorCode::INVALID_REQUEST, "unknown escape '\\{}'", c);
  }
  if (text.size() < 2 || hex_digit(text[0]) < 0 || hex_digit(text[1]) < 0) return bad("\\x needs two hexadecimal digits");
  const int value = hex_digit(text[0]) * 16 + hex_digit(text[1]);
  text.remove_prefix(2);
  return static_cast<char>(value);
}

// What stands between { and its }, with brackets inside passed over: %T{strftime[%F {x}]}.
Result<std::string_view> take_braces(std::string_view& text) {
  int depth = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') ++depth;
    if (text[i] == '}' && --depth == 0) {
      const std::string_view inside = text.substr(1, i - 1);
      text.remove_prefix(i + 1);
      return inside;
    }
  }
  return bad("a '{' without its '}'");
}

bool one_of(std::string_view modifier, std::initializer_list<std::string_view> allowed) {
  for (std::string_view word : allowed)
    if (modifier == word) return true;
  return false;
}

bool modifier_fits(char token, std::string_view modifier) {
  if (modifier.empty() || token == 'h') return true;
  if (token == 's' || token == 'k') return one_of(modifier, {"hex", "base64", "json", "utf8", "csv", "pretty"});
  if (token == 'S' || token == 'K') return one_of(modifier, {"be32", "le32", "hex8"});
  if (token == 'a') return one_of(modifier, {"compression", "timestamp-type", "control", "transactional"});
  if (token == 'T') return one_of(modifier, {"iso", "s", "ms"}) || (modifier.starts_with("strftime[") && modifier.ends_with(']'));
  return false;
}

constexpr std::string_view tokens = "tpokKsSRTheixya[]";

Result<FormatPart> take_token(std::string_view& text) {
  if (text.empty()) return bad("a '%' at the end; write %% for a percent sign");
  FormatPart part{.token = text.front() == 'v' ? 's' : text.front()};
  text.remove_prefix(1);
  if (tokens.find(part.token) == std::string_view::npos) {
    return fail(ErrorCode::INVALID_REQUEST, "unknown token '%{}'", part.token);
  }
  if (!text.starts_with('{')) return part;
  const auto inside = take_braces(text);
  if (!inside) return fail(inside.error());
  if (!modifier_fits(part.token, *inside)) {
    return fail(ErrorCode::INVALID_REQUEST, "'%{}' has no modifier '{}'", part.token, *inside);
  }
  part.text = *inside;
  if (part.token != 'h') return part;
  auto inner = parse_format(*inside);
  if (!inner) return fail(inner.error());
  part.inner = std::move(*inner);
  return part;
}

void append_literal(std::vector<FormatPart>& parts, char c) {
  if (parts.empty() || parts.back().token != 0) parts.push_back({});
  parts.back().text += c;
}

}  // namespace

Result<std::vector<FormatPart>> parse_format(std::string_view text) {
  std::vector<FormatPart> parts;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '\\') {
      const auto escaped = take_escape(text);
      if (!escaped) return fail(escaped.error());
      append_literal(parts, *escaped);
    } else if (c == '%' && !text.starts_with('%')) {
      auto part = take_token(text);
      if (!part) return fail(part.error());
      parts.push_back(std::move(*part));
    } else {
      append_literal(parts, c);
      if (c == '%') text.remove_prefix(1);
    }
  }
  return parts;
}

Result<std::string> parse_escapes(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '\\') {
      out += c;
      continue;
    }
    const auto escaped = take_escape(text);
    if (!escaped) return fail(escaped.error());
    out += *escaped;
  }
  return out;
}

}  // namespace evlog::client
