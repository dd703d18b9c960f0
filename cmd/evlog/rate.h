// Rates as people write them: "500", "500/s", "2k", "1.5M/s": records per second.
#pragma once

#include <string_view>

#include "evlog/failure.h"

namespace evlog::cmd {

Expected<double> parse_rate(std::string_view text);

}  // namespace evlog::cmd
