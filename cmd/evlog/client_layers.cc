#include "evlog/client_layers.h"

#include <cstdlib>

#include "config/properties.h"
#include "evlog/files.h"
#include "evlog/profile_store.h"

namespace evlog::cmd {
namespace {

constexpr const char* default_brokers = "127.0.0.1:9092";
using Layers = std::vector<LayeredSetting>;

Expected<void> add_file(const std::string& path, Layers& out) {
  const auto text = read_file(path);
  if (!text) return failure(exit_code::missing, "", "cannot read {}", path);
  const auto properties = config::parse_properties(*text);
  if (!properties) return failure(exit_code::bad_config, "", "{}: {}", path, properties.error().message);
  for (const config::Property& property : *properties) out.push_back({property.name, property.value, "-F " + path});
  return {};
}

Expected<void> add_profile(const std::string& wanted, Layers& out) {
  const auto profile = choose_profile(wanted);
  if (!profile) return failure(profile.error());
  if (!*profile) return {};
  const std::string origin = (*profile)->name.empty() ? "project " + (*profile)->path : "profile " + (*profile)->name;
  for (const auto& [name, value] : (*profile)->properties) out.push_back({name, value, origin});
  return {};
}

void add_environment(Layers& out) {
  constexpr std::pair<const char*, const char*> names[] = {{"EVLOG_BROKERS", "bootstrap.servers"}, {"EVLOG_SASL_USERNAME", "sasl.username"}, {"EVLOG_SASL_PASSWORD", "sasl.password"}};
  for (const auto& [variable, setting] : names)
    if (const char* const value = std::getenv(variable); value && *value) out.push_back({setting, value, variable});
}

Expected<void> add_properties(const std::vector<std::string>& properties, Layers& out) {
  for (const std::string& text : properties) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return failure(exit_code::usage, "-X takes name=value, as -X client.id=me", "'{}' is no property", text);
    if (text.substr(0, equals).ends_with("password")) warn("a password on the command line is seen by everybody on this machine; put it into a file for -F, or a profile");
    out.push_back({text.substr(0, equals), text.substr(equals + 1), "-X"});
  }
  return {};
}

}  // namespace

Expected<std::vector<LayeredSetting>> gather_settings(const ClientOptions& o) {
  Layers out{{"bootstrap.servers", default_brokers, "built in"}};
  if (auto added = add_profile(o.profile, out); !added) return failure(added.error());
  add_environment(out);
  if (!o.config_file.empty())
    if (auto added = add_file(o.config_file, out); !added) return failure(added.error());
  if (auto added = add_properties(o.properties, out); !added) return failure(added.error());
  if (!o.brokers.empty()) out.push_back({"bootstrap.servers", o.brokers, "-b"});
  if (!o.debug.empty()) out.push_back({"debug", o.debug, "-d"});
  return out;
}

bool is_secret_setting(std::string_view name) {
  return name.ends_with("password") || name == "sasl.jaas.config" || name == "ssl.key.pem" || name == "ssl.keystore.key" || name == "sasl.oauthbearer.client.secret";
}

}  // namespace evlog::cmd
