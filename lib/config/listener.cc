#include "config/listener.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"

namespace evlog::config {
namespace {

using ProtocolMap = std::map<std::string, SecurityProtocol, std::less<>>;

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
  return out;
}

std::unexpected<Error> refuse(std::string_view key, std::string_view why, std::string_view hint) {
  return fail(ErrorCode::INVALID_CONFIG, "{}: {}\nhint: {}", key, why, hint);
}

std::optional<SecurityProtocol> protocol_by_name(std::string_view name) {
  for (const auto p : {SecurityProtocol::plaintext, SecurityProtocol::ssl, SecurityProtocol::sasl_plaintext, SecurityProtocol::sasl_ssl}) {
    if (protocol_name(p) == name) return p;
  }
  return std::nullopt;
}

struct Address {
  std::string host;
  uint16_t port = 0;
};

bool host_character(char c) {
  const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  return letter || (c >= '0' && c <= '9') || std::string_view(".-_%:").contains(c);
}

// "host:port", "[::1]:port", ":port".
std::optional<Address> parse_address(std::string_view text) {
  const size_t colon = text.rfind(':');
  if (colon == text.npos) return std::nullopt;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']') && host.size() > 2;
  if (bracketed) host = host.substr(1, host.size() - 2);
  if ((!bracketed && host.contains(':')) || !std::ranges::all_of(host, host_character)) return std::nullopt;
  const std::string_view digits = text.substr(colon + 1);
  const auto port = parse_int(digits);
  if (!port || *port < 0 || *port > UINT16_MAX || digits.starts_with('+') || digits.starts_with('-')) return std::nullopt;
  return Address{std::string(host), static_cast<uint16_t>(*port)};
}

Result<ProtocolMap> parse_protocol_map(const Config& config) {
  constexpr std::string_view key = "listener.security.protocol.map";
  ProtocolMap map;
  for (const auto& part : split_list(config.text(key).value_or(""))) {
    const size_t colon = part.find(':');
    const auto protocol = colon == part.npos ? std::nullopt : protocol_by_name(upper(trim(std::string_view(part).substr(colon + 1))));
    if (!protocol) {
      return refuse(key, fmt::format("cannot read '{}'", part),
                    "write NAME:PROTOCOL,…, where PROTOCOL is PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL");
    }
    map[upper(trim(std::string_view(part).substr(0, colon)))] = *protocol;
  }
  // As in Kafka: unless the map was written down, the controllers' listeners are plain.
  if (!config.is_set(key)) {
    for (const auto& name : config.list("controller.listener.names")) map.try_emplace(upper(name), SecurityProtocol::plaintext);
  }
  return map;
}

Result<Listener> parse_listener(std::string_view key, std::string_view text, const ProtocolMap& protocols) {
  const size_t slashes = text.find("://");
  const auto address = slashes == text.npos ? std::nullopt : parse_address(text.substr(slashes + 3));
  if (slashes == 0 || !address) {
    return refuse(key, fmt::format("cannot read '{}'", text), "write NAME://host:port, for example PLAINTEXT://127.0.0.1:9092");
  }
  Listener listener{.name = upper(text.substr(0, slashes)), .host = address->host, .port = address->port};
  const auto protocol = protocols.find(listener.name);
  if (protocol == protocols.end()) {
    return refuse(key, fmt::format("No security protocol defined for listener {}", listener.name),
                  fmt::format("add {}:PLAINTEXT to listener.security.protocol.map", listener.name));
  }
  listener.protocol = protocol->second;
  if (listener.protocol != SecurityProtocol::plaintext) {
    return refuse(key, fmt::format("listener {} asks for {}, which evlog does not serve yet", listener.name,
                                   protocol_name(listener.protocol)),
                  "use PLAINTEXT on loopback or inside a network you trust, and leave this listener out");
  }
  return listener;
}

Result<std::vector<Listener>> parse_list(const Config& config, std::string_view key, const ProtocolMap& protocols) {
  std::vector<Listener> listeners;
  std::set<std::string> names;
  for (const auto& text : split_list(config.text(key).value_or(""))) {
    auto listener = parse_listener(key, text, protocols);
    if (!listener) return fail(listener.error());
    if (!names.insert(listener->name).second) {
      return refuse(key, fmt::format("Each listener must have a different name, listeners: {}", config.text(key).value_or("")),
                    fmt::format("give one {} another name, and name its protocol in listener.security.protocol.map", listener->name));
    }
    listeners.push_back(*std::move(listener));
  }
  return listeners;
}

