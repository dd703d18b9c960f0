#include "broker/layered_config.h"

namespace evlog::broker {

config::Config layered_config(const Broker& broker, const cluster::Image& image) {
  config::Config layers = broker.config;
  layers.set_dynamic(config::Layer::dynamic_default, image.configs({config_resource_broker, ""}));
  layers.set_dynamic(config::Layer::dynamic_broker, image.configs({config_resource_broker, std::to_string(broker.id.value())}));
  return layers;
}

}  // namespace evlog::broker
