// What a command lists, in the form that was asked for: --format table|wide|json|jsonl|csv|name. Rows have the same columns in
// every form; a script's forms carry all of them, whole numbers and no units, a person's only those worth their width.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evlog/client_options.h"
#include "evlog/table.h"

namespace evlog::cmd {

enum class Format : uint8_t { table, wide, json, jsonl, csv, name };
Format chosen_format(const ClientOptions& options);   // --json is another word for jsonl
bool for_scripts(const ClientOptions& options);       // neither table nor wide

// --format and --json, of every command that lists something.
void add_format_options(Args& args, ClientOptions& options);

// One value, as people and as scripts read it.
struct Cell {
  std::string shown;   // in tables
  std::string json;
  std::string plain;   // in csv and name
  static Cell text(std::string_view value);
  static Cell optional_text(const std::optional<std::string>& value);
  static Cell number(std::int64_t value);
  static Cell number(const std::optional<int64_t>& value);     // "-" and null
  static Cell bytes(const std::optional<int64_t>& value);      // "12.3 MB" for people
  static Cell flag(bool value, std::string_view yes = "yes");
  static Cell numbers(const std::vector<int32_t>& values);
  static Cell object(std::string_view shown, std::string_view json);      // in csv as people see it
  static Cell shown_as(std::string_view shown, std::string_view number);  // "1h" and 3600000; no number: "-" and null
};

class Listing {
 public:
  enum class Show : uint8_t { always, wide, scripts };
  struct Column { std::string head; std::string key; Show show = Show::always; };

  // The first column is what --format name prints.
  Listing(const ClientOptions& options, std::vector<Column> columns);
  ~Listing() { finish(); }
  Listing(const Listing&) = delete;

  void row(std::vector<Cell> cells);      // jsonl and csv are printed at once
  bool empty() const { return count_ == 0; }
  void finish();                          // prints what waits: a table, or the end of a JSON array

 private:
  bool shown(const Column& column) const;
  std::string object(const std::vector<Cell>& cells) const;
  Format format_;
  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
  size_t count_ = 0;
  bool finished_ = false;
};

}  // namespace evlog::cmd
