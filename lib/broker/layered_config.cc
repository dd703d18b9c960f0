#include "broker/layered_config.h"

#include <charconv>

namespace evlog::broker {
namespace {

cluster::ConfigResource own_resource(const Broker& broker) { return {config_resource_broker, std::to_string(broker.id.value())}; }
const cluster::ConfigResource default_resource{config_resource_broker, ""};

}  // namespace

config::Config layered_config(const Broker& broker, const cluster::Image& image) {
  config::Config layers = broker.config;
  layers.set_dynamic(config::Layer::dynamic_default, image.configs(default_resource));
  layers.set_dynamic(config::Layer::dynamic_broker, image.configs(own_resource(broker)));
  return layers;
}

bool layers_differ(const Broker& broker, const cluster::Image& before, const cluster::Image& now) {
  if (&before.all_configs() == &now.all_configs()) return false;
  return before.configs(default_resource) != now.configs(default_resource) || before.configs(own_resource(broker)) != now.configs(own_resource(broker));
}

void follow_dynamic_settings(Broker& broker, const cluster::Image& image) {
  const auto layers = layered_config(broker, image);
  auto& settings = broker.settings;
  settings.connections_max = static_cast<int32_t>(layers.integer("max.connections"));
  settings.connections_max_per_ip = static_cast<int32_t>(layers.integer("max.connections.per.ip"));
  settings.transaction_verification = layers.boolean("transaction.partition.verification.enable");
  settings.producer_id_expiration_ms = static_cast<int32_t>(layers.integer("producer.id.expiration.ms"));
}

std::optional<int32_t> broker_number(std::string_view name) {
  const bool plus = name.starts_with('+');
  if (plus) name.remove_prefix(1);
  int32_t id = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), id);
  if (error != std::errc() || end != name.data() + name.size() || (plus && name.starts_with('-'))) return std::nullopt;
  return id;
}

}  // namespace evlog::broker
