// ISO 8601 durations as Java reads them: "PT1H30M", "P2DT0.5S", small letters and signs allowed. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace evlog::config {

std::optional<double> parse_duration_seconds(std::string_view text);  // nullopt when it is none

}  // namespace evlog::config
