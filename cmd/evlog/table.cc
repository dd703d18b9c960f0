#include "evlog/table.h"

#include <fmt/format.h>

#include <algorithm>

#include "client/record_json.h"
#include "evlog/terminal.h"

namespace evlog::cmd {

size_t display_width(std::string_view text) {
  return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string cut_utf8(std::string_view text, size_t width) {
  size_t at = 0;
  for (size_t points = 0; at < text.size(); ++at)
    if ((text[at] & 0xC0) != 0x80 && points++ == width) break;
  return std::string(text.substr(0, at));
}

size_t Table::width(size_t column) const {
  size_t widest = display_width(columns_[column]);
  for (const auto& row : rows_) widest = std::max(widest, display_width(row[column]));
  return widest;
}

bool Table::numeric(size_t column) const {
  return std::ranges::all_of(rows_, [&](const auto& row) {
    return row[column].find_first_not_of("0123456789-+. ") == std::string::npos && !row[column].empty();
  });
}

void Table::print() const {
  std::vector<size_t> widths;
  for (size_t i = 0; i < columns_.size(); ++i) widths.push_back(width(i));
  const auto line = [&](const std::vector<std::string>& cells, bool head) {
    std::string out;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string pad(widths[i] - display_width(cells[i]), ' ');
      const std::string cell = head ? paint(Colour::bold, cells[i], stdout) : cells[i];
      const bool last = i + 1 == cells.size();
      out += numeric(i) && !rows_.empty() ? pad + cell : cell + (last ? "" : pad);
      if (!last) out += "  ";
    }
    fmt::print("{}\n", out);
  };
  line(columns_, true);
  for (const auto& row : rows_) line(row, false);
}

void JsonLine::name(std::string_view name) {
  if (!body_.empty()) body_ += ',';
  client::append_json_string(body_, name);
  body_ += ':';
}
JsonLine& JsonLine::text(std::string_view n, std::string_view value) { return name(n), client::append_json_string(body_, value), *this; }
JsonLine& JsonLine::text_or_null(std::string_view n, const std::optional<std::string>& value) { return value ? text(n, *value) : raw(n, "null"); }
JsonLine& JsonLine::number(std::string_view n, int64_t value) { return raw(n, fmt::format("{}", value)); }
JsonLine& JsonLine::number_or_null(std::string_view n, std::optional<int64_t> value) { return value ? number(n, *value) : raw(n, "null"); }
JsonLine& JsonLine::boolean(std::string_view n, bool value) { return raw(n, value ? "true" : "false"); }
JsonLine& JsonLine::raw(std::string_view n, std::string_view json) {
  name(n);
  body_ += json;
  return *this;
}
void JsonLine::print() const { fmt::print("{}\n", object()); }
std::string JsonLine::array(const std::vector<std::string>& items) { return fmt::format("[{}]", fmt::join(items, ",")); }
std::string JsonLine::numbers(const std::vector<int32_t>& items) { return fmt::format("[{}]", fmt::join(items, ",")); }

}  // namespace evlog::cmd
