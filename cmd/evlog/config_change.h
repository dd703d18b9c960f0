// A change of settings as it is said: what a key was, what it is now. Brokers apply a change a moment after it was taken.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "client/admin_configs.h"
#include "evlog/failure.h"

namespace evlog::cmd {

using ConfigEntries = std::vector<client::ConfigEntry>;

// "3600000", "604800000 (default)" where nobody set it here, "unset" where there is nothing.
std::string value_text(const ConfigEntries& entries, const std::string& key);
std::string wanted_text(const client::ConfigChange& change);

// Reads until every change is seen, at most two seconds. The last that was read.
Expected<ConfigEntries> read_settled(const client::ResourceChanges& changes, const std::function<Expected<ConfigEntries>()>& read);

}  // namespace evlog::cmd
