// A Fault is something in a file that is not as it was written: where, what, and how it is mended. What checks files gathers them.
#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace evlog::cmd {

struct Fault {
  std::string file;
  std::optional<uint64_t> position = {};  // in the file, bytes; nothing: it concerns all of it
  std::string what;
  std::string remedy;
};

using Faults = std::vector<Fault>;

// "orders-0/00000000000000000000.log: position 1783: … (mend: evlog repair orders-0)", and the same as one JSON object.
std::string fault_text(const Fault& fault);
std::string fault_json(const Fault& fault);

}  // namespace evlog::cmd
