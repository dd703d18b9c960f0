#include "client/settings.h"

#include <array>

namespace evlog::client {
namespace {

struct Translation { std::string_view java, rdkafka; };  // an empty second name: means nothing here
constexpr std::array translations{
    Translation{"ssl.truststore.location", "ssl.ca.location"},
    Translation{"ssl.truststore.certificates", "ssl.ca.pem"},
    Translation{"ssl.keystore.certificate.chain", "ssl.certificate.pem"},
    Translation{"ssl.keystore.key", "ssl.key.pem"},
    Translation{"fetch.max.wait.ms", "fetch.wait.max.ms"},
    Translation{"buffer.memory", ""},
    Translation{"max.poll.records", ""},
    Translation{"default.api.timeout.ms", ""},
    Translation{"max.block.ms", ""},
    Translation{"group.protocol", ""},
    Translation{"ssl.truststore.type", ""},
    Translation{"ssl.keystore.type", ""},
    Translation{"key.serializer", ""},
    Translation{"value.serializer", ""},
    Translation{"key.deserializer", ""},
    Translation{"value.deserializer", ""},
    Translation{"interceptor.classes", ""},
    Translation{"metric.reporters", ""},
    Translation{"partitioner.class", ""},
};

// The text behind `name=` in a JAAS line, with or without quotes.
std::string jaas_value(std::string_view jaas, std::string_view name) {
  const size_t at = jaas.find(std::string(name) + "=");
  if (at == std::string_view::npos) return {};
  std::string_view rest = jaas.substr(at + name.size() + 1);
  if (!rest.starts_with('"')) return std::string(rest.substr(0, rest.find_first_of(" ;")));
  rest.remove_prefix(1);
  return std::string(rest.substr(0, rest.find('"')));
}

}  // namespace

void Settings::set(std::string_view name, std::string_view value) {
  if (name == "bootstrap.servers") {
    brokers = value;
  } else if (name == "sasl.jaas.config") {
    set("sasl.username", jaas_value(value, "username"));
    set("sasl.password", jaas_value(value, "password"));
  } else {
    for (const Translation& translation : translations)
      if (translation.java == name) name = translation.rdkafka;
    if (!name.empty()) properties.emplace_back(name, value);
  }
}

const std::string* Settings::find(std::string_view name) const {
  for (auto i = properties.rbegin(); i != properties.rend(); ++i)
    if (i->first == name) return &i->second;
  return nullptr;
}

}  // namespace evlog::client
