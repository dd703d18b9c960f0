// Whether a text has the form of a regular expression: brackets and groups closed, a quantifier behind something, escapes complete.
// It only refuses what no engine takes; what the expression means is for the engine that will run it. Pure.
#pragma once

#include <string_view>

namespace evlog::config {

bool is_pattern(std::string_view text);

}  // namespace evlog::config
