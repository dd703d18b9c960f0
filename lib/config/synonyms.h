// Which broker keys give a topic key its value when the topic does not override it, first one first, with the factor between
// their units: retention.ms <- log.retention.ms, log.retention.minutes x 60,000, log.retention.hours x 3,600,000.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "config/store.h"

namespace evlog::config {

struct Synonym {
  std::string_view broker_key;
  int64_t factor = 1;
};

std::span<const Synonym> topic_synonyms(std::string_view topic_key);  // empty: the topic key has no broker counterpart

// Broker keys that set the same thing in different units, first one first; {name} alone for every other key.
std::span<const std::string_view> broker_synonyms(std::string_view broker_key);

// The value a topic has without an override, in the topic key's unit; nullopt for null.
std::optional<std::string> inherited_topic_value(const Config& broker, std::string_view topic_key);

}  // namespace evlog::config
