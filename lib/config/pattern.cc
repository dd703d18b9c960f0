#include "config/pattern.h"

#include <cstddef>

namespace evlog::config {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Behind '[': up to the bracket that closes the class. Classes nest; a bracket that comes first stands for itself.
bool skip_class(std::string_view text, size_t& at) {
  int depth = 1;
  if (at < text.size() && text[at] == '^') ++at;
  if (at < text.size() && text[at] == ']') ++at;
  for (; at < text.size() && depth > 0; ++at) {
    if (text[at] == '\\') ++at;
    else if (text[at] == '[') ++depth;
    else if (text[at] == ']') --depth;
  }
  return depth == 0 && at <= text.size();
}

// Behind '{': digits, perhaps a comma and more digits, and the brace.
bool skip_count(std::string_view text, size_t& at) {
  const auto number = [&](size_t& value) {
    const size_t from = at;
    for (value = 0; at < text.size() && is_digit(text[at]) && at - from < 9; ++at) value = value * 10 + static_cast<size_t>(text[at] - '0');
    return at > from;
  };
  size_t low = 0, high = 0;
  if (!number(low)) return false;
  if (at < text.size() && text[at] == ',') {
    ++at;
    if (number(high) && high < low) return false;
  }
  return at < text.size() && text[at++] == '}';
}

}  // namespace

bool is_pattern(std::string_view text) {
  int depth = 0;
  bool repeatable = false, repeated = false;
  for (size_t at = 0; at < text.size();) {
    const char c = text[at++];
    if (c == '*' || c == '+' || c == '?' || c == '{') {
      // One more behind a quantifier makes it lazy or possessive.
      const bool changes = repeated && (c == '+' || c == '?');
      if (!repeatable && !changes) return false;
      if (c == '{' && !skip_count(text, at)) return false;
      repeated = !changes;
      repeatable = false;
      continue;
    }
    repeated = false;
    repeatable = c != '(' && c != '|' && c != '^';
    if (c == '\\' && at++ >= text.size()) return false;
    if (c == '[' && !skip_class(text, at)) return false;
    if (c == '(') {
      ++depth;
      if (at < text.size() && text[at] == '?') ++at;  // a special group: what it is follows
    }
    if (c == ')' && --depth < 0) return false;
  }
  return depth == 0;
}

}  // namespace evlog::config
