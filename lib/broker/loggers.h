// The names under which the server writes its log, as DescribeConfigs shows them for a BROKER_LOGGER, with their levels.
#pragma once

#include <array>
#include <string_view>

namespace evlog::broker {

struct Logger { std::string_view name, level; };

inline constexpr std::array loggers = {
    Logger{"broker", "INFO"}, Logger{"group", "INFO"}, Logger{"log", "INFO"}, Logger{"quorum", "INFO"}, Logger{"root", "INFO"},
};

}  // namespace evlog::broker
