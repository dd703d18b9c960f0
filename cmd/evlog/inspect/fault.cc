#include "evlog/inspect/fault.h"

#include "evlog/table.h"

namespace evlog::cmd {

std::string fault_text(const Fault& fault) {
  const std::string place = fault.position ? fmt::format("position {}: ", *fault.position) : "";
  return fmt::format("{}: {}{} (mend: {})", fault.file, place, fault.what, fault.remedy);
}

std::string fault_json(const Fault& fault) {
  JsonLine line;
  line.text("file", fault.file).number_or_null("position", fault.position ? std::optional(static_cast<int64_t>(*fault.position)) : std::nullopt);
  return line.text("what", fault.what).text("remedy", fault.remedy).object();
}

}  // namespace evlog::cmd
