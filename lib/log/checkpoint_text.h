// Kafka's checkpoint files as text: a version line "0", a count, and that many lines of fields. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/base.h"
#include "base/text.h"

namespace evlog::log {

inline constexpr size_t checkpoint_bytes_max = 64_MiB;

// The lines behind the count; views into `text`. CORRUPT_MESSAGE when version or count do not fit.
Result<std::vector<std::string_view>> parse_checkpoint_text(std::string_view text);
std::vector<std::string_view> split_fields(std::string_view line);  // by blanks, any number of them
// A damaged file's text for a message: printable, quoted, and not longer than a line.
std::string quoted_text(std::string_view text);

}  // namespace evlog::log
