#include <doctest/doctest.h>

#include "config/config.h"

using namespace evlog::config;

namespace {

using Settings = std::initializer_list<std::pair<std::string_view, std::string_view>>;

auto parse(Settings settings) {
  Config config;
  for (const auto& [name, value] : settings) config.set(name, value, {Layer::file, "f:1"});
  return parse_listeners(config);
}

std::string refusal(Settings settings) {
  const auto listeners = parse(settings);
  return listeners ? "ok" : listeners.error().message;
}

}  // namespace

TEST_CASE("without configuration the server is reachable from this machine alone") {
  const auto l = parse({});
  REQUIRE(l);
  CHECK(l->loopback_only());
  REQUIRE(l->bound.size() == 1);
  CHECK(l->bound[0].text() == "PLAINTEXT://127.0.0.1:9092");
  REQUIRE(l->controller.size() == 1);
  CHECK(l->controller[0].port == 0);
  CHECK(l->is_broker);
  CHECK(l->is_controller);
  CHECK(l->inter_broker_name == "PLAINTEXT");
  CHECK(l->advertised == l->bound);
}

TEST_CASE("an address that means all of them is advertised as the one the client came in by") {
  const auto l = parse({{"listeners", "PLAINTEXT://0.0.0.0:9092"}});
  REQUIRE(l);
  CHECK(!l->loopback_only());
  CHECK(l->bound[0].every_address());
  CHECK(l->advertised[0].host.empty());
  CHECK(l->advertised[0].port == 9092);
}

TEST_CASE("named listeners keep their names, and the controllers' is not shown to clients") {
  const auto l = parse({{"listeners", "internal://10.0.0.1:9092,EXTERNAL://:9094,CTL://:9093"}, {"controller.listener.names", "CTL"},
                        {"listener.security.protocol.map", "INTERNAL:PLAINTEXT, EXTERNAL:plaintext ,CTL:PLAINTEXT"},
                        {"advertised.listeners", "INTERNAL://kafka:9092,EXTERNAL://localhost:19094,CTL://kafka:9093"},
                        {"inter.broker.listener.name", "INTERNAL"}});
  if (!l) FAIL(l.error().message);
  CHECK(l->bound.size() == 2);
  CHECK(l->controller.size() == 1);
  REQUIRE(l->advertised.size() == 2);
  REQUIRE(l->find_advertised("EXTERNAL"));
  CHECK(l->find_advertised("EXTERNAL")->text() == "EXTERNAL://localhost:19094");
  CHECK(l->inter_broker_name == "INTERNAL");
}

TEST_CASE("IPv6 addresses are read in brackets and know loopback") {
  const auto l = parse({{"listeners", "PLAINTEXT://[::1]:9092"}});
  REQUIRE(l);
  CHECK(l->bound[0].host == "::1");
  CHECK(l->bound[0].loopback());
  CHECK(l->bound[0].text() == "PLAINTEXT://[::1]:9092");
  CHECK(refusal({{"listeners", "PLAINTEXT://::1:9092"}}) != "ok");
}

TEST_CASE("only addresses of this machine count as loopback") {
  for (const auto& [host, expected] : std::initializer_list<std::pair<std::string, bool>>{
           {"127.0.0.1", true}, {"127.8.9.1", true}, {"localhost", true}, {"::1", true}, {"", false}, {"0.0.0.0", false}, {"::", false},
           {"10.1.1.1", false}, {"localhost.example", false}}) {
    CAPTURE(host);
    CHECK(Listener{.name = "PLAINTEXT", .host = host, .port = 1}.loopback() == expected);
  }
}

TEST_CASE("a listener that cannot be served as written is refused with the fix, never opened as something else") {
  CHECK(refusal({{"listeners", "PLAINTEXT://h:99999"}}).starts_with("f:1: listeners: cannot read 'PLAINTEXT://h:99999'\nhint: "));
  CHECK(refusal({{"listeners", "h:9092"}}).starts_with("f:1: listeners: cannot read"));
  CHECK(refusal({{"listeners", "MINE://h:9092"}}) ==
        "f:1: listeners: No security protocol defined for listener MINE\nhint: add MINE:PLAINTEXT to listener.security.protocol.map");
  CHECK(refusal({{"listeners", "SASL_SSL://h:9092"}})
            .starts_with("f:1: listeners: listener SASL_SSL asks for SASL_SSL, which evlog does not serve yet\nhint: "));
  CHECK(refusal({{"listeners", "PLAINTEXT://a:1,PLAINTEXT://b:2"}})
            .starts_with("f:1: listeners: Each listener must have a different name"));
  CHECK(refusal({{"listeners", "PLAINTEXT://a:1,CONTROLLER://b:1"}})
            .starts_with("f:1: listeners: Each listener must have a different port"));
  CHECK(refusal({{"listeners", "PLAINTEXT://a:0,CONTROLLER://b:0"}}) == "ok");
  CHECK(refusal({{"advertised.listeners", "PLAINTEXT://0.0.0.0:9092"}})
            .starts_with("f:1: advertised.listeners: advertised.listeners cannot use the nonroutable meta-address 0.0.0.0."));
  CHECK(refusal({{"advertised.listeners", "SSL://h:9092"}}) != "ok");
  CHECK(refusal({{"listener.security.protocol.map", "A"}}) != "ok");
  CHECK(refusal({{"inter.broker.listener.name", "NOPE"}}) != "ok");
  CHECK(refusal({{"inter.broker.listener.name", "PLAINTEXT"}, {"security.inter.broker.protocol", "PLAINTEXT"}}) != "ok");
}

TEST_CASE("roles follow Kafka's rules where they were asked for") {
  CHECK(refusal({{"process.roles", "broker,controller"}, {"listeners", "PLAINTEXT://127.0.0.1:9092"}})
            .find("must contain at least one value appearing in the 'listeners'") != std::string::npos);
  CHECK(refusal({{"listeners", "PLAINTEXT://127.0.0.1:9092"}}) == "ok");
  CHECK(refusal({{"process.roles", "broker"}, {"listeners", "PLAINTEXT://127.0.0.1:9092"}}) == "ok");
  CHECK(refusal({{"process.roles", "broker"}, {"listeners", "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"}}) != "ok");
  const auto controller = parse({{"process.roles", "controller"}, {"listeners", "CONTROLLER://127.0.0.1:9093"}});
  REQUIRE(controller);
  CHECK(!controller->is_broker);
  CHECK(controller->bound.empty());
}

TEST_CASE("voters are read, and a bad one is refused") {
  const auto l = parse({{"controller.quorum.voters", "1@localhost:9093,2@[::1]:9094"}, {"controller.quorum.bootstrap.servers", "a:1,b:2"}});
  REQUIRE(l);
  CHECK(l->voters == std::vector<Voter>{{1, "localhost", 9093}, {2, "::1", 9094}});
  CHECK(l->bootstrap_servers == std::vector<std::string>{"a:1", "b:2"});
  CHECK(refusal({{"controller.quorum.voters", "localhost:9093"}}) != "ok");
  CHECK(refusal({{"controller.quorum.voters", "x@localhost:9093"}}) != "ok");
  CHECK(refusal({{"controller.quorum.bootstrap.servers", "nohost"}}) != "ok");
}
