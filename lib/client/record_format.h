// Format strings, kcat's tokens with rpk's modifiers in braces:
//   %t topic  %p partition  %o offset  %k key  %K key length  %s or %v value  %S value length  %R value length as 4 bytes
//   %T timestamp  %h headers  %e leader epoch  %x %y producer id and epoch  %i running number  %a attributes  %[ %] log start, end
//   %s{hex|base64|json|utf8|csv|pretty}  %S{be32|le32|hex8}  %T{iso|s|ms|strftime[…]}  %h{%k=%v }  %a{compression|timestamp-type|…}
//   %% and \n \r \t \0 \xNN \\ as usual.
// Compiled once, then printed per record. The same strings take input apart: see InputFormat.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "client/record.h"

namespace evlog::client {

struct FormatPart {
  char token = 0;        // 0: literal
  std::string text;      // the literal, or what stands in the braces
  std::vector<FormatPart> inner;  // of %h{…}
};

Result<std::vector<FormatPart>> parse_format(std::string_view format);
Result<std::string> parse_escapes(std::string_view text);  // "\t", "\x00" …: for separators

class RecordFormat {
 public:
  static Result<RecordFormat> parse(std::string_view format);
  static std::string named(std::string_view name);  // the format behind a name ("value", "kv", "kvh", …); empty: none

  void append(std::string& out, const Record& record);
  void print_null_as(std::string_view text) { null_ = text; }

 private:
  void append_part(std::string& out, const FormatPart& part, const Record& record);
  void append_bytes(std::string& out, const FormatPart& part, const std::optional<std::string_view>& bytes);
  void append_header(std::string& out, const FormatPart& part, const Header& header);
  void append_headers(std::string& out, const FormatPart& part, const Record& record);

  std::vector<FormatPart> parts_;
  std::string null_;
  int64_t number_ = 0;
};

// Takes records apart by a format string: a field ends where the literal behind it begins, or after the length that a %K or %S
// before it gave. The last field ends at the delimiter.
class InputFormat {
 public:
  static Result<InputFormat> parse(std::string_view format, std::string delimiter);

  // Takes one record off the front of `input`. Nothing: more bytes are needed (or, at the end of the input, nothing is left).
  Result<std::optional<size_t>> take(std::string_view input, bool at_end, Record& out);

 private:
  struct Cursor;
  Result<bool> take_part(size_t index, Cursor& cursor, Record& out);
  static Result<bool> store(const FormatPart& part, std::string_view text, Cursor& cursor, Record& out);

  std::vector<FormatPart> parts_;
  std::string delimiter_;
};

}  // namespace evlog::client
