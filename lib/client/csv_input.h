// Rows of CSV (RFC 4180: quotes, "" for a quote, line ends within quotes) as records. The first row names the columns: key, value, topic,
// partition, offset, ts, headers and header.NAME mean that; where no column is called value, all others make it, as one JSON object.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/record.h"

namespace evlog::client {

class CsvReader {
 public:
  // Takes one row off the front of `input`, the first row of a file silently too. Nothing: more bytes are needed (or, at the end of the
  // input, nothing is left). The record is a view into the reader, until the next call. Errors name the column of the text.
  Result<std::optional<size_t>> take(std::string_view input, bool at_end, Record& out);
  void restart() { columns_.clear(); }  // another file, with a first row of its own

 private:
  Result<std::optional<size_t>> take_row(std::string_view input, bool at_end);
  Result<void> fill(Record& out);
  void append_field(const std::string& name, const std::string& cell);

  std::vector<std::string> columns_;
  bool has_value_ = false;
  std::vector<std::string> cells_;
  std::vector<bool> quoted_;
  std::string json_;
};

}  // namespace evlog::client
