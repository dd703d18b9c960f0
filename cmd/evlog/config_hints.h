// Names of configuration keys, for hints: the nearest one that exists.
#pragma once

#include <string>
#include <string_view>

#include "client/admin_configs.h"

namespace evlog::cmd {

// The key that a server's refusal calls unknown; empty: it says something else.
std::string_view unknown_key(std::string_view message);

// A hint behind the server's "Unknown topic config name: retention.mss" and the like; says where all keys are listed.
std::string config_hint(client::ResourceType type, std::string_view message);

std::string_view resource_word(client::ResourceType type);   // as on the command line: topic, broker, logger, …

}  // namespace evlog::cmd
