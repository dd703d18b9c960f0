#include "evlog/metadata_level.h"

#include <fmt/format.h>

namespace evlog::cmd {
namespace {

constexpr int16_t first_level = 7;
constexpr std::string_view names[] = {"3.3-IV3", "3.4-IV0", "3.5-IV0", "3.5-IV1", "3.5-IV2", "3.6-IV0", "3.6-IV1", "3.6-IV2", "3.7-IV0", "3.7-IV1", "3.7-IV2", "3.7-IV3",
                                      "3.7-IV4", "3.8-IV0", "3.9-IV0", "4.0-IV0", "4.0-IV1", "4.0-IV2", "4.0-IV3", "4.1-IV0", "4.1-IV1", "4.2-IV0", "4.2-IV1", "4.3-IV0"};

}  // namespace

std::string_view metadata_level_name(int16_t level) {
  const auto index = static_cast<size_t>(level - first_level);
  return level >= first_level && index < std::size(names) ? names[index] : std::string_view();
}

std::string feature_level_text(std::string_view feature, int16_t level) {
  const std::string_view name = feature == "metadata.version" ? metadata_level_name(level) : std::string_view();
  return name.empty() ? fmt::format("{}", level) : fmt::format("{} ({})", level, name);
}

}  // namespace evlog::cmd
