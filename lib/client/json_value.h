// Whether a text is one JSON value in the strict sense of RFC 8259, without a parsed form of it: tokens are copied as they are
// written, so that numbers keep every digit and an object its order and its repeated names.
#pragma once

#include <string>
#include <string_view>

namespace evlog::client {

// Appends the value without the blanks and line ends between its tokens. False (and nothing appended) where the text is no JSON,
// is nested deeper than anybody can read, or has half of a surrogate pair in it, which no text can be made of.
bool append_json_value(std::string& out, std::string_view text);

}  // namespace evlog::client
