// The broker's configuration with the dynamic layers of an image: what DescribeConfigs and CreateTopics show.
#pragma once

#include "broker/broker.h"
#include "config/describe.h"

namespace evlog::broker {

// resource types of ConfigRecord and DescribeConfigs
inline constexpr int8_t config_resource_topic = 2, config_resource_broker = 4, config_resource_broker_logger = 8,
                        config_resource_client_metrics = 16, config_resource_group = 32;

config::Config layered_config(const Broker& broker, const cluster::Image& image);

}  // namespace evlog::broker
