// Kafka's names of the levels of metadata.version: people know a release, the protocol only carries the number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace evlog::cmd {

std::string_view metadata_level_name(int16_t level);                     // 30 is 4.3-IV0; empty for a level that has no name here
std::string feature_level_text(std::string_view feature, int16_t level);  // "30 (4.3-IV0)"; of other features the number alone

}  // namespace evlog::cmd
