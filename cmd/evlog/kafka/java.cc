#include "evlog/kafka/java.h"

#include <re2/re2.h>

#include <algorithm>
#include <bit>

#include "base/text.h"

namespace evlog::cmd::kafka {
namespace {

std::string quoted(std::string_view literal) {
  std::string out;
  for (char c : literal) {
    if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// \Q…\E become escapes.
std::string without_quotes(std::string_view text) {
  std::string out;
  for (size_t at = text.find("\\Q"); at != std::string_view::npos; at = text.find("\\Q")) {
    out += text.substr(0, at);
    text.remove_prefix(at + 2);
    const size_t end = text.find("\\E");
    out += quoted(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 2);
  }
  return out += text;
}

// Where the group, or the list of alternatives, that begins at `at` ends: at its ')', at a '|' where those count, or at the end.
size_t part_end(std::string_view text, size_t at, bool at_bar) {
  int depth = 0;
  bool in_class = false;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (c == '\\') ++at;
    else if (in_class) in_class = c != ']';
    else if (c == '[') in_class = true, at += text.substr(at + 1).starts_with("]") ? 1 : text.substr(at + 1).starts_with("^]") ? 2 : 0;
    else if (c == '(') ++depth;
    else if (depth == 0 && (c == ')' || (at_bar && c == '|'))) return at;
    else if (c == ')') --depth;
  }
  return text.size();
}

size_t buckets(size_t keys, size_t capacity) {
  size_t size = std::bit_ceil(std::max<size_t>(capacity, 1));
  while (keys * 4 > size * 3) size *= 2;
  return size;
}

}  // namespace

// Nothing: it is no pattern.
std::optional<Pattern::Alternative> Pattern::alternative(std::string_view text, bool any_case) {
  re2::RE2::Options options(re2::RE2::Quiet);
  options.set_case_sensitive(!any_case);
  const auto compiled = [&](std::string_view regex) { return std::make_shared<const re2::RE2>(re2::StringPiece(regex.data(), regex.size()), options); };
  Alternative out;
  std::string_view rest = text.substr(text.starts_with("^(?") ? 1 : 0);
  while (rest.starts_with("(?!") || rest.starts_with("(?=")) {
    const size_t end = part_end(rest, 3, false);
    if (end == rest.size()) return std::nullopt;
    out.looks.push_back({compiled(fmt::format("^(?:{})", rest.substr(3, end - 3))), rest[2] == '='});
    if (!out.looks.back().regex->ok()) return std::nullopt;
    rest.remove_prefix(end + 1);
  }
  out.rest = compiled(out.looks.empty() ? text : rest);
  return out.rest->ok() ? std::optional(out) : std::nullopt;
}

Or<Pattern> Pattern::of_regex(std::string_view text) {
  Pattern out;
  const bool any_case = text.starts_with("(?i)");
  const std::string unquoted = without_quotes(text.substr(any_case ? 4 : 0));
  const bool looks = unquoted.find("(?!") != std::string::npos || unquoted.find("(?=") != std::string::npos;
  for (size_t at = 0, end = 0; at <= unquoted.size(); at = end + 1) {
    end = looks ? part_end(unquoted, at, true) : unquoted.size();
    auto one = alternative(std::string_view(unquoted).substr(at, end - at), any_case);
    if (!one || (end < unquoted.size() && unquoted[end] == ')')) return stop(fmt::format("{} is an invalid regex.", text));
    out.alternatives_.push_back(std::move(*one));
  }
  return out;
}

Or<Pattern> Pattern::of_topics(std::string_view text) {
  std::string regex;
  for (char c : text)
    if (c != ' ') regex += c == ',' ? '|' : c;
  const size_t first = regex.find_first_not_of("\"'"), last = regex.find_last_not_of("\"'");
  regex = first == std::string::npos ? "" : regex.substr(first, last - first + 1);
  return of_regex(regex);
}

bool Pattern::matches(std::string_view name) const {
  const re2::StringPiece text(name.data(), name.size());
  return std::ranges::any_of(alternatives_, [&](const Alternative& one) {
    return re2::RE2::FullMatch(text, *one.rest) && std::ranges::all_of(one.looks, [&](const Look& look) { return re2::RE2::PartialMatch(text, *look.regex) == look.wanted; });
  });
}

std::vector<std::string> hash_map_order(const std::vector<std::string>& keys, size_t capacity) {
  const size_t size = buckets(keys.size(), capacity);
  std::vector<std::pair<size_t, size_t>> placed;  // bucket, and place in it
  for (size_t i = 0; i < keys.size(); ++i) {
    const auto hash = static_cast<uint32_t>(java_hash(keys[i]));
    placed.emplace_back((hash ^ (hash >> 16)) & (size - 1), i);
  }
  std::ranges::sort(placed);
  std::vector<std::string> out;
  for (const auto& [bucket, index] : placed) out.push_back(keys[index]);
  return out;
}

bool internal_topic(std::string_view name) { return name == "__consumer_offsets" || name == "__transaction_state" || name == "__share_group_state"; }

// How long the character at the front is: 0 where it is none; then `wrong` bytes make one U+FFFD.
static size_t character(std::string_view bytes, size_t& wrong) {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(bytes[i]); };
  const uint8_t lead = at(0);
  const size_t size = lead < 0x80 ? 1 : lead >= 0xC2 && lead < 0xE0 ? 2 : lead >= 0xE0 && lead < 0xF0 ? 3 : lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
  wrong = 1;
  if (size == 0) return 0;
  for (size_t i = 1; i < size; wrong = ++i) {
    if (i >= bytes.size()) return 0;
    const uint8_t low = i > 1 ? 0x80 : lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80, high = i > 1 ? 0xBF : lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    if (at(i) < low || at(i) > high) return 0;
  }
  return size;
}

std::string java_text(std::string_view bytes) {
  if (valid_utf8(bytes)) return std::string(bytes);
  std::string out;
  for (size_t wrong = 0; !bytes.empty();) {
    const size_t size = character(bytes, wrong);
    if (size > 0) out += bytes.substr(0, size);
    else out += "\xEF\xBF\xBD";
    bytes.remove_prefix(size > 0 ? size : wrong);
  }
  return out;
}

std::string padded(std::string_view text, size_t width) { return fmt::format("{:<{}}", text, width); }

}  // namespace evlog::cmd::kafka
