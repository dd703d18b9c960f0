// Java's .properties format, read as java.util.Properties reads it: # and ! comments, = : or blank between key and value,
// a backslash at the end of a line joins the next, \t \n \r \f \uXXXX escapes. Checked and bounded; text in UTF-8.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace evlog::config {

inline constexpr size_t properties_bytes_max = 1 << 20;
inline constexpr size_t properties_entries_max = 10'000;

struct Property {
  std::string name;
  std::string value;
  int line = 0;  // 1-based, of its first line
};

// In the order of the file; a name may occur again, the last one counts.
Result<std::vector<Property>> parse_properties(std::string_view text);

}  // namespace evlog::config
