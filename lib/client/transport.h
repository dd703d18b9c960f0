// Transport: one request frame to a broker and the answer to it. The command line brings sockets, tests bring a script.
#pragma once

#include <string>

#include "base/bytes.h"
#include "base/result.h"

namespace evlog::client {

struct BrokerAddress {
  std::string host;
  int port = 0;
  auto operator<=>(const BrokerAddress&) const = default;
};

class Transport {
 public:
  static constexpr size_t answer_bytes_max = 256u << 20;
  virtual ~Transport() = default;
  // Both without the four bytes of length. Errors: NETWORK_EXCEPTION, REQUEST_TIMED_OUT; the connection is then given up.
  virtual Result<Buffer> call(const BrokerAddress& to, Bytes request) = 0;
};

}  // namespace evlog::client
