// Where the settings of a client command come from, the weakest first: built in, the profile, the environment, -F, -X, -b. A later one wins.
#pragma once

#include <string>
#include <vector>

#include "evlog/client_options.h"

namespace evlog::cmd {

struct LayeredSetting {
  std::string name, value;
  std::string origin;  // "built in", "profile staging", "EVLOG_BROKERS", "-X", …
};

// In the order in which they apply; a name may come several times.
Expected<std::vector<LayeredSetting>> gather_settings(const ClientOptions& options);

bool is_secret_setting(std::string_view name);

}  // namespace evlog::cmd
