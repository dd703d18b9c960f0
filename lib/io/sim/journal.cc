#include "io/sim/journal.h"

#include "base/crc32c.h"

namespace evlog::io::sim {

std::string Counters::text() const {
  std::string text;
#define EVLOG_X(name) \
  if (name) text += fmt::format("{}{} {}", text.empty() ? "" : " ", #name, name);
  EVLOG_SIM_COUNTERS(EVLOG_X)
#undef EVLOG_X
  return text;
}

void Journal::mix(Bytes content) {
  mix(content.size());
  mix(crc32c(content));
}

}  // namespace evlog::io::sim
