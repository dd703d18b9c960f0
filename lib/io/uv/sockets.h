// Socket addresses, and the options every socket of evlog gets.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

#include "base/result.h"
#include "io/stream.h"

namespace evlog::io::uv {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  int family() const { return storage.ss_family; }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

enum class Resolve { literal, name };
// All addresses of a host; a name may take seconds and must not be resolved on the loop's thread once clients are served.
// `literal` gives nothing for a name. An empty host means every interface (when `passive`) or this machine.
Result<std::vector<SocketAddress>> resolve(const Address& address, Resolve how, bool passive);

Address local_address(int descriptor);
Address peer_address(int descriptor);

Result<int> open_socket(int family);   // non-blocking, close-on-exec
// No delay for small answers; and to a peer on this machine the congestion control that needs no timers.
void tune_connection(int descriptor, const Address& peer);

}  // namespace evlog::io::uv
