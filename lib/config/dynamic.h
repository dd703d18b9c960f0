// The dynamic configuration of brokers: which keys may change while a broker runs, for whom, and which values together make a
// broker that can go on. Kafka's rules, in its order and its words; every refusal is INVALID_REQUEST. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "config/store.h"

namespace evlog::config {

// Whether `values` may become the whole of that layer (dynamic_default or dynamic_broker) of `broker`, whose other layers stay.
Result<void> validate_dynamic(const Config& broker, Layer layer, const ConfigMap& values);

// Of a stored layer, what this broker can use: a later change is judged together with these alone.
ConfigMap usable_dynamic(const ConfigMap& stored, Layer layer);

// Lists as APPEND and SUBTRACT change them: parts are compared as they stand, blanks included.
std::string append_to_list(std::string_view list, std::string_view parts);
std::string subtract_from_list(std::string_view list, std::string_view parts);

}  // namespace evlog::config
