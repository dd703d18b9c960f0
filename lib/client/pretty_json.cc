#include "client/pretty_json.h"

namespace evlog::client {
namespace {

bool blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Behind the string that begins at `at`; npos where it does not end.
size_t string_end(std::string_view text, size_t at) {
  for (++at; at < text.size(); ++at) {
    if (text[at] == '\\') ++at;
    else if (text[at] == '"') return at + 1;
  }
  return std::string_view::npos;
}

}  // namespace

bool append_pretty_json(std::string& out, std::string_view text) {
  constexpr size_t depth_max = 1000;
  while (!text.empty() && blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && blank(text.back())) text.remove_suffix(1);
  if (text.empty() || (text.front() != '{' && text.front() != '[')) return false;
  const size_t before = out.size();
  std::string open;
  const auto give_up = [&] { return out.resize(before), false; };
  const auto line = [&] { out += '\n', out.append(open.size() * 2, ' '); };
  for (size_t at = 0; at < text.size();) {
    const char c = text[at];
    if (blank(c)) {
      ++at;
    } else if (c == '"') {
      const size_t end = string_end(text, at);
      if (end == std::string_view::npos) return give_up();
      out += text.substr(at, end - at);
      at = end;
    } else if (c == '{' || c == '[') {
      open += c == '{' ? '}' : ']';
      if (open.size() > depth_max) return give_up();
      out += c;
      for (++at; at < text.size() && blank(text[at]);) ++at;
      if (at < text.size() && text[at] != open.back()) line();
    } else if (c == '}' || c == ']') {
      if (open.empty() || open.back() != c) return give_up();
      open.pop_back();
      if (const char last = out.back(); last != '{' && last != '[') line();
      out += c;
      if (++at < text.size() && open.empty()) return give_up();  // text behind it
    } else {
      out += c;
      if (c == ':') out += ' ';
      if (c == ',') line();
      ++at;
    }
  }
  return open.empty() || give_up();
}

}  // namespace evlog::client
