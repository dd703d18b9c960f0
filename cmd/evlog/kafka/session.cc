#include "evlog/kafka/session.h"

#include <unistd.h>

#include "evlog/kafka/client_settings.h"
#include "evlog/signals.h"

namespace evlog::cmd::kafka {
namespace {

// What the file may say that matters here: how to speak to the brokers.
Or<void> check_plaintext(const std::string& path) {
  if (path.empty()) return {};
  const auto properties = read_properties(path);
  if (!properties) return stop(properties.error());
  const auto protocol = properties->find("security.protocol");
  if (protocol == properties->end() || protocol->second == "PLAINTEXT") return {};
  return stop(fmt::format("security.protocol={} is not there yet for this tool: it speaks PLAINTEXT only", protocol->second), "the console producer and consumer take it");
}

}  // namespace

Or<Session> Session::open(const Options& options, int timeout_ms) {
  if (auto single = options.check_single({"bootstrap-server", "command-config"}); !single) return stop(single.error());
  if (auto plain = check_plaintext(options.text("command-config")); !plain) return stop(plain.error());
  Session out;
  out.brokers_ = options.text("bootstrap-server");
  out.timeout_ms_ = timeout_ms;
  const auto brokers = parse_brokers(out.brokers_);
  if (!brokers) return stop(brokers.error().message, "--bootstrap-server HOST:PORT");
  std::vector<client::BrokerAddress> bootstrap;
  for (const HostPort& broker : *brokers) bootstrap.push_back({broker.host, broker.port});
  out.transport_ = std::make_unique<SocketTransport>(timeout_ms);
  out.admin_ = std::make_unique<client::Admin>(*out.transport_, std::move(bootstrap));
  out.requests_ = std::make_unique<client::Requests>(*out.transport_);
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

Stop Session::explain(const Error& error) const {
  switch (error.code) {
    case ErrorCode::NETWORK_EXCEPTION: return {explain_contact(error, brokers_).message, "is a broker running there?  --bootstrap-server HOST:PORT"};
    case ErrorCode::SECURITY_DISABLED:
    case ErrorCode::ILLEGAL_SASL_STATE: return {explain_contact(error, brokers_).message, "this tool speaks PLAINTEXT only"};
    case ErrorCode::REQUEST_TIMED_OUT: return {explain_contact(error, brokers_).message};
    default: return {error_message(error.code, error.message)};
  }
}

}  // namespace evlog::cmd::kafka
