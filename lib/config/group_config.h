// The rules for a group's own configuration and for a subscription to client metrics, as Kafka's controller has them. Pure.
#pragma once

#include <string_view>

#include "base/result.h"
#include "config/store.h"

namespace evlog::config {

// INVALID_CONFIG: an unknown name, a value out of its range, beyond what the broker allows, or a session no longer than a heartbeat.
Result<void> validate_group_configs(const Config& broker, const ConfigMap& overrides);

// INVALID_REQUEST for names and the interval, INVALID_CONFIG for values and patterns.
Result<void> validate_client_metrics(std::string_view subscription, const ConfigMap& values);

}  // namespace evlog::config
