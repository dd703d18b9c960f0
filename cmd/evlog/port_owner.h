// Who listens on a TCP port of this machine, from /proc: for the message that it is taken.
#pragma once

#include <optional>
#include <string>

namespace evlog::cmd {

struct PortOwner { int pid = 0; std::string name; };
std::optional<PortOwner> port_owner(int port);  // nothing when nobody listens, or it is another user's process

}  // namespace evlog::cmd
