// JSON on several lines, for people: the tokens stay as they are written, so numbers keep every digit.
#pragma once

#include <string>
#include <string_view>

namespace evlog::client {

// False (and nothing appended) where the text is no JSON object or array whose brackets match.
bool append_pretty_json(std::string& out, std::string_view text);

}  // namespace evlog::client
