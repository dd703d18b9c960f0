#include "evlog/record_input.h"

#include "evlog/signals.h"

namespace evlog::cmd {

using client::Record;

Expected<bool> RecordInput::next(Record& out, const std::function<void()>& while_waiting) {
  for (;;) {
    if (!open_) {
      const auto opened = input_.next_file();
      if (!opened) return failure(opened.error());
      if (!*opened) return false;
      open_ = true, searched_ = 0, number_ = 0;
      csv_.restart();
    }
    const auto found = next_in_file(out, while_waiting);
    if (!found || *found || interrupted()) return found;
    open_ = false;
  }
}

Expected<bool> RecordInput::next_in_file(Record& out, const std::function<void()>& while_waiting) {
  bool at_end = false;
  for (;;) {
    out.clear();
    const auto size = take(out, at_end);
    if (!size) return failure(size.error());
    if (*size) {
      input_.take(**size);  // the buffer stays as it is until more() is called
      searched_ = 0;
      return true;
    }
    if (at_end) return false;
    const auto more = input_.more(while_waiting);
    if (!more) return failure(more.error());
    if (!*more && interrupted()) return false;
    at_end = !*more;
  }
}

Expected<std::optional<size_t>> RecordInput::take(Record& out, bool at_end) {
  const auto size = take_one(out, at_end);
  if (size) {
    if (*size) ++number_;
    apply_null(out.key);
    apply_null(out.value);
    return *size;
  }
  ++number_;
  Failure f{exit_code::failed, fmt::format("{}:{}: {}", input_.name(), number_ + options_.csv, size.error().message), {}, {}};
  if (options_.csv) f.hint = "the first row names the columns; evlog help formats";
  if (options_.json) f.hint = "a line is what evlog consume --json prints, as {\"key\":\"k\",\"value\":\"v\"}; to send lines as they are, leave out --json";
  return failure(f);
}

Result<std::optional<size_t>> RecordInput::take_one(Record& out, bool at_end) {
  if (options_.csv) return csv_.take(input_.buffered(), at_end, out);
  if (options_.format) return options_.format->take(input_.buffered(), at_end, out);
  if (!options_.whole_file) return take_line(out, at_end);
  if (!at_end || number_ > 0) return std::nullopt;
  out.value = input_.buffered();
  return input_.buffered().size();
}

std::string_view RecordInput::unit() const { return !options_.csv && !options_.format && !options_.whole_file && options_.delimiter == "\n" ? "line" : "record"; }

// Blank lines between JSON records mean nothing; between plain ones they are records.
Result<std::optional<size_t>> RecordInput::take_line(Record& out, bool at_end) {
  for (;;) {
    const std::string_view input = input_.buffered();
    if (input.empty()) return std::nullopt;
    const size_t end = input.find(options_.delimiter, searched_);
    if (end == std::string_view::npos && !at_end) {
      searched_ = input.size() - std::min(input.size(), options_.delimiter.size() - 1);
      return std::nullopt;
    }
    const size_t next = end == std::string_view::npos ? input.size() : end + options_.delimiter.size();
    const std::string_view line = input.substr(0, end);
    if (!options_.json || line.find_first_not_of(" \t\r\n") != std::string_view::npos) {
      if (auto read = read_line(line, out); !read) return fail(read.error());
      return next;
    }
    input_.take(next);
    searched_ = 0;
    ++number_;
  }
}

Result<void> RecordInput::read_line(std::string_view line, Record& out) {
  if (options_.json) return json_.read(line, out);
  const size_t at = options_.key_separator.empty() ? std::string_view::npos : line.find(options_.key_separator);
  if (at != std::string_view::npos) {
    out.key = line.substr(0, at);
    line.remove_prefix(at + options_.key_separator.size());
  }
  out.value = line;
  return {};
}

void RecordInput::apply_null(std::optional<std::string_view>& bytes) const {
  if (!bytes) return;
  if ((options_.empty_is_null && bytes->empty()) || (options_.null && *bytes == *options_.null)) bytes.reset();
}

}  // namespace evlog::cmd
