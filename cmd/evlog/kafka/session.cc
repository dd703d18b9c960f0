#include "evlog/kafka/session.h"

#include <unistd.h>

#include "evlog/signals.h"

namespace evlog::cmd::kafka {

Or<Session> Session::open(const Options& options, int timeout_ms) {
  if (auto single = options.check_single({"bootstrap-server", "command-config"}); !single) return stop(single.error());
  ClientOptions client;
  client.brokers = options.text("bootstrap-server");
  client.config_file = options.text("command-config");
  client.timeout_s = std::max(1, timeout_ms / 1000);
  auto opened = AdminSession::open(client);
  if (!opened) return stop(as_stop(opened.error()));
  Session out;
  out.session_ = std::move(*opened);
  return out;
}

bool Session::pause() {
  if (interrupted()) return false;
  ::usleep(50'000);
  return true;
}

Or<client::ClusterInfo> Session::cluster() {
  return ask<client::ClusterInfo>([&] { return admin().cluster(); });
}

}  // namespace evlog::cmd::kafka
