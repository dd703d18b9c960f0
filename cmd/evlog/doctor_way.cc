// The way to the brokers, step by step as a client goes it: name, connection, what is spoken there, versions, metadata, and then
// every address the brokers advertise, because that is where clients go next.
#include <algorithm>

#include "client/consumer.h"
#include "client/requests.h"
#include "evlog/admin_session.h"
#include "evlog/client_options.h"
#include "evlog/doctor.h"
#include "evlog/metadata_level.h"
#include "evlog/terminal.h"
#include "wire/api/api_versions.h"
#include "wire/api/metadata.h"

namespace evlog::cmd {
namespace {

using Severity = Finding::Severity;

constexpr int step_ms_max = 5'000;  // one silent address shall not take all the time there is

struct Advertised { int32_t id; HostPort address; };
struct Seen { std::string cluster; int32_t controller = -1; std::vector<Advertised> brokers; };

class Way {
 public:
  Way(const client::Settings& settings, int timeout_ms, const Tell& tell) : settings_(settings), timeout_ms_(std::min(timeout_ms, step_ms_max)), tell_(tell) {}

  WayResult run() {
    std::optional<Seen> seen;
    for (const HostPort& broker : *parse_brokers(settings_.brokers)) {
      auto here = visit(broker);
      if (here && !seen) seen = std::move(here);
    }
    if (!seen) return {};
    for (const Advertised& broker : seen->brokers) try_advertised(broker, *seen);
    return {.reached = true, .local = local_};
  }

 private:
  std::string protocol() const {
    const std::string* const name = settings_.find("security.protocol");
    std::string out = name ? *name : "PLAINTEXT";
    std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    return out;
  }
  bool plaintext() const { return protocol() == "PLAINTEXT"; }

  // One address of the command line, from its name to its metadata.
  std::optional<Seen> visit(const HostPort& broker) {
    reached_ = broker;
    const auto addresses = resolve(broker);
    if (addresses.empty() || !connect(broker, addresses)) return std::nullopt;
    if (!speech(broker)) return std::nullopt;
    return plaintext() ? metadata(broker) : metadata_by_client(broker);
  }

  std::vector<std::string> resolve(const HostPort& broker) {
    const auto addresses = addresses_of(broker.host);
    if (addresses.empty()) tell_({"resolve " + broker.host, "an address", "the name is not known here", Severity::critical, "check its spelling, DNS, or /etc/hosts"});
    else if (addresses.size() > 1 || addresses.front() != broker.host) tell_({"resolve " + broker.host, "an address", fmt::format("{}", fmt::join(addresses, ", ")), Severity::ok, {}});
    return addresses;
  }

  // Every address of the name: clients may take any of them.
  bool connect(const HostPort& broker, const std::vector<std::string>& addresses) {
    std::vector<Finding> refused;
    bool any = false;
    for (const std::string& address : addresses) {
      const HostPort to{address, broker.port};
      const int64_t begun = mono_ns();
      const auto socket = Socket::connect(to, timeout_ms_);
      if (!socket) {
        refused.push_back({"connect " + to.text(), "a connection", socket.error().message, Severity::critical, refused_hint(socket.error().message)});
        continue;
      }
      tell_({"connect " + to.text(), "a connection", fmt::format("in {:.1f} ms", static_cast<double>(mono_ns() - begun) / 1e6), Severity::ok, {}});
      if (!any) reached_ = to;
      if (is_own_address(address) && !local_) local_ = LocalBroker{.port = broker.port, .log_dirs = {}};
      any = true;
    }
    for (Finding& finding : refused) {
      if (any) finding.severity = Severity::note, finding.hint = "another address of the name answers; a client may try this one first and lose time";
      tell_(std::move(finding));
    }
    return any;
  }

  static std::string refused_hint(const std::string& message) {
    if (message.find("refused") != std::string::npos) return "nothing listens there: is the server running (evlog serve), and on this port and address?";
    if (message.find("timed out") != std::string::npos) return "no answer at all: a firewall drops it, or the machine is down";
    return "check the network between here and there";
  }

