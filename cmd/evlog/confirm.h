// Before something is lost: a question on a terminal; elsewhere -y must have been given, and the refusal says the whole command.
#pragma once

#include <string>

#include "evlog/failure.h"

namespace evlog::cmd {

// `question` without the question mark's "[y/N]"; `nothing` is what a "no" leads to, as "nothing was deleted".
Expected<void> confirm(bool yes, const std::string& question, const std::string& nothing);

// The command as it was given, quoted for a shell, with `more` behind it.
std::string this_command(std::string_view more);

}  // namespace evlog::cmd
