// Network: listening and connecting. Names are resolved on the pool when connecting, inline when listening (a start-up matter).
#pragma once

#include "io/stream.h"

namespace evlog::io::uv {

struct Core;

class Network final : public io::Network {
 public:
  explicit Network(Core& core) : core_(core) {}
  io::Loop& loop() override;
  Result<std::unique_ptr<io::Listener>> listen(const Address& at) override;
  void start(Connect& verb) override;
  void cancel(Connect& verb) override;

 private:
  Core& core_;
};

}  // namespace evlog::io::uv
