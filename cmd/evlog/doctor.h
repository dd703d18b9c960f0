// evlog doctor: findings, and the two parts that make them: the way to the brokers, and the machine a broker runs on.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "client/settings.h"
#include "evlog/socket.h"

namespace evlog::cmd {

struct Finding {
  enum class Severity : uint8_t { ok, note, warning, critical };
  std::string check, wanted, found;
  Severity severity = Severity::ok;
  std::string hint;  // what to do; empty when it is well
};
using Tell = std::function<void(Finding)>;

// The broker on this machine, when the address that answered is one of its own.
struct LocalBroker { int port = 0; std::vector<std::string> log_dirs; };

struct WayResult { bool reached = false; std::optional<LocalBroker> local; };

// Each step from the name to every advertised address.
WayResult examine_way(const client::Settings& settings, int timeout_ms, const Tell& tell);
void examine_machine(const LocalBroker& broker, const Tell& tell);

// doctor_probe.cc: what speaks at an address.
enum class Speech : uint8_t { kafka, tls, http, closes, silent, other };
Speech probe_plaintext(const HostPort& to, int timeout_ms);              // by an ApiVersions request
bool probe_tls(const HostPort& to, int timeout_ms);                      // by a ClientHello
std::vector<std::string> probe_sasl(const HostPort& to, int timeout_ms); // mechanisms; empty: it has none
std::vector<std::string> addresses_of(const std::string& host);          // numeric, as the resolver orders them; empty: it has none
bool is_own_address(const std::string& numeric);

}  // namespace evlog::cmd