  bool speech(const HostPort& broker) {
    const std::string check = "protocol of " + broker.text(), wanted = protocol();
    const Speech heard = probe_plaintext(reached_, timeout_ms_);
    const bool tls = heard == Speech::tls || (heard != Speech::kafka && heard != Speech::http && probe_tls(reached_, timeout_ms_));
    const bool expects_tls = wanted.ends_with("SSL");
    if (tls && expects_tls) return tell_({check, wanted, "TLS", Severity::ok, {}}), true;
    if (tls) return tell_({check, wanted, "TLS", Severity::critical, "add -X security.protocol=SSL (or SASL_SSL with a user)"}), false;
    switch (heard) {
      case Speech::kafka:
        if (expects_tls) return tell_({check, wanted, "Kafka's protocol in plaintext", Severity::critical, fmt::format("leave security.protocol away, or -X security.protocol={}", wanted == "SASL_SSL" ? "SASL_PLAINTEXT" : "PLAINTEXT")}), false;
        return say_mechanisms(check, wanted);
      case Speech::http: return tell_({check, wanted, "HTTP", Severity::critical, "this is a web server; Kafka's port is another one, usually 9092"}), false;
      case Speech::closes: return tell_({check, wanted, "closes at the first request", Severity::critical, "it is no Kafka, or it does not want this machine"}), false;
      case Speech::silent: return tell_({check, wanted, fmt::format("no answer in {} s", timeout_ms_ / 1000), Severity::critical, "the server hangs, or this port is something else; wait longer: --timeout SECONDS"}), false;
      default: return tell_({check, wanted, "something else", Severity::critical, "this port does not speak Kafka's protocol"}), false;
    }
  }

  // A listener with SASL answers ApiVersions to anybody, and closes at everything else.
  bool say_mechanisms(const std::string& check, const std::string& wanted) {
    const auto mechanisms = probe_sasl(reached_, timeout_ms_);
    if (mechanisms.empty()) {
      tell_({check, wanted, "Kafka's protocol in plaintext", wanted == "SASL_PLAINTEXT" ? Severity::critical : Severity::ok, wanted == "SASL_PLAINTEXT" ? "this listener has no SASL: leave security.protocol away" : ""});
      return wanted != "SASL_PLAINTEXT";
    }
    const std::string offered = fmt::format("{}", fmt::join(mechanisms, ", "));
    const bool will = wanted == "SASL_PLAINTEXT";
    tell_({check, wanted, "SASL: " + offered, will ? Severity::ok : Severity::critical, will ? "" : fmt::format("add -X security.protocol=SASL_PLAINTEXT -X sasl.mechanism={} and a user, best in a file for -F", mechanisms.front())});
    return will;
  }

  std::optional<Seen> metadata(const HostPort& broker) {
    SocketTransport transport(timeout_ms_);
    client::Requests requests(transport);
    const client::BrokerAddress to{reached_.host, reached_.port};
    const wire::ApiVersionsRequest versions{.client_software_name = "evlog", .client_software_version = EVLOG_VERSION};
    const auto apis = requests.call<wire::ApiVersionsResponse>(to, versions);
    if (!apis) return tell_({"versions of " + broker.text(), "a list", apis.error().message, Severity::critical, "the server is too old or too new for evlog"}), std::nullopt;
    tell_({"versions of " + broker.text(), "a list", fmt::format("{} APIs{}", apis->body.api_keys.size(), metadata_version(apis->body)), Severity::ok, {}});
    wire::MetadataRequest request;
    request.topics = wire::Array<wire::MetadataRequest::Topic>{};
    const auto answer = requests.call<wire::MetadataResponse>(to, request);
    if (!answer) {
      const bool closed = answer.error().code == ErrorCode::ILLEGAL_SASL_STATE;
      tell_({"metadata of " + broker.text(), "a cluster", closed ? "connected, then closed at the first request" : answer.error().message, Severity::critical, closed ? "authentication is probably required: -X security.protocol=SASL_PLAINTEXT and a user" : answer.error().code == ErrorCode::UNSUPPORTED_VERSION ? "the server is too old or too new for evlog" : "see the server's log"});
      return std::nullopt;
    }
    Seen out{.cluster = std::string(answer->body.cluster_id.value_or("")), .controller = answer->body.controller_id, .brokers = {}};
    for (const auto& b : answer->body.brokers) out.brokers.push_back({b.node_id, {std::string(b.host), b.port}});
    return say_metadata(broker, std::move(out));
  }

  static std::string metadata_version(const wire::ApiVersionsResponse& apis) {
    for (const auto& feature : apis.finalized_features)
      if (feature.name == "metadata.version") return fmt::format(", metadata.version {}", feature_level_text(feature.name, feature.max_version_level));
    return {};
  }

  std::optional<Seen> say_metadata(const HostPort& broker, Seen seen) {
    const bool lonely = seen.brokers.empty();
    tell_({"metadata of " + broker.text(), "a cluster", fmt::format("cluster {}, {} broker{}, {}", seen.cluster, seen.brokers.size(), seen.brokers.size() == 1 ? "" : "s", seen.controller < 0 ? "no controller" : fmt::format("controller {}", seen.controller)),
           lonely ? Severity::critical : seen.controller < 0 ? Severity::warning : Severity::ok, lonely ? "no broker has registered yet: see the server's log" : seen.controller < 0 ? "topics cannot be changed until there is one" : ""});
    if (local_ && local_->log_dirs.empty()) ask_log_dirs();
    return seen;
  }

