#include "evlog/kafka/line_reader.h"

#include "evlog/signals.h"

namespace evlog::cmd::kafka {
namespace {

bool is_true(std::string_view text) {
  const size_t first = text.find_first_not_of(' '), last = text.find_last_not_of(' ');
  if (first == std::string_view::npos) return false;
  std::string lower;
  for (char c : text.substr(first, last - first + 1)) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return lower == "true";
}

}  // namespace

Or<LineReader> LineReader::of(const std::map<std::string, std::string>& properties) {
  LineReader out;
  for (const auto& [name, value] : properties) {
    if (name == "parse.key") out.parse_key_ = is_true(value);
    else if (name == "parse.headers") out.parse_headers_ = is_true(value);
    else if (name == "ignore.error") out.ignore_error_ = is_true(value);
    else if (name == "key.separator") out.key_separator_ = value;
    else if (name == "headers.delimiter") out.headers_delimiter_ = value;
    else if (name == "headers.separator") out.headers_separator_ = value;
    else if (name == "headers.key.separator") out.headers_key_separator_ = value;
    else if (name == "null.marker") out.null_marker_ = value;
    else fmt::print(stderr, "warning: the reader's property {} has no meaning and is passed over\n", name);
  }
  const std::pair<std::string_view, const std::string*> parts[] = {{"headers.delimiter", &out.headers_delimiter_}, {"headers.separator", &out.headers_separator_},
                                                                    {"headers.key.separator", &out.headers_key_separator_}, {"key.separator", &out.key_separator_}};
  for (size_t i = 0; i < 3; ++i)
    for (size_t j = i + 1; j < 3; ++j)
      if (*parts[i].second == *parts[j].second) return stop(fmt::format("{} and {} may not be equal", parts[i].first, parts[j].first));
  for (const auto& [name, value] : parts)
    if (out.null_marker_ && *value == *out.null_marker_) return stop(fmt::format("null.marker and {} may not be equal", name));
  try {
    out.headers_pattern_.assign(out.headers_separator_);
  } catch (const std::regex_error&) {
    return stop(fmt::format("headers.separator: {} is an invalid regex.", out.headers_separator_));
  }
  return out;
}

std::optional<std::string_view> LineReader::or_null(std::string_view text) const { return null_marker_ && text == *null_marker_ ? std::nullopt : std::optional(text); }

// What stands before `end`; nothing where none is wanted, or where it is missing and that is forgiven.
Or<std::optional<std::string>> LineReader::part(bool wanted, size_t from, const std::string& end, std::string_view end_name) const {
  if (!wanted) return std::nullopt;
  const size_t at = line_.find(end, from);
  if (at != std::string::npos) return line_.substr(from, at - from);
  if (ignore_error_) return std::nullopt;
  return stop(fmt::format("No {} found on line number {}: '{}'", end_name, number_, line_));
}

Or<void> LineReader::read_headers(const std::string& text, client::Record& out) {
  headers_.clear();
  std::vector<std::string> pairs(std::sregex_token_iterator(text.begin(), text.end(), headers_pattern_, -1), {});
  while (pairs.size() > 1 && pairs.back().empty()) pairs.pop_back();
  for (const std::string& pair : pairs) {
    const size_t at = pair.find(headers_key_separator_);
    if (at == std::string::npos && !ignore_error_) return stop(fmt::format("No header key separator found in pair '{}' on line number {}", pair, number_));
    const std::string name = pair.substr(0, at);
    if (null_marker_ && name == *null_marker_) return stop(fmt::format("Header keys should not be equal to the null marker '{}' as they can't be null", *null_marker_));
    std::optional<std::string> value;
    if (at != std::string::npos) value = pair.substr(at + headers_key_separator_.size());
    if (value && null_marker_ && *value == *null_marker_) value.reset();
    headers_.emplace_back(name, std::move(value));
  }
  for (const auto& [name, value] : headers_) out.headers.push_back({name, value ? std::optional<std::string_view>(*value) : std::nullopt});
  return {};
}

Or<void> LineReader::read(std::string line, client::Record& out) {
  out.clear();
  line_ = std::move(line);
  ++number_;
  const auto headers = part(parse_headers_, 0, headers_delimiter_, "headers delimiter");
  if (!headers) return stop(headers.error());
  const size_t key_at = *headers ? (*headers)->size() + headers_delimiter_.size() : 0;
  auto key = part(parse_key_, key_at, key_separator_, "key separator");
  if (!key) return stop(key.error());
  const size_t value_at = key_at + (*key ? (*key)->size() + key_separator_.size() : 0);
  if (*key) key_ = **key, out.key = or_null(key_);
  out.value = or_null(std::string_view(line_).substr(value_at));
  if (*headers && or_null(**headers)) return read_headers(**headers, out);
  return {};
}

Expected<std::optional<std::string>> Lines::next(const std::function<void()>& while_waiting) {
  if (!open_) {
    if (auto opened = input_.next_file(); !opened) return failure(opened.error());
    open_ = true;
  }
  for (size_t searched = 0;;) {
    if (skip_feed_ && input_.buffered().starts_with('\n')) input_.take(1);
    if (!input_.buffered().empty()) skip_feed_ = false;
    const std::string_view text = input_.buffered();
    const size_t end = text.find_first_of("\r\n", searched);
    if (end != std::string_view::npos) {
      std::string line(text.substr(0, end));
      skip_feed_ = text[end] == '\r';
      input_.take(end + 1);
      return line;
    }
    searched = text.size();
    const auto more = input_.more(while_waiting);
    if (!more) return failure(more.error());
    if (*more) continue;
    if (interrupted() || input_.buffered().empty()) return std::nullopt;
    std::string last(input_.buffered());
    input_.take(last.size());
    return last;
  }
}

}  // namespace evlog::cmd::kafka
