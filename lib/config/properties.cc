#include "config/properties.h"

#include <algorithm>
#include <optional>

#include "base/text.h"

namespace evlog::config {
namespace {

bool blank(char c) { return c == ' ' || c == '\t' || c == '\f'; }
bool line_end(char c) { return c == '\n' || c == '\r'; }

// Natural lines joined to logical ones: a line that ends in an odd number of backslashes goes on in the next, whose leading
// blanks are dropped. Comments and empty lines are left out; a comment is not continued.
class LogicalLines {
 public:
  explicit LogicalLines(std::string_view text) : rest_(text) {}

  bool next() {
    while (!rest_.empty()) {
      first_line_ = line_ + 1;
      std::string_view part = skip_blanks(natural_line());
      if (part.empty() || part.front() == '#' || part.front() == '!') continue;
      logical_.assign(part);
      while (ends_in_continuation(logical_)) {
        logical_.pop_back();
        if (rest_.empty()) break;
        logical_ += skip_blanks(natural_line());
      }
      return true;
    }
    return false;
  }
  std::string_view text() const { return logical_; }
  int line() const { return first_line_; }

 private:
  std::string_view natural_line() {
    size_t end = 0;
    while (end < rest_.size() && !line_end(rest_[end])) ++end;
    const std::string_view line = rest_.substr(0, end);
    const bool crlf = rest_.substr(end).starts_with("\r\n");
    rest_.remove_prefix(std::min(rest_.size(), end + (crlf ? 2 : 1)));
    ++line_;
    return line;
  }
  static std::string_view skip_blanks(std::string_view s) {
    while (!s.empty() && blank(s.front())) s.remove_prefix(1);
    return s;
  }
  static bool ends_in_continuation(std::string_view s) {
    const size_t last = s.find_last_not_of('\\');
    return (s.size() - (last == s.npos ? 0 : last + 1)) % 2 == 1;
  }

  std::string_view rest_;
  std::string logical_;
  int line_ = 0;
  int first_line_ = 0;
};

void append_utf8(std::string& out, uint32_t point) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += {static_cast<char>(0xC0 | point >> 6), static_cast<char>(0x80 | (point & 0x3F))};
  } else if (point < 0x10000) {
    out += {static_cast<char>(0xE0 | point >> 12), static_cast<char>(0x80 | (point >> 6 & 0x3F)), static_cast<char>(0x80 | (point & 0x3F))};
  } else {
    out += {static_cast<char>(0xF0 | point >> 18), static_cast<char>(0x80 | (point >> 12 & 0x3F)),
            static_cast<char>(0x80 | (point >> 6 & 0x3F)), static_cast<char>(0x80 | (point & 0x3F))};
  }
}

// Four hex digits behind "\u", taken off the front.
std::optional<uint32_t> take_unit(std::string_view& s) {
  if (s.size() < 4) return std::nullopt;
  uint32_t unit = 0;
  for (const char c : s.substr(0, 4)) {
    const int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
    if (digit < 0) return std::nullopt;
    unit = unit << 4 | static_cast<uint32_t>(digit);
  }
  s.remove_prefix(4);
  return unit;
}

bool high_surrogate(uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool low_surrogate(uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

// \uXXXX, and two of them where they are a surrogate pair. A surrogate alone has no place in UTF-8.
bool append_unicode(std::string& out, std::string_view& s) {
  const auto unit = take_unit(s);
  if (!unit || low_surrogate(*unit)) return false;
  if (!high_surrogate(*unit)) {
    append_utf8(out, *unit);
    return true;
  }
  if (!s.starts_with("\\u")) return false;
  s.remove_prefix(2);
  const auto second = take_unit(s);
  if (!second || !low_surrogate(*second)) return false;
  append_utf8(out, 0x10000 + ((*unit - 0xD800) << 10) + (*second - 0xDC00));
  return true;
}

std::optional<std::string> unescape(std::string_view s) {
  std::string out;
  while (!s.empty()) {
    const char c = s.front();
    s.remove_prefix(1);
    if (c != '\\') {
      out += c;
      continue;
    }
    if (s.empty()) break;
    const char escaped = s.front();
    s.remove_prefix(1);
    switch (escaped) {
      case 't': out += '\t'; break;
      case 'n': out += '\n'; break;
      case 'r': out += '\r'; break;
      case 'f': out += '\f'; break;
      case 'u':
        if (!append_unicode(out, s)) return std::nullopt;
        break;
      default: out += escaped;
    }
  }
  return out;
}

struct RawPair {
  std::string_view name, value;
};

// The name ends at the first unescaped '=', ':' or blank; blanks and one '=' or ':' are then skipped.
RawPair split(std::string_view line) {
  size_t end = 0;
  bool escaped = false;
  for (; end < line.size(); ++end) {
    const char c = line[end];
    if (!escaped && (c == '=' || c == ':' || blank(c))) break;
    escaped = c == '\\' && !escaped;
  }
  size_t value = end;
  bool separator = false;
  for (; value < line.size(); ++value) {
    const char c = line[value];
    const bool sign = c == '=' || c == ':';
    if (!blank(c) && (!sign || separator)) break;
    separator = separator || sign;
  }
  return {line.substr(0, end), line.substr(value)};
}

}  // namespace

Result<std::vector<Property>> parse_properties(std::string_view text) {
  if (text.size() > properties_bytes_max) {
    return fail(ErrorCode::INVALID_CONFIG, "the file has {} bytes; at most {} are read", text.size(), properties_bytes_max);
  }
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);  // what some editors put in front
  if (!valid_utf8(text)) return fail(ErrorCode::INVALID_CONFIG, "the file is not UTF-8 text");
  std::vector<Property> properties;
  for (LogicalLines lines(text); lines.next();) {
    const RawPair raw = split(lines.text());
    auto name = unescape(raw.name);
    auto value = unescape(raw.value);
    if (!name || !value) return fail(ErrorCode::INVALID_CONFIG, "line {}: malformed \\uxxxx escape", lines.line());
    if (properties.size() == properties_entries_max) {
      return fail(ErrorCode::INVALID_CONFIG, "line {}: more than {} settings", lines.line(), properties_entries_max);
    }
    properties.push_back({*std::move(name), *std::move(value), lines.line()});
  }
  return properties;
}

}  // namespace evlog::config
