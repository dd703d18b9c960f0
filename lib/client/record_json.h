// One record as one line of JSON, and back without loss. Field order is fixed:
//   {"topic":"orders","partition":3,"offset":42,"ts":1732176000123,"tstype":"create","key":"u-17","value":"…","headers":[["a","b"]],"epoch":5}
// Bytes that are not UTF-8 go as base64: "key_b64", "value_b64", and {"b64":"…"} for a header's name or value. Null is null.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "client/record.h"

namespace evlog::client {

void append_json_string(std::string& out, std::string_view utf8);

// How a payload that is JSON itself is shown: as a string like any other, which is read back without loss, or as the value it is.
enum class JsonPayload : uint8_t { as_string, embedded };
void append_json(std::string& out, const Record& record, JsonPayload payload = JsonPayload::as_string);  // without a newline

// Reads such lines. The record is a view into the line and into the reader, until the next call. Fields may come in any order;
// offset, tstype and epoch are passed over. A value that is no string is taken as its JSON text. Errors begin with "column N: ".
class JsonReader {
 public:
  Result<void> read(std::string_view line, Record& out);

 private:
  class Scan;
  std::string scratch_;  // unescaped and decoded texts; never grows while views point into it
};

}  // namespace evlog::client
