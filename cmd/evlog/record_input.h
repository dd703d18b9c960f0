// RecordInput: the records that `produce` sends, one after another, out of lines, JSON or a format string.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/csv_input.h"
#include "client/record.h"
#include "client/record_format.h"
#include "client/record_json.h"
#include "evlog/input.h"

namespace evlog::cmd {

struct RecordInputOptions {
  bool json = false;
  bool csv = false;
  bool whole_file = false;          // each file is one record
  std::optional<client::InputFormat> format;
  std::string delimiter = "\n";
  std::string key_separator;        // empty: lines have no keys
  std::optional<std::string> null;  // this text stands for null
  bool empty_is_null = false;
};

class RecordInput {
 public:
  RecordInput(Input& input, RecordInputOptions options) : input_(input), options_(std::move(options)) {}

  // The record's texts last until the next call. False: the input is over (or was interrupted). `while_waiting` runs when
  // the input is idle. A fault names the file and the line.
  Expected<bool> next(client::Record& out, const std::function<void()>& while_waiting);
  uint64_t number() const { return number_; }  // of the last record in its file, from 1
  std::string_view unit() const;               // what number() counts: "line" or "record"

 private:
  Expected<bool> next_in_file(client::Record& out, const std::function<void()>& while_waiting);
  Expected<std::optional<size_t>> take(client::Record& out, bool at_end);
  Result<std::optional<size_t>> take_one(client::Record& out, bool at_end);
  Result<std::optional<size_t>> take_line(client::Record& out, bool at_end);
  Result<void> read_line(std::string_view line, client::Record& out);
  void apply_null(std::optional<std::string_view>& bytes) const;

  Input& input_;
  RecordInputOptions options_;
  client::JsonReader json_;
  client::CsvReader csv_;
  size_t searched_ = 0;  // so that a long line is not searched from its beginning after every read
  bool open_ = false;
  uint64_t number_ = 0;
};

}  // namespace evlog::cmd
