// Settings of a client: name=value pairs as librdkafka knows them. Java's names are accepted and translated, so that a
// client.properties made for Kafka's own tools works; names that only mean something in Java are passed over.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace evlog::client {

struct Settings {
  std::string brokers;  // host:port,…
  std::vector<std::pair<std::string, std::string>> properties;  // in order; a later one wins

  void set(std::string_view name, std::string_view value);           // translates; a class name of Java is dropped
  const std::string* find(std::string_view name) const;              // the last one
};

}  // namespace evlog::client
