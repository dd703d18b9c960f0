// The broker's configuration with the dynamic layers of an image: what decides what a topic inherits, and what DescribeConfigs and
// CreateTopics show.
#pragma once

#include <optional>
#include <string_view>

#include "broker/broker.h"
#include "config/describe.h"

namespace evlog::broker {

// resource types of ConfigRecord and DescribeConfigs
inline constexpr int8_t config_resource_topic = 2, config_resource_broker = 4, config_resource_broker_logger = 8,
                        config_resource_client_metrics = 16, config_resource_group = 32;

config::Config layered_config(const Broker& broker, const cluster::Image& image);

// Whether the layers of this broker are others in the second image: then what is derived from them is made anew.
bool layers_differ(const Broker& broker, const cluster::Image& before, const cluster::Image& now);

// Takes over into broker.settings what may change while the broker runs.
void follow_dynamic_settings(Broker& broker, const cluster::Image& image);

// The name of a broker resource, as Integer.parseInt reads it: a sign is allowed, blanks are not.
std::optional<int32_t> broker_number(std::string_view name);

}  // namespace evlog::broker