bool ipv6(std::string_view host) { return host.contains(':'); }

// One port may serve two listeners only where one of them is IPv4 and the other IPv6.
Result<void> check_ports(const std::vector<Listener>& listeners) {
  for (size_t i = 0; i < listeners.size(); ++i) {
    for (size_t j = i + 1; j < listeners.size(); ++j) {
      const Listener &a = listeners[i], &b = listeners[j];
      if (a.port == 0 || a.port != b.port || ipv6(a.host) != ipv6(b.host)) continue;
      return refuse("listeners", fmt::format("Each listener must have a different port, but {} and {} share {}", a.name, b.name, a.port),
                    fmt::format("give {} another port", b.name));
    }
  }
  return {};
}

void read_roles(const Config& config, Listeners& out) {
  const auto roles = config.list("process.roles");
  const auto has = [&](std::string_view role) { return std::ranges::find(roles, role) != roles.end(); };
  out.is_broker = roles.empty() || has("broker");
  out.is_controller = roles.empty() || has("controller");
}

Result<void> read_voters(const Config& config, Listeners& out) {
  constexpr std::string_view key = "controller.quorum.voters";
  for (const auto& text : config.list(key)) {
    const size_t at = text.find('@');
    const auto id = parse_int(std::string_view(text).substr(0, at));
    const auto address = at == text.npos ? std::nullopt : parse_address(std::string_view(text).substr(at + 1));
    if (!id || *id < 0 || *id > INT32_MAX || !address || address->host.empty()) {
      return refuse(key, fmt::format("cannot read '{}'", text), "write id@host:port,…, for example 1@localhost:9093");
    }
    out.voters.push_back({static_cast<int32_t>(*id), address->host, address->port});
  }
  for (const auto& text : config.list("controller.quorum.bootstrap.servers")) {
    if (!parse_address(text)) {
      return refuse("controller.quorum.bootstrap.servers", fmt::format("cannot read '{}'", text), "write host:port,…");
    }
    out.bootstrap_servers.push_back(text);
  }
  return {};
}

// Splits what is bound into clients' listeners and controllers'. Where nobody spoke of controllers, a single server still needs
// its own: it gets one on loopback, on a port the system chooses.
Result<void> split_bound(const Config& config, std::vector<Listener> all, Listeners& out) {
  const auto controllers = config.list("controller.listener.names");
  const auto is_controller = [&](const Listener& l) {
    return std::ranges::any_of(controllers, [&](const auto& name) { return upper(name) == l.name; });
  };
  for (Listener& listener : all) (is_controller(listener) ? out.controller : out.bound).push_back(std::move(listener));
  if (!out.is_controller && !out.controller.empty()) {
    return refuse("controller.listener.names",
                  "must not contain a value appearing in the 'listeners' configuration when running KRaft with just the broker role",
                  "take the controllers' listener out of `listeners`, or add `controller` to process.roles");
  }
  if (out.is_controller && out.controller.empty()) {
    if (config.is_set("controller.listener.names") || config.is_set("process.roles")) {
      return refuse("controller.listener.names",
                    "must contain at least one value appearing in the 'listeners' configuration when running the KRaft controller role",
                    "add for example CONTROLLER://127.0.0.1:9093 to `listeners`");
    }
    out.controller.push_back({.name = "CONTROLLER", .host = "127.0.0.1", .port = 0});
  }
  if (out.is_broker && out.bound.empty()) {
    return refuse("listeners", "no listener is left for clients", "add for example PLAINTEXT://127.0.0.1:9092");
  }
  return {};
}

const Listener* find_by_name(const std::vector<Listener>& listeners, std::string_view name) {
  const auto at = std::ranges::find(listeners, name, &Listener::name);
  return at == listeners.end() ? nullptr : &*at;
}