  void ask_log_dirs() {
    SocketTransport transport(timeout_ms_);
    client::Admin admin(transport, {{reached_.host, reached_.port}});
    client::ClusterInfo one;
    one.brokers.push_back({.id = 0, .address = {reached_.host, reached_.port}, .rack = {}});
    for (const auto& dir : admin.log_dirs(one).value_or(std::vector<client::LogDir>()))
      if (!dir.path.empty()) local_->log_dirs.push_back(dir.path);
  }

  // "sasl_ssl://host:9092/bootstrap: why (after 3ms in state …)" -> "why"
  static std::string without_address(std::string message) {
    if (const size_t at = message.find("/bootstrap: "); at != std::string::npos) message.erase(0, at + 12);
    if (const size_t at = message.rfind(" (after "); at != std::string::npos) message.erase(at);
    return message;
  }

  // With TLS or SASL the client library goes the rest of the way: it says what is wrong with certificates and passwords.
  std::optional<Seen> metadata_by_client(const HostPort& broker) {
    client::Settings settings = settings_;
    settings.brokers = broker.text();
    auto consumer = client::Consumer::open(settings);
    if (!consumer) return tell_({"login at " + broker.text(), "valid settings", consumer.error().message, Severity::critical, "see: evlog help config"}), std::nullopt;
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(&(*consumer)->handle(), 0, nullptr, &raw, timeout_ms_);
    rd_kafka_poll(&(*consumer)->handle(), 0);
    const client::Rd<const rd_kafka_metadata_t> metadata(raw);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const auto& last = (*consumer)->events().last;
      const std::string why = without_address(last ? last.message : client::client_error(code).message);
      const bool mechanism = why.find("nsupported SASL mechanism") != std::string::npos;
      tell_({"login at " + broker.text(), "let in", why, Severity::critical, mechanism ? "choose one of those it has: -X sasl.mechanism=…" : "check the user, the password and -X ssl.ca.location=FILE"});
      return std::nullopt;
    }
    tell_({"login at " + broker.text(), "let in", "let in", Severity::ok, {}});
    Seen out{.cluster = {}, .controller = rd_kafka_controllerid(&(*consumer)->handle(), 0), .brokers = {}};
    if (char* const id = rd_kafka_clusterid(&(*consumer)->handle(), 0)) out.cluster = id, rd_kafka_mem_free(&(*consumer)->handle(), id);
    for (int i = 0; i < metadata->broker_cnt; ++i) out.brokers.push_back({metadata->brokers[i].id, {metadata->brokers[i].host, metadata->brokers[i].port}});
    return say_metadata(broker, std::move(out));
  }

  void try_advertised(const Advertised& broker, const Seen& seen) {
    const std::string check = fmt::format("broker {} advertises {}", broker.id, broker.address.text());
    const auto addresses = addresses_of(broker.address.host);
    const std::string mend = fmt::format("set advertised.listeners on broker {} to an address clients reach (evlog serve --advertise HOST:PORT)", broker.id);
    if (addresses.empty()) return tell_({check, "reachable from here", "this machine cannot resolve it", Severity::critical, mend + fmt::format(", or add {} to /etc/hosts here", broker.address.host)});
    const auto socket = Socket::connect(broker.address, timeout_ms_);
    if (!socket) {
      const bool loopback = addresses.front().starts_with("127.") || addresses.front() == "::1";
      const bool elsewhere = loopback && !local_;
      return tell_({check, "reachable from here", socket.error().message, Severity::critical, elsewhere ? "that name is this machine itself: " + mend : mend});
    }
    if (!plaintext()) return tell_({check, "reachable from here", "connects", Severity::ok, {}});
    SocketTransport transport(timeout_ms_);
    client::Admin admin(transport, {{broker.address.host, broker.address.port}});
    const auto there = admin.brokers();
    if (!there) return tell_({check, "reachable from here", there.error().message, Severity::critical, "it takes connections but does not answer as a broker of this cluster"});
    if (there->cluster_id != seen.cluster) return tell_({check, "cluster " + seen.cluster, "cluster " + there->cluster_id, Severity::critical, "another cluster answers there: " + mend});
    tell_({check, "reachable from here", "answers", Severity::ok, {}});
  }

  const client::Settings& settings_;
  int timeout_ms_;
  const Tell& tell_;
  HostPort reached_;  // the numeric address that took the connection
  std::optional<LocalBroker> local_;
};

}  // namespace

WayResult examine_way(const client::Settings& settings, int timeout_ms, const Tell& tell) { return Way(settings, timeout_ms, tell).run(); }

}  // namespace evlog::cmd
