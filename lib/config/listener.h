// Listeners: where the broker binds, and what it tells clients. Kafka's grammar and rules ("NAME://host:port,…"), Kafka's checks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/store.h"

namespace evlog::config {

enum class SecurityProtocol : int16_t { plaintext = 0, ssl = 1, sasl_plaintext = 2, sasl_ssl = 3 };  // Kafka's ids
std::string_view protocol_name(SecurityProtocol protocol);

struct Listener {
  std::string name;  // upper case: "PLAINTEXT", "CONTROLLER", "INTERNAL"
  SecurityProtocol protocol = SecurityProtocol::plaintext;
  std::string host;  // empty: every address; an IPv6 address without its brackets
  uint16_t port = 0;  // 0: the system picks one

  bool every_address() const { return host.empty() || host == "0.0.0.0" || host == "::"; }
  bool loopback() const;     // "localhost", 127.0.0.0/8, ::1
  std::string text() const;  // "PLAINTEXT://127.0.0.1:9092"
  bool operator==(const Listener&) const = default;
};

struct Voter {  // of controller.quorum.voters: "1@host:9093"
  int32_t id = 0;
  std::string host;
  uint16_t port = 0;
  bool operator==(const Voter&) const = default;
};

struct Listeners {
  std::vector<Listener> bound;       // clients' listeners: everything but the controllers', in the order given
  std::vector<Listener> controller;  // bound for the CONTROLLER API set; empty if the process is no controller
  std::vector<Listener> advertised;  // what Metadata answers, by listener name; host and port may still have to be
                                     // filled in: empty host = the address the client came in by, port 0 = the bound port
  std::string inter_broker_name;     // the listener the other brokers use
  bool is_broker = true;
  bool is_controller = true;
  std::vector<Voter> voters;                  // controller.quorum.voters
  std::vector<std::string> bootstrap_servers; // controller.quorum.bootstrap.servers, host:port

  bool loopback_only() const;  // no listener reachable from another machine
  const Listener* find_advertised(std::string_view name) const;
};

// Everything about listeners from one Config; errors name the key, the value and the fix.
Result<Listeners> parse_listeners(const Config& config);

}  // namespace evlog::config