// Unset: what is bound; an address that means "all of them" is left empty and answered by connection.
Result<void> read_advertised(const Config& config, const ProtocolMap& protocols, Listeners& out) {
  constexpr std::string_view key = "advertised.listeners";
  auto given = parse_list(config, key, protocols);
  if (!given) return fail(given.error());
  for (const Listener& listener : *given) {
    if (find_by_name(out.controller, listener.name)) continue;  // controllers are advertised among themselves
    if (find_by_name(out.bound, listener.name) == nullptr) {
      return refuse(key,
                    fmt::format("listener names must be equal to or a subset of the ones defined in listeners; found {}", listener.name),
                    fmt::format("add {} to `listeners`, or leave it out", listener.name));
    }
    if (listener.every_address()) {
      return refuse(key, fmt::format("advertised.listeners cannot use the nonroutable meta-address {}. Use a routable IP address.",
                                     listener.host.empty() ? "''" : listener.host),
                    "name the host clients reach, or leave it out: evlog then answers with the address the client came in by");
    }
    out.advertised.push_back(listener);
  }
  if (given->empty()) {
    for (Listener listener : out.bound) {
      if (listener.every_address()) listener.host.clear();
      out.advertised.push_back(std::move(listener));
    }
  }
  return {};
}

Result<void> read_inter_broker(const Config& config, const ProtocolMap& protocols, Listeners& out) {
  constexpr std::string_view key = "inter.broker.listener.name";
  const auto name = config.text(key);
  if (name && config.is_set("security.inter.broker.protocol")) {
    return refuse(key, "Only one of inter.broker.listener.name and security.inter.broker.protocol should be set.",
                  "leave security.inter.broker.protocol out");
  }
  out.inter_broker_name = upper(name ? *name : config.text("security.inter.broker.protocol").value_or("PLAINTEXT"));
  if (!out.is_broker || find_by_name(out.advertised, out.inter_broker_name)) return {};
  if (name || config.is_set("security.inter.broker.protocol")) {
    return refuse(key, fmt::format("{} must be one of the listeners; {} is not", key, out.inter_broker_name),
                  protocols.contains(out.inter_broker_name) ? "add it to `listeners`" : "name one of `listeners`");
  }
  // Kafka refuses this; a single server talks to nobody, so the first listener will do.
  if (!out.advertised.empty()) out.inter_broker_name = out.advertised.front().name;
  return {};
}

Result<Listeners> parse_all(const Config& config) {
  Listeners out;
  const auto protocols = parse_protocol_map(config);
  if (!protocols) return fail(protocols.error());
  auto all = parse_list(config, "listeners", *protocols);
  if (!all) return fail(all.error());
  if (auto r = check_ports(*all); !r) return fail(r.error());
  read_roles(config, out);
  if (auto r = read_voters(config, out); !r) return fail(r.error());
  if (auto r = split_bound(config, *std::move(all), out); !r) return fail(r.error());
  if (auto r = read_advertised(config, *protocols, out); !r) return fail(r.error());
  if (auto r = read_inter_broker(config, *protocols, out); !r) return fail(r.error());
  return out;
}

}  // namespace

std::string_view protocol_name(SecurityProtocol protocol) {
  constexpr std::string_view names[] = {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"};
  return names[static_cast<size_t>(protocol)];
}

bool Listener::loopback() const { return host == "localhost" || host == "::1" || (host.starts_with("127.") && !ipv6(host)); }

std::string Listener::text() const {
  return ipv6(host) ? fmt::format("{}://[{}]:{}", name, host, port) : fmt::format("{}://{}:{}", name, host, port);
}

bool Listeners::loopback_only() const {
  return std::ranges::all_of(bound, &Listener::loopback) && std::ranges::all_of(controller, &Listener::loopback);
}

const Listener* Listeners::find_advertised(std::string_view name) const { return find_by_name(advertised, name); }

Result<Listeners> parse_listeners(const Config& config) {
  auto listeners = parse_all(config);
  if (listeners) return listeners;
  // The message begins with the key; in front of it goes where that key was set.
  const std::string_view key = std::string_view(listeners.error().message).substr(0, listeners.error().message.find(':'));
  if (!config.is_set(key)) return listeners;
  const std::string place = config.origin(key).text();
  return fail(listeners.error(), "{}", place);
}

}  // namespace evlog::config
