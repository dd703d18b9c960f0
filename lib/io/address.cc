#include <fmt/format.h>

#include "io/stream.h"

namespace evlog::io {

std::string Address::text() const {
  if (host.find(':') != std::string::npos) return fmt::format("[{}]:{}", host, port);
  return fmt::format("{}:{}", host, port);
}

}  // namespace evlog::io
