#include "evlog/output.h"

#include <fmt/format.h>

#include "client/record_json.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

std::string json_text(std::string_view text) {
  std::string out;
  client::append_json_string(out, text);
  return out;
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
  return out + "\"";
}

}  // namespace

Format chosen_format(const ClientOptions& options) {
  if (options.format == "wide") return Format::wide;
  if (options.format == "json") return Format::json;
  if (options.format == "csv") return Format::csv;
  if (options.format == "name") return Format::name;
  return options.json || options.format == "jsonl" ? Format::jsonl : Format::table;
}

bool for_scripts(const ClientOptions& options) {
  const Format format = chosen_format(options);
  return format != Format::table && format != Format::wide;
}

void add_format_options(Args& args, ClientOptions& o) {
  args.choice("--format", o.format, {"table", "wide", "json", "jsonl", "csv", "name"}, "wide: more columns; json: one array; jsonl: one object per line; name: names alone. Default: table")
      .flag("--json", o.json, "The same as --format jsonl");
}

Cell Cell::text(std::string_view value) { return {value.empty() ? "-" : std::string(value), json_text(value), std::string(value)}; }
Cell Cell::optional_text(const std::optional<std::string>& value) { return value ? text(*value) : Cell{"-", "null", ""}; }
Cell Cell::number(int64_t value) {
  const std::string digits = fmt::format("{}", value);
  return {digits, digits, digits};
}
Cell Cell::number(const std::optional<int64_t>& value) { return value ? number(*value) : Cell{"-", "null", ""}; }
Cell Cell::bytes(const std::optional<int64_t>& value) {
  if (!value) return {"-", "null", ""};
  Cell out = number(*value);
  if (*value >= 0) out.shown = human_bytes(static_cast<uint64_t>(*value));
  return out;
}
Cell Cell::flag(bool value, std::string_view yes) { return {value ? std::string(yes) : "-", value ? "true" : "false", value ? "true" : "false"}; }
Cell Cell::numbers(const std::vector<int32_t>& values) {
  const std::string list = fmt::format("{}", fmt::join(values, ","));
  return {list.empty() ? "-" : list, "[" + list + "]", fmt::format("{}", fmt::join(values, " "))};
}
Cell Cell::object(std::string_view shown, std::string_view json) { return {shown.empty() ? "-" : std::string(shown), std::string(json), std::string(shown)}; }
Cell Cell::shown_as(std::string_view shown, std::string_view number) {
  if (number.empty()) return {"-", "null", ""};
  return {std::string(shown), std::string(number), std::string(number)};
}

Listing::Listing(const ClientOptions& options, std::vector<Column> columns) : format_(chosen_format(options)), columns_(std::move(columns)) {
  std::vector<std::string> keys;
  for (const Column& column : columns_) keys.push_back(column.key);
  if (format_ == Format::csv) fmt::print("{}\n", fmt::join(keys, ","));
}

bool Listing::shown(const Column& column) const {
  return column.show == Show::always || (column.show == Show::wide && format_ == Format::wide);
}

std::string Listing::object(const std::vector<Cell>& cells) const {
  JsonLine line;
  for (size_t i = 0; i < columns_.size(); ++i) line.raw(columns_[i].key, cells[i].json);
  return line.object();
}

void Listing::row(std::vector<Cell> cells) {
  ++count_;
  std::vector<std::string> fields;
  switch (format_) {
    case Format::name: fmt::print("{}\n", cells.front().plain); break;
    case Format::jsonl: fmt::print("{}\n", object(cells)); break;
    case Format::json: fmt::print("{}{}", count_ == 1 ? "[\n  " : ",\n  ", object(cells)); break;
    case Format::csv:
      for (const Cell& cell : cells) fields.push_back(csv_field(cell.plain));
      fmt::print("{}\n", fmt::join(fields, ","));
      break;
    default: rows_.push_back(std::move(cells));
  }
}

void Listing::finish() {
  if (finished_) return;
  finished_ = true;
  if (format_ == Format::json) fmt::print("{}", count_ == 0 ? "[]\n" : "\n]\n");
  if (rows_.empty()) return;
  std::vector<std::string> heads;
  for (const Column& column : columns_)
    if (shown(column)) heads.push_back(column.head);
  Table table(heads);
  for (const auto& cells : rows_) {
    std::vector<std::string> texts;
    for (size_t i = 0; i < columns_.size(); ++i)
      if (shown(columns_[i])) texts.push_back(cells[i].shown);
    table.row(std::move(texts));
  }
  table.print();
}

}  // namespace evlog::cmd
