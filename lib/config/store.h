// Config: what was set for one broker, in layers, with the place each value came from. A later layer wins:
//   default < file < environment < dynamic default < dynamic broker < command line.
// A plain value: owned by who loaded it; the broker replaces the dynamic layers when the metadata log changes them.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/key.h"
#include "config/value.h"

namespace evlog::config {

using ConfigMap = std::map<std::string, std::string, std::less<>>;  // name -> text as it was given

enum class Layer : uint8_t { defaults, file, environment, dynamic_default, dynamic_broker, command_line };
inline constexpr size_t layer_count = 6;

struct Origin {
  Layer layer = Layer::defaults;
  std::string place;  // "server.properties:17", "KAFKA_LOG_DIRS", "--set"; empty for the others
  std::string text() const;  // for people: "server.properties:17", "default", "dynamic broker configuration"
};

struct Setting {
  std::string text;
  Origin origin;
};

class Config {
 public:
  // Replaces the value of this layer. The text is not checked here: load() and check() do that.
  void set(std::string_view name, std::string_view text, Origin origin);
  void unset(std::string_view name, Layer layer);
  void set_dynamic(Layer layer, const ConfigMap& values);  // the whole layer at once; names not in it are gone

  // The winning setting, also for keys that no table knows; null when nobody set it.
  const Setting* setting(std::string_view name) const;
  const Setting* setting(std::string_view name, Layer layer) const;
  // The winning setting of the file, environment and command line layers: what Kafka calls the static configuration.
  const Setting* static_setting(std::string_view name) const;
  bool is_set(std::string_view name) const { return setting(name) != nullptr; }
  Origin origin(std::string_view name) const;
  std::vector<std::string> names() const;  // every name that is set in some layer, sorted

  // Effective values. The name must be a broker key of that type (our own mistake otherwise, asserted).
  // A value that does not parse counts as its default: load() has refused it, and the metadata log never takes one.
  std::optional<std::string> text(std::string_view name) const;  // nullopt for null
  bool boolean(std::string_view name) const;
  int64_t integer(std::string_view name) const;                     // INT, SHORT, LONG
  std::optional<int64_t> integer_or_null(std::string_view name) const;
  double real(std::string_view name) const;
  std::vector<std::string> list(std::string_view name) const;       // empty for null
  ConfigValue value(std::string_view name) const;

 private:
  std::map<std::string, Setting, std::less<>> layers_[layer_count];
};

}  // namespace evlog::config
