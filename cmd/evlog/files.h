// Files as a whole. Who calls says what was the matter with one: errno is as the system left it.
#pragma once

#include <optional>
#include <string>

namespace evlog::cmd {

std::optional<std::string> read_file(const std::string& path);  // nothing: it cannot be read; a directory cannot

}  // namespace evlog::cmd
