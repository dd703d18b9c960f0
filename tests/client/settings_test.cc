#include <doctest/doctest.h>

#include "client/settings.h"

using evlog::client::Settings;

TEST_CASE("a client.properties made for Kafka's tools means the same here") {
  Settings s;
  s.set("bootstrap.servers", "a:1,b:2");
  s.set("sasl.jaas.config", "org.apache.kafka.common.security.plain.PlainLoginModule required username=\"ann\" password=\"p;w\";");
  s.set("ssl.truststore.location", "/ca.pem");
  s.set("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
  s.set("fetch.max.wait.ms", "5");
  CHECK(s.brokers == "a:1,b:2");
  CHECK(*s.find("sasl.username") == "ann");
  CHECK(*s.find("sasl.password") == "p;w");
  CHECK(*s.find("ssl.ca.location") == "/ca.pem");
  CHECK(*s.find("fetch.wait.max.ms") == "5");
  CHECK(s.find("key.deserializer") == nullptr);
}

TEST_CASE("the later of two values wins") {
  Settings s;
  s.set("acks", "1");
  s.set("acks", "all");
  CHECK(*s.find("acks") == "all");
}
