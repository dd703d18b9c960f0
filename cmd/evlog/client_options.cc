#include "evlog/client_options.h"

#include "evlog/admin_session.h"
#include "evlog/client_layers.h"
#include "evlog/socket.h"
#include "evlog/terminal.h"
#include "wire/api/metadata.h"

namespace evlog::cmd {
void add_client_options(Args& args, ClientOptions& o) {
  args.common(true)
      .text("-b,--brokers,--bootstrap-server", o.brokers, "HOST:PORT,…", "Where the cluster is. Default: $EVLOG_BROKERS, or 127.0.0.1:9092")
      .list("-X", o.properties, "NAME=VALUE", "A property of the client, in Java's or librdkafka's names; may be repeated")
      .text("-F,--command-config", o.config_file, "FILE", "A client.properties file, as Kafka's own tools take it")
      .text("--profile", o.profile, "PROFILE", "The settings of this profile (evlog profile); none: of no profile")
      .number("--timeout", o.timeout_s, "SECONDS", "How long to wait for an answer. Default: 10", 1, 86'400)
      .flag("-q,--quiet", o.quiet, "No progress and no summary")
      .flag("-v,--verbose", o.verbose, "Say more on stderr")
      .text("-d,--debug", o.debug, "LIST", "librdkafka's debug contexts (broker, protocol, msg, …), on stderr")
      .choice("--color", o.color, {"auto", "always", "never"}, "Colours. Default: auto, which is never when NO_COLOR is set");
  args.common(false);
}

Expected<client::Settings> make_settings(const ClientOptions& o) {
  choose_colours(o.color);
  const auto layers = gather_settings(o);
  if (!layers) return failure(layers.error());
  client::Settings settings;
  for (const LayeredSetting& layer : *layers) settings.set(layer.name, layer.value);
  if (const auto parsed = parse_brokers(settings.brokers); !parsed) {
    return failure(exit_code::usage, "addresses look like -b 10.0.0.9:9092", "{}", parsed.error().message);
  }
  return settings;
}

namespace {

bool plaintext(const client::Settings& settings) {
  const std::string* protocol = settings.find("security.protocol");
  return !protocol || *protocol == "plaintext" || *protocol == "PLAINTEXT";
}

struct Advertised { int32_t id; HostPort address; };

// The first question of every client, so that a port that speaks something else is told apart at once. The answer says where
// the brokers themselves think they are.
Result<std::vector<Advertised>> greet(SocketTransport& transport, const HostPort& to) {
  client::Requests requests(transport);
  wire::MetadataRequest request;
  request.topics = wire::Array<wire::MetadataRequest::Topic>{};
  const auto answer = requests.call<wire::MetadataResponse>({to.host, to.port}, request);
  if (!answer) return fail(answer.error());
  std::vector<Advertised> out;
  for (const auto& broker : answer->body.brokers) out.push_back({broker.node_id, {std::string(broker.host), broker.port}});
  return out;
}

// Clients go to the addresses that brokers advertise, whatever address they were given first.
Expected<void> check_advertised(const std::vector<Advertised>& brokers, const HostPort& reached, int timeout_ms) {
  Error last;
  for (const Advertised& broker : brokers) {
    if (broker.address.text() == reached.text()) return {};
    const auto socket = Socket::connect(broker.address, timeout_ms);
    if (socket) return {};
    last = socket.error();
  }
  if (brokers.empty()) return {};
  const Advertised& first = brokers.front();
  return failure(exit_code::unreachable, "set advertised.listeners on the server (evlog serve --advertise), or add the name to /etc/hosts",
                 "broker {} advertises {}, which this machine cannot reach ({})", first.id, first.address.text(), last.message);
}

Result<void> connect_only(const HostPort& to, int timeout_ms) {
  const auto socket = Socket::connect(to, timeout_ms);
  if (!socket) return fail(socket.error());
  return {};
}

}  // namespace

Failure explain_contact(const Error& error, const std::string& brokers) {
  const bool several = brokers.find(',') != std::string::npos;
  const std::string place = several ? "one of " + brokers : brokers;
  switch (error.code) {
    case ErrorCode::SECURITY_DISABLED:  // SocketTransport's word for an answer in TLS
      return {exit_code::unreachable, fmt::format("{} speaks TLS", place), "add -X security.protocol=SSL", {}};
    case ErrorCode::ILLEGAL_SASL_STATE:  // and for a connection that ends during the first request
      return {exit_code::refused, fmt::format("{} takes connections and closes them at the first request", place),
              "authentication is probably required: -X security.protocol=SASL_PLAINTEXT and a user, or it speaks TLS: SSL", {}};
    case ErrorCode::UNSUPPORTED_VERSION:
      return {exit_code::failed, error.message, "the server is too old or too new for this command", std::string(error_name(error.code))};
    case ErrorCode::REQUEST_TIMED_OUT:
      return {exit_code::unreachable, fmt::format("{} takes connections but does not answer", place), "wait longer: --timeout SECONDS", {}};
    default:
      return {exit_code::unreachable, fmt::format("no broker reachable at {} ({})", brokers, error.message),
              "is the server running?  evlog serve; other address: -b HOST:PORT or EVLOG_BROKERS=…", {}};
  }
}

Expected<void> check_reachable(const client::Settings& settings, int timeout_ms) {
  Error last;
  const auto brokers = parse_brokers(settings.brokers);
  for (const HostPort& broker : *brokers) {
    if (!plaintext(settings)) {
      const auto connected = connect_only(broker, timeout_ms);
      if (connected) return {};
      last = connected.error();
      continue;
    }
    SocketTransport transport(timeout_ms);
    const auto advertised = greet(transport, broker);
    if (advertised) return check_advertised(*advertised, broker, timeout_ms);
    last = advertised.error();
  }
  return failure(explain_contact(last, settings.brokers));
}

void show_log(const ClientOptions& o, client::Events& events) {
  if (o.debug.empty()) return;
  events.log = [](int, std::string_view text) { fmt::print(stderr, "debug: {}\n", text); };
}

Failure explain(const Error& error) {
  Failure f{exit_code::failed, error.message, {}, std::string(error_name(error.code))};
  if (error.code == ErrorCode::INVALID_CONFIG) f.exit = exit_code::bad_config;
  return f;
}

Failure no_such_topic(std::string_view name, const std::vector<std::string>& existing) {
  return {exit_code::missing, fmt::format("topic '{}' does not exist", name), did_you_mean(name, existing) + "all topics: evlog topics",
          "UNKNOWN_TOPIC_OR_PARTITION"};
}

}  // namespace evlog::cmd
