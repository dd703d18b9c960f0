// Tables for people: columns as wide as their widest cell, numbers to the right. And one JSON object per line for scripts.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace evlog::cmd {

class Table {
 public:
  explicit Table(std::vector<std::string> columns) : columns_(std::move(columns)) {}
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  bool empty() const { return rows_.empty(); }
  void print() const;  // to stdout; the heads in bold on a terminal

 private:
  size_t width(size_t column) const;
  bool numeric(size_t column) const;
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
};

class JsonLine {
 public:
  JsonLine& text(std::string_view name, std::string_view value);
  JsonLine& text_or_null(std::string_view name, const std::optional<std::string>& value);
  JsonLine& number(std::string_view name, int64_t value);
  JsonLine& number_or_null(std::string_view name, std::optional<int64_t> value);
  JsonLine& boolean(std::string_view name, bool value);
  JsonLine& raw(std::string_view name, std::string_view json);
  std::string object() const { return "{" + body_ + "}"; }
  void print() const;

  static std::string array(const std::vector<std::string>& items);       // of JSON texts
  static std::string numbers(const std::vector<int32_t>& items);

 private:
  void name(std::string_view name);
  std::string body_;
};

size_t display_width(std::string_view utf8);  // code points; good enough for names
std::string cut_utf8(std::string_view utf8, size_t width);  // its first code points

}  // namespace evlog::cmd
