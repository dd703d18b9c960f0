#include "log/checkpoint_text.h"

namespace evlog::log {

namespace {

// Takes one line off the front, without its end ("\n" or "\r\n").
std::string_view take_line(std::string_view& text) {
  const size_t end = std::min(text.find('\n'), text.size());
  std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Result<std::vector<std::string_view>> parse_checkpoint_text(std::string_view text) {
  const std::string_view version = take_line(text);
  if (const auto number = parse_int(version); number != 0) {
    if (number && *number > 0) return fail(ErrorCode::UNSUPPORTED_VERSION, "version {} is not known, only 0 is", *number);
    return fail(ErrorCode::CORRUPT_MESSAGE, "{} where the version 0 belongs", quoted_text(version));
  }
  const std::string_view count_text = take_line(text);
  const auto count = parse_int(count_text);
  if (!count || *count < 0) return fail(ErrorCode::CORRUPT_MESSAGE, "not a count: {}", quoted_text(count_text));
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::string_view line = take_line(text);
    if (!line.empty()) lines.push_back(line);
  }
  if (lines.size() != static_cast<uint64_t>(*count)) {
    return fail(ErrorCode::CORRUPT_MESSAGE, "{} entries where {} are announced", lines.size(), *count);
  }
  return lines;
}

std::string quoted_text(std::string_view text) {
  constexpr size_t shown_max = 80;
  std::string out = "\"";
  for (const char c : text.substr(0, shown_max)) {
    if (c >= ' ' && c <= '~' && c != '"' && c != '\\') out += c;
    else out += fmt::format("\\x{:02x}", static_cast<uint8_t>(c));
  }
  return out + (text.size() > shown_max ? "\"…" : "\"");
}

std::vector<std::string_view> split_fields(std::string_view line) {
  constexpr std::string_view blanks = " \t";
  std::vector<std::string_view> fields;
  for (size_t at = line.find_first_not_of(blanks); at != std::string_view::npos; at = line.find_first_not_of(blanks, at)) {
    const size_t end = std::min(line.find_first_of(blanks, at), line.size());
    fields.push_back(line.substr(at, end - at));
    at = end;
  }
  return fields;
}

}  // namespace evlog::log
