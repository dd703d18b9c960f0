// Profiles: one client.properties a cluster, in $XDG_CONFIG_HOME/evlog/profiles/NAME.properties, readable by their owner alone; the name
// of the one in use is in the file `current` beside that folder. A project may carry its own, .evlog/client.properties, which is found
// upwards from the working directory as far as the repository's root.
// Files are written whole under a temporary name and renamed: a crash leaves the old one.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "evlog/failure.h"

namespace evlog::cmd {

using Properties = std::vector<std::pair<std::string, std::string>>;  // in the file's order

struct Profile {
  std::string name;    // empty: a project's own
  std::string path;
  Properties properties;
};

std::string config_home();                                     // $XDG_CONFIG_HOME/evlog, or ~/.config/evlog
std::vector<std::string> profile_names();                      // sorted
Expected<std::string> profile_path(const std::string& name);   // refuses names that are no plain file name
std::string current_profile();                                 // its name; empty: none
std::optional<std::string> project_file();

Expected<Profile> read_profile(const std::string& name);       // 66 with the nearest name where there is none
Expected<void> write_profile(const Profile& profile);
Expected<void> remove_profile(const std::string& name);
Expected<void> set_current_profile(const std::string& name);   // empty: none

// The profile a client command uses: `wanted` (--profile), $EVLOG_PROFILE, the project's, the current one. "none" switches it off.
Expected<std::optional<Profile>> choose_profile(const std::string& wanted);

}  // namespace evlog::cmd
