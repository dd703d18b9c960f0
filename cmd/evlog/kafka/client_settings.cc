#include "evlog/kafka/client_settings.h"

#include <cerrno>
#include <cstring>

#include "client/rd.h"
#include "config/properties.h"
#include "evlog/files.h"
#include "evlog/socket.h"

namespace evlog::cmd::kafka {

Or<Properties> read_properties(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return stop(fmt::format("{} ({})", path, std::strerror(errno)));
  const auto parsed = config::parse_properties(*text);
  if (!parsed) return stop(fmt::format("{}: {}", path, parsed.error().message));
  Properties out;
  for (const auto& property : *parsed) out[property.name] = property.value;
  return out;
}

Properties parse_pairs(const std::vector<std::string>& pairs) {
  Properties out;
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    out[pair.substr(0, equals)] = equals == std::string::npos ? "" : pair.substr(equals + 1);
  }
  return out;
}

namespace {

// Whether librdkafka takes it; a wrong value is the caller's fault to see.
Or<bool> known(const std::string& name, const std::string& value) {
  const client::Rd<rd_kafka_conf_t> scratch(rd_kafka_conf_new());
  const auto set = client::set_property(*scratch, name, value);
  if (set) return true;
  if (set.error().message.find("No such configuration property") != std::string::npos) return false;
  return stop(set.error().message);
}

}  // namespace

Or<client::Settings> client_settings(const std::string& brokers, const Properties& properties) {
  if (auto parsed = parse_brokers(brokers); !parsed) return wrong_usage(fmt::format("Please provide valid host:port like host1:9091,host2:9092\n {}", parsed.error().message));
  client::Settings translated{.brokers = brokers, .properties = {}}, out{.brokers = brokers, .properties = {}};
  for (const auto& [name, value] : properties) translated.set(name, value);
  translated.brokers = brokers;
  for (const auto& [name, value] : translated.properties) {
    const auto taken = known(name, value);
    if (!taken) return stop(taken.error());
    if (*taken) out.properties.emplace_back(name, value);
    else fmt::print(stderr, "warning: the property {} has no meaning here and is passed over\n", name);
  }
  return out;
}

}  // namespace evlog::cmd::kafka
