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
  if (parse_int(version) != 0) return fail(ErrorCode::CORRUPT_MESSAGE, "version {} is not known, only 0 is", version);
  const std::string_view count_text = take_line(text);
  const auto count = parse_int(count_text);
  if (!count || *count < 0) return fail(ErrorCode::CORRUPT_MESSAGE, "not a count: {}", count_text);
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
