// A server of one's own: `evlog serve --ephemeral` of this very binary, on a port of loopback nobody else has. It ends with this
// object, and with this process however that ends; nothing stays behind on the disk.
#pragma once

#include <sys/types.h>

#include <string>

#include "client/transport.h"
#include "evlog/failure.h"

namespace evlog::cmd {

class OwnServer {
 public:
  OwnServer() = default;
  OwnServer(const OwnServer&) = delete;
  ~OwnServer();

  Expected<void> start();                                    // returns when it answers
  const client::BrokerAddress& address() const { return address_; }

 private:
  Expected<void> spawn();
  Expected<void> wait_ready();
  bool read_address();
  Failure explain_end() const;
  std::string ready_file() const { return directory_ + "/ready.json"; }
  std::string log_file() const { return directory_ + "/log"; }

  pid_t pid_ = -1;
  std::string directory_;
  client::BrokerAddress address_;
};

}  // namespace evlog::cmd
