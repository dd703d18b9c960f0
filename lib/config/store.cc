#include "config/store.h"

#include <set>

namespace evlog::config {
namespace {

const ConfigKey& key_of(std::string_view name) {
  const ConfigKey* key = find_broker_key(name);
  EVLOG_ASSERT(key != nullptr);
  return *key;
}

ConfigValue default_of(const ConfigKey& key) {
  const auto text = key.default_value();
  return text ? parse_value(key, *text).value_or(ConfigValue()) : ConfigValue();
}

}  // namespace

std::string Origin::text() const {
  switch (layer) {
    case Layer::defaults: return "default";
    case Layer::dynamic_default: return "dynamic default configuration";
    case Layer::dynamic_broker: return "dynamic broker configuration";
    case Layer::file:
    case Layer::environment:
    case Layer::command_line: break;
  }
  return place;
}

void Config::set(std::string_view name, std::string_view text, Origin origin) {
  auto& layer = layers_[static_cast<size_t>(origin.layer)];
  layer.insert_or_assign(std::string(name), Setting{std::string(text), std::move(origin)});
}

void Config::unset(std::string_view name, Layer layer) {
  auto& settings = layers_[static_cast<size_t>(layer)];
  if (const auto at = settings.find(name); at != settings.end()) settings.erase(at);
}

void Config::set_dynamic(Layer layer, const ConfigMap& values) {
  EVLOG_ASSERT(layer == Layer::dynamic_default || layer == Layer::dynamic_broker);
  layers_[static_cast<size_t>(layer)].clear();
  for (const auto& [name, text] : values) set(name, text, {.layer = layer});
}

const Setting* Config::setting(std::string_view name) const {
  for (size_t i = layer_count; i-- > 0;) {
    if (const Setting* s = setting(name, static_cast<Layer>(i))) return s;
  }
  return nullptr;
}

const Setting* Config::setting(std::string_view name, Layer layer) const {
  const auto& settings = layers_[static_cast<size_t>(layer)];
  const auto at = settings.find(name);
  return at == settings.end() ? nullptr : &at->second;
}

const Setting* Config::static_setting(std::string_view name) const {
  for (const Layer layer : {Layer::command_line, Layer::environment, Layer::file}) {
    if (const Setting* s = setting(name, layer)) return s;
  }
  return nullptr;
}

Origin Config::origin(std::string_view name) const {
  const Setting* s = setting(name);
  return s ? s->origin : Origin{};
}

std::vector<std::string> Config::names() const {
  std::set<std::string> names;
  for (const auto& layer : layers_) {
    for (const auto& [name, setting] : layer) names.insert(name);
  }
  return {names.begin(), names.end()};
}

ConfigValue Config::value(std::string_view name) const {
  const ConfigKey& key = key_of(name);
  if (const Setting* s = setting(name)) {
    if (auto value = parse_value(key, s->text)) return *std::move(value);
  }
  return default_of(key);
}

std::optional<std::string> Config::text(std::string_view name) const { return value_text(value(name)); }

bool Config::boolean(std::string_view name) const {
  const ConfigValue v = value(name);
  EVLOG_ASSERT(std::holds_alternative<bool>(v));
  return std::get<bool>(v);
}

int64_t Config::integer(std::string_view name) const {
  const auto n = integer_or_null(name);
  EVLOG_ASSERT(n.has_value());
  return *n;
}

std::optional<int64_t> Config::integer_or_null(std::string_view name) const {
  const ConfigValue v = value(name);
  if (std::holds_alternative<std::monostate>(v)) return std::nullopt;
  EVLOG_ASSERT(std::holds_alternative<int64_t>(v));
  return std::get<int64_t>(v);
}

double Config::real(std::string_view name) const {
  const ConfigValue v = value(name);
  EVLOG_ASSERT(std::holds_alternative<double>(v));
  return std::get<double>(v);
}

std::vector<std::string> Config::list(std::string_view name) const {
  ConfigValue v = value(name);
  if (std::holds_alternative<std::monostate>(v)) return {};
  EVLOG_ASSERT(std::holds_alternative<std::vector<std::string>>(v));
  return std::get<std::vector<std::string>>(std::move(v));
}

}  // namespace evlog::config
