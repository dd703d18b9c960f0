#include "log/file_names.h"

#include <fmt/format.h>

#include "base/text.h"

namespace evlog::log {

namespace { constexpr size_t offset_digits = 20; }

std::string segment_file_name(Offset base, std::string_view suffix) { return fmt::format("{:020}{}", base.value(), suffix); }

std::optional<Offset> parse_segment_file_name(std::string_view name, std::string_view suffix) {
  if (name.size() != offset_digits + suffix.size() || !name.ends_with(suffix)) return std::nullopt;
  const std::string_view digits = name.substr(0, offset_digits);
  if (digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  const auto offset = parse_int(digits);
  if (!offset) return std::nullopt;
  return Offset(*offset);
}

}  // namespace evlog::log
