// Any bytes as a properties file: read or refused, never more memory than the file explains, never a crash; what was read
// goes on into the loader, where any name and value must end in a setting, a notice or an error.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "config/config.h"

// Judging an unknown name compares it with every key; a few settings an input keep the fuzzer fast.
static constexpr size_t settings_loaded_max = 3;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto properties = evlog::config::parse_properties(text);
  if (!properties) return 0;
  size_t bytes = 0;
  for (const auto& p : *properties) bytes += p.name.size() + p.value.size();
  if (bytes > size) std::abort();  // an escape is never shorter than what it stands for
  if (properties->size() > settings_loaded_max) return 0;
  const auto loaded = evlog::config::load_config({.files = {{"fuzz.properties", text}}});
  if (loaded) (void)evlog::config::parse_listeners(loaded->config);
  return 0;
}
