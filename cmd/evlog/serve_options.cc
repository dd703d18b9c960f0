#include "evlog/serve_options.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>

#include "evlog/files.h"

extern char** environ;

namespace evlog::cmd {
namespace {

using config::Layer;
using config::Origin;

std::vector<std::pair<std::string, std::string>> environment() {
  std::vector<std::pair<std::string, std::string>> out;
  for (char** at = environ; *at; ++at) {
    const std::string_view text = *at;
    const size_t equals = text.find('=');
    if (equals != std::string_view::npos) out.emplace_back(text.substr(0, equals), text.substr(equals + 1));
  }
  return out;
}

// The message of a refusal carries its hint in a second line.
Failure split_hint(const Error& error, int exit) {
  const size_t at = error.message.find("\nhint: ");
  if (at == std::string::npos) return {exit, error.message, {}, {}};
  return {exit, error.message.substr(0, at), error.message.substr(at + 7), {}};
}

std::string named(const std::string& listen) { return listen.find("://") == std::string::npos ? "PLAINTEXT://" + listen : listen; }

// --listen replaces the clients' listeners; a process that is a controller keeps one for that, on loopback.
std::string listeners_text(const ServeOptions& o, const config::Config& config) {
  std::vector<std::string> all;
  for (const std::string& listen : o.listens) all.push_back(named(listen));
  const auto roles = config.list("process.roles");
  const bool controller = roles.empty() || std::ranges::find(roles, "controller") != roles.end();
  const auto names = config.list("controller.listener.names");
  const std::string name = names.empty() ? "CONTROLLER" : names.front();
  const bool given = std::ranges::any_of(all, [&](const std::string& text) { return text.starts_with(name + "://"); });
  if (controller && !given) all.push_back(name + "://127.0.0.1:0");
  return fmt::format("{}", fmt::join(all, ","));
}

void apply_options(const ServeOptions& o, const std::string& ephemeral_dir, config::Config& config) {
  const auto set = [&](std::string_view key, std::string_view value, std::string_view option) {
    config.set(key, value, Origin{Layer::command_line, std::string(option)});
  };
  if (!o.data_dir.empty()) set("log.dirs", o.data_dir, "--data-dir");
  else if (!ephemeral_dir.empty()) set("log.dirs", ephemeral_dir, "--ephemeral");
  else if (!config.is_set("log.dirs") && !config.is_set("log.dir")) set("log.dirs", default_data_dir(), "default");
  if (!o.listens.empty()) {
    set("listeners", listeners_text(o, config), "--listen");
    // Addresses that a file advertises belong to the listeners of that file.
    if (config.static_setting("advertised.listeners")) set("advertised.listeners", "", "--listen");
  }
  if (!o.advertise.empty()) set("advertised.listeners", named(o.advertise), "--advertise");
  if (o.node_id >= 0) set("node.id", std::to_string(o.node_id), "--node-id"), set("broker.id", std::to_string(o.node_id), "--node-id");
  if (o.insecure_listen) set("evlog.insecure.listen", "true", "--insecure-listen");
}

std::string open_listener(const config::Listeners& listeners) {
  for (const auto* some : {&listeners.bound, &listeners.controller})
    for (const config::Listener& listener : *some)
      if (!listener.loopback()) return listener.text();
  return "a listener";
}

}  // namespace

std::string default_data_dir() {
  if (::geteuid() == 0) return "/var/lib/evlog";
  if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data) return std::string(data) + "/evlog";
  const char* const home = std::getenv("HOME");
  return std::string(home && *home ? home : ".") + "/.local/share/evlog";
}

Expected<config::Loaded> load_serve_config(const ServeOptions& o, const std::string& ephemeral_dir) {
  config::LoadInput input{.files = {}, .environment = environment(), .sets = o.sets, .strict = o.strict};
  for (const std::string& path : o.configs) {
    auto text = read_file(path);
    if (!text) return failure(exit_code::bad_config, "-c FILE names a server.properties", "cannot read {}", path);
    input.files.push_back({path, std::move(*text)});
  }
  for (const std::string& bare : o.bare) {
    if (bare.find('=') == std::string::npos) return failure(exit_code::usage, "evlog serve key=value; a file goes behind -c", "'{}' is no key=value", bare);
    input.sets.push_back(bare);
  }
  auto loaded = config::load_config(input);
  if (!loaded) return failure(split_hint(loaded.error(), exit_code::bad_config));
  apply_options(o, ephemeral_dir, loaded->config);
  const auto made = config::make_broker_config(loaded->config);
  if (!made) return failure(split_hint(made.error(), exit_code::bad_config));
  if (!made->listeners.loopback_only() && !made->insecure_listen) {
    return failure(exit_code::bad_config, "listen on 127.0.0.1, or accept the risk with --insecure-listen (EVLOG_INSECURE_LISTEN=1)",
                   "{} can be reached from other machines, and no password is asked for", open_listener(made->listeners));
  }
  return std::move(*loaded);
}

}  // namespace evlog::cmd
