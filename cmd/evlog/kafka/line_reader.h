// Records out of lines, as kafka-console-producer's LineMessageReader makes them: "h1:v1,h2:v2<tab>key<tab>value" in full.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "client/record.h"
#include "evlog/input.h"
#include "evlog/kafka/options.h"

namespace evlog::cmd::kafka {

class LineReader {
 public:
  // By properties: parse.key, key.separator, parse.headers, headers.delimiter, headers.separator, headers.key.separator,
  // ignore.error, null.marker.
  static Or<LineReader> of(const std::map<std::string, std::string>& properties);

  // The record's texts last until the next call.
  Or<void> read(std::string line, client::Record& out);

 private:
  Or<std::optional<std::string>> part(bool wanted, size_t from, const std::string& end, std::string_view end_name) const;
  Or<void> read_headers(const std::string& text, client::Record& out);
  std::optional<std::string_view> or_null(std::string_view text) const;

  bool parse_key_ = false, parse_headers_ = false, ignore_error_ = false;
  std::string key_separator_ = "\t", headers_delimiter_ = "\t", headers_separator_ = ",", headers_key_separator_ = ":";
  std::optional<std::string> null_marker_;
  std::regex headers_pattern_;
  int64_t number_ = 0;
  std::string line_, key_;
  std::vector<std::pair<std::string, std::optional<std::string>>> headers_;
};

// Lines that end with \n, \r or both.
class Lines {
 public:
  explicit Lines(Input& input) : input_(input) {}
  Expected<std::optional<std::string>> next(const std::function<void()>& while_waiting);

 private:
  Input& input_;
  bool open_ = false, skip_feed_ = false;
};

}  // namespace evlog::cmd::kafka
