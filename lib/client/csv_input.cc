#include "client/csv_input.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "client/record_json.h"

namespace evlog::client {
namespace {

bool digits(std::string_view text) { return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos; }

// What JSON takes for a number, so that 0042 and +1 stay texts.
bool is_json_number(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const size_t exponent = text.find_first_of("eE");
  if (exponent != std::string_view::npos) {
    std::string_view power = text.substr(exponent + 1);
    if (power.starts_with('+') || power.starts_with('-')) power.remove_prefix(1);
    if (!digits(power)) return false;
    text = text.substr(0, exponent);
  }
  const size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  if (point != std::string_view::npos && !digits(text.substr(point + 1))) return false;
  return digits(whole) && (whole.size() == 1 || whole[0] != '0');
}

std::unexpected<Error> bad(size_t column, std::string_view what) { return fail(ErrorCode::INVALID_RECORD, "column {}: {}", column + 1, what); }

}  // namespace

Result<std::optional<size_t>> CsvReader::take_row(std::string_view input, bool at_end) {
  cells_.clear(), quoted_.clear();
  for (size_t at = 0;;) {
    std::string& cell = cells_.emplace_back();
    quoted_.push_back(at < input.size() && input[at] == '"');
    if (quoted_.back()) {
      for (++at;; ++at) {
        if (at >= input.size()) return at_end ? Result<std::optional<size_t>>(bad(at, "the quotes do not end")) : std::nullopt;
        if (input[at] != '"') {
          cell += input[at];
          continue;
        }
        if (at + 1 >= input.size() && !at_end) return std::nullopt;
        if (at + 1 >= input.size() || input[at + 1] != '"') break;
        cell += input[at++];
      }
      ++at;
      if (at < input.size() && input[at] != ',' && input[at] != '\n' && input[at] != '\r') return bad(at, "text behind the quotes");
    } else {
      const size_t end = std::min(input.find_first_of(",\n", at), input.size());
      if (end == input.size() && !at_end) return std::nullopt;
      cell = input.substr(at, end - at);
      at = end;
      if (cell.ends_with('\r') && (at == input.size() || input[at] == '\n')) cell.pop_back();
    }
    if (at < input.size() && input[at] == '\r') ++at;
    if (at >= input.size()) return at_end ? std::optional(at) : std::nullopt;
    if (input[at] == '\n') return at + 1;
    ++at;
  }
}

// Texts in quotes are texts, whatever they look like.
void CsvReader::append_field(const std::string& name, const std::string& cell) {
  const size_t index = static_cast<size_t>(&cell - cells_.data());
  json_ += json_.empty() ? '{' : ',';
  append_json_string(json_, name);
  json_ += ':';
  if (!quoted_[index] && (is_json_number(cell) || cell == "true" || cell == "false" || cell == "null")) json_ += cell;
  else append_json_string(json_, cell);
}

Result<void> CsvReader::fill(Record& out) {
  if (cells_.size() != columns_.size()) return fail(ErrorCode::INVALID_RECORD, "{} field{}; the first row has {}", cells_.size(), cells_.size() == 1 ? "" : "s", columns_.size());
  json_.clear();
  for (size_t i = 0; i < cells_.size(); ++i) {
    const std::string& name = columns_[i];
    const std::string& cell = cells_[i];
    const auto number = [&](std::string_view what) -> Result<int64_t> {
      const auto parsed = parse_int(cell);
      if (!parsed || *parsed < 0) return fail(ErrorCode::INVALID_RECORD, "'{}' is no {}", cell, what);
      return *parsed;
    };
    if (name == "value") {
      out.value = cell;
    } else if (name == "key") {
      if (!cell.empty() || quoted_[i]) out.key = cell;
    } else if (name == "topic") {
      out.topic = cell;
    } else if (name == "partition" || name == "ts") {
      if (cell.empty()) continue;
      const auto parsed = number(name == "ts" ? "timestamp in milliseconds" : "partition");
      if (!parsed) return fail(parsed.error());
      if (name == "ts") out.timestamp_ms = *parsed;
      else out.partition = static_cast<int32_t>(std::min<int64_t>(*parsed, INT32_MAX));
    } else if (name.starts_with("header.")) {
      if (!cell.empty() || quoted_[i]) out.headers.push_back({std::string_view(name).substr(7), cell});
    } else if (!has_value_) {
      append_field(name, cell);
    }
  }
  if (has_value_) return {};
  if (json_.empty()) json_ = "{";
  json_ += '}';
  out.value = json_;
  return {};
}

Result<std::optional<size_t>> CsvReader::take(std::string_view input, bool at_end, Record& out) {
  const bool at_start = columns_.empty();
  for (size_t taken = 0; !input.empty();) {
    const auto row = take_row(input, at_end);
    if (!row) return row;
    if (!*row) break;
    input.remove_prefix(**row);
    taken += **row;
    if (cells_.size() == 1 && cells_[0].empty() && !quoted_[0]) continue;  // an empty line
    if (!columns_.empty()) {
      if (auto filled = fill(out); !filled) return fail(filled.error());
      return taken;
    }
    columns_ = cells_;
    if (columns_[0].starts_with("\xEF\xBB\xBF")) columns_[0].erase(0, 3);
    has_value_ = std::ranges::find(columns_, "value") != columns_.end();
  }
  if (at_start) columns_.clear();  // nothing was taken: the first row comes again, with what follows it
  return std::nullopt;
}

}  // namespace evlog::client
