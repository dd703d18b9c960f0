// kafka-configs: shows and changes settings of topics, brokers, groups and client metrics.
#include <algorithm>

#include "base/text.h"
#include "evlog/kafka/client_settings.h"
#include "evlog/kafka/java.h"
#include "evlog/kafka/session.h"
#include "evlog/kafka/tool.h"

namespace evlog::cmd::kafka {
namespace {

using client::ConfigEntry;
using client::ConfigOrigin;
using client::ConfigResource;
using client::ResourceType;

constexpr std::string_view no_quotas = "evlog has no quotas and no users so far";

constexpr Option options[] = {
    {"bootstrap-server", Takes::value, "HOST:PORT,…", "Where the cluster is. Required."},
    {"command-config", Takes::value, "FILE", "A file of client properties."},
    {"describe", Takes::nothing, "", "Show settings that were made for the topic, broker or group."},
    {"alter", Takes::nothing, "", "Change settings: --add-config, --add-config-file, --delete-config."},
    {"all", Takes::nothing, "", "Show all settings, with what the server's file and the defaults say."},
    {"entity-type", Takes::value, "TYPE", "topics, brokers, broker-loggers, groups or client-metrics."},
    {"entity-name", Takes::value, "NAME", "The topic, broker id, group, or name of client metrics."},
    {"entity-default", Takes::nothing, "", "With brokers: what holds for all of them."},
    {"topic", Takes::value, "TOPIC", "The same as --entity-type topics --entity-name TOPIC."},
    {"broker", Takes::value, "ID", "The same as --entity-type brokers --entity-name ID."},
    {"broker-defaults", Takes::nothing, "", "The same as --entity-type brokers --entity-default."},
    {"broker-logger", Takes::value, "ID", "The same as --entity-type broker-loggers --entity-name ID."},
    {"group", Takes::value, "GROUP", "The same as --entity-type groups --entity-name GROUP."},
    {"client-metrics", Takes::value, "NAME", "The same as --entity-type client-metrics --entity-name NAME."},
    {"add-config", Takes::value, "K=V,K=[V,V],…", "Settings to make; brackets keep values with commas together."},
    {"add-config-file", Takes::value, "FILE", "A properties file of settings to make."},
    {"delete-config", Takes::value, "K,K,…", "Settings to remove."},
    {"user", Takes::value, "NAME", "", "", no_quotas},
    {"user-defaults", Takes::nothing, "", "", "", no_quotas},
    {"client", Takes::value, "NAME", "", "", no_quotas},
    {"client-defaults", Takes::nothing, "", "", "", no_quotas},
    {"ip", Takes::value, "ADDRESS", "", "", no_quotas},
    {"ip-defaults", Takes::nothing, "", "", "", no_quotas},
    {"bootstrap-controller", Takes::value, "HOST:PORT", "", "", "ask a broker: --bootstrap-server"},
};

constexpr std::string_view examples[] = {
    "kafka-configs --bootstrap-server localhost:9092 --describe --topic orders --all",
    "kafka-configs --bootstrap-server localhost:9092 --alter --topic orders --add-config 'retention.ms=86400000,cleanup.policy=[compact,delete]'",
    "kafka-configs --bootstrap-server localhost:9092 --alter --entity-type topics --entity-name orders --delete-config retention.ms",
};

struct Kind { std::string_view name, one; ResourceType type; std::optional<ConfigOrigin> own; };
constexpr Kind kinds[] = {
    {"topics", "topic", ResourceType::topic, ConfigOrigin::topic},
    {"brokers", "broker", ResourceType::broker, ConfigOrigin::broker},
    {"broker-loggers", "broker-logger", ResourceType::broker_logger, std::nullopt},
    {"client-metrics", "client-metric", ResourceType::client_metrics, ConfigOrigin::client_metrics},
    {"groups", "group", ResourceType::group, ConfigOrigin::group},
};

// What the command is about. No name: all of them; an empty one: the default of all brokers.
struct Entity { Kind kind; std::optional<std::string> name; };

struct Flag { std::string_view option; size_t kind; bool names; };
constexpr Flag flags[] = {{"topic", 0, true}, {"broker", 1, true}, {"broker-logger", 2, true}, {"client-metrics", 3, true}, {"group", 4, true}, {"broker-defaults", 1, false}};

Or<Entity> entity_by_flags(const Options& o) {
  std::vector<Entity> found;
  for (const Flag& flag : flags) {
    if (!o.has(flag.option)) continue;
    if (auto single = o.check_single({flag.option}); !single) return stop(single.error());
    found.push_back({kinds[flag.kind], o.text(flag.option)});
  }
  if (found.empty()) return stop("At least one entity type must be specified");
  if (found.size() > 1) return stop("Only 'users' and 'clients' entity types may be specified together");
  if (o.count({"entity-type", "entity-name", "entity-default"}) > 0) return stop("--entity-{type,name,default} should not be used in conjunction with specific entity flags");
  return found.front();
}

Or<Entity> entity_of(const Options& o) {
  const auto types = o.all("entity-type"), names = o.all("entity-name");
  if (types.empty()) return entity_by_flags(o);
  for (const std::string& type : types) {
    if (type == "users" || type == "clients" || type == "ips") return stop(fmt::format("--entity-type {} is not there yet: {}", type, no_quotas));
    if (std::ranges::find(kinds, type, &Kind::name) == std::end(kinds))
      return stop(fmt::format("Invalid entity type {}, the entity type must be one of topics, clients, users, brokers, ips, client-metrics, groups, broker-loggers with a --bootstrap-server or --bootstrap-controller argument", type));
  }
  if (types.size() > 1) return stop("Only 'users' and 'clients' entity types may be specified together");
  if (names.size() + o.has("entity-default") > 1) return stop("More entity names specified than entity types");
  for (const Flag& flag : flags)
    if (o.has(flag.option)) return stop("--entity-{type,name,default} should not be used in conjunction with specific entity flags");
  Entity out{*std::ranges::find(kinds, types.front(), &Kind::name), std::nullopt};
  if (!names.empty()) out.name = names.front();
  else if (o.has("entity-default")) out.name = "";
  return out;
}

bool broker_kind(const Entity& e) { return e.kind.type == ResourceType::broker || e.kind.type == ResourceType::broker_logger; }

Or<void> check(const Options& o, const Entity& e) {
  const bool named = e.name && !e.name->empty();
  if (named && broker_kind(e) && !parse_int(*e.name)) return stop(fmt::format("The entity name for {} must be a valid integer broker id, but it is: {}", e.kind.name, *e.name));
  if (o.has("describe")) {
    if (e.kind.type != ResourceType::broker && o.has("entity-default")) return stop(fmt::format("--entity-default must not be specified with --describe of {}", e.kind.name));
    if (e.kind.type == ResourceType::broker_logger && !named) return stop(fmt::format("An entity name must be specified with --describe of {}", e.kind.name));
    return {};
  }
  if (e.kind.type == ResourceType::broker && !e.name) return stop("An entity-name or default entity must be specified with --alter of users, clients, brokers or ips");
  if (e.kind.type != ResourceType::broker && !named) return stop(fmt::format("An entity name must be specified with --alter of {}", e.kind.name));
  if (o.has("add-config") && o.has("add-config-file")) return stop("Only one of --add-config or --add-config-file must be specified");
  if (o.count({"add-config", "add-config-file", "delete-config"}) == 0) return stop("At least one of --add-config, --add-config-file, or --delete-config must be specified with --alter");
  return {};
}

std::string trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t\n"), last = text.find_last_not_of(" \t\n");
  return first == std::string_view::npos ? std::string() : std::string(text.substr(first, last - first + 1));
}

// Pieces between separators that do not stand within brackets.
std::vector<std::string> split_outside_brackets(std::string_view text, char separator) {
  std::vector<std::string> out(1);
  for (size_t i = 0; i < text.size(); ++i) {
    const size_t bracket = text.find_first_of("[]", i);
    const bool inside = bracket != std::string_view::npos && text[bracket] == ']';
    if (text[i] == separator && !inside) out.emplace_back();
    else out.back() += text[i];
  }
  return out;
}

Or<void> add_line(std::string_view text, Properties& out) {
  const auto parts = split_outside_brackets(text, '=');
  if (parts.size() != 2) return stop("requirement failed: Invalid entity config: all configs to be added must be in the format \"key=val\".");
  std::string value = parts[1];
  std::erase_if(value, [](char c) { return c == '[' || c == ']'; });
  out[trimmed(parts[0])] = trimmed(value);
  return {};
}

Or<Properties> parse_settings(const Options& o) {
  Properties out;
  if (o.has("add-config-file")) {
    auto read = read_properties(o.text("add-config-file"));
    if (!read) return read;
    out = std::move(*read);
  }
  if (o.has("add-config")) {
    auto lines = split_outside_brackets(o.text("add-config"), ',');
    while (lines.size() > 1 && lines.back().empty()) lines.pop_back();
    for (const std::string& line : lines)
      if (auto added = add_line(line, out); !added) return stop(added.error());
  }
  for (const auto& [name, value] : out)
    for (char c : name)
      if (!std::isalnum(static_cast<unsigned char>(c)) && std::string_view("._-$").find(c) == std::string_view::npos) return stop(fmt::format("Invalid character found for config key: {}", name));
  return out;
}

std::vector<std::string> names_to_delete(const Options& o) {
  std::vector<std::string> out;
  for (const std::string& list : o.all("delete-config"))
    for (const std::string& name : split_outside_brackets(list, ',')) out.push_back(trimmed(name));
  return out;
}

Or<int> alter(Session& session, const Options& o, const Entity& entity) {
  const auto settings = parse_settings(o);
  if (!settings) return stop(settings.error());
  client::ResourceChanges changes{{entity.kind.type, *entity.name}, {}};
  for (const auto& [name, value] : *settings) changes.changes.push_back({name, client::ConfigOperation::set, value});
  for (const std::string& name : names_to_delete(o)) changes.changes.push_back({name, client::ConfigOperation::unset, ""});
  const auto results = session.ask<std::vector<client::ResourceResult>>([&] { return session.admin().incremental_alter_configs({changes}, false); });
  if (!results) return stop(results.error());
  for (const auto& result : *results)
    if (result.error != ErrorCode::NONE) return stop(error_message(result.error, result.message));
  if (entity.name->empty()) say("Completed updating default config for {} in the cluster.", entity.kind.name);
  else say("Completed updating config for {} {}.", entity.kind.one, *entity.name);
  return exit_code::ok;
}

std::string_view origin_name(ConfigOrigin origin) {
  static constexpr std::string_view names[] = {"UNKNOWN", "DYNAMIC_TOPIC_CONFIG", "DYNAMIC_BROKER_CONFIG", "DYNAMIC_DEFAULT_BROKER_CONFIG", "STATIC_BROKER_CONFIG", "DEFAULT_CONFIG",
                                               "DYNAMIC_BROKER_LOGGER_CONFIG", "DYNAMIC_CLIENT_METRICS_CONFIG", "DYNAMIC_GROUP_CONFIG"};
  const auto index = static_cast<size_t>(origin);
  return index < std::size(names) ? names[index] : names[0];
}

void print_entry(const ConfigEntry& entry) {
  std::vector<std::string> synonyms;
  for (const auto& s : entry.synonyms) synonyms.push_back(fmt::format("{}:{}={}", origin_name(s.origin), s.name, s.value.value_or("null")));
  say("  {}={} sensitive={} synonyms={{{}}}", entry.name, entry.value.value_or("null"), entry.sensitive, fmt::join(synonyms, ", "));
}

Or<void> describe_one(Session& session, const Options& o, const Kind& kind, const std::string& name) {
  if (name.empty()) say("Default configs for {} in the cluster are:", kind.name);
  else say("{} configs for {} {} are:", o.has("all") ? "All" : "Dynamic", kind.one, name);
  const auto answers = session.ask<std::vector<client::ResourceConfigs>>([&] { return session.admin().describe_configs({{kind.type, name}}, {.synonyms = true}); });
  if (!answers) return stop(answers.error());
  const auto own = kind.type == ResourceType::broker && name.empty() ? ConfigOrigin::all_brokers : kind.own;
  for (const auto& answer : *answers) {
    if (answer.error != ErrorCode::NONE) return stop(error_message(answer.error, answer.message));
    for (const ConfigEntry& entry : answer.entries)
      if (o.has("all") || !own || entry.origin() == *own) print_entry(entry);
  }
  return {};
}

Or<std::vector<std::string>> everybody(Session& session, const client::ClusterInfo& cluster, const Kind& kind) {
  std::vector<std::string> out;
  if (kind.type == ResourceType::topic) out = cluster.topic_names();
  if (kind.type == ResourceType::broker || kind.type == ResourceType::broker_logger) {
    for (const auto& broker : cluster.brokers) out.push_back(fmt::format("{}", broker.id));
    out.push_back("");
  }
  if (kind.type == ResourceType::group) {
    const auto groups = session.ask<std::vector<client::GroupListing>>([&] { return session.admin().list_groups(); });
    if (!groups) return stop(groups.error());
    for (const auto& group : *groups) out.push_back(group.group);
  }
  if (kind.type == ResourceType::group || kind.type == ResourceType::client_metrics) {
    const auto listed = session.ask_raw<std::vector<ConfigResource>>([&] { return session.admin().list_config_resources({kind.type}); });
    if (!listed && listed.error().code != ErrorCode::UNSUPPORTED_VERSION) return stop(session.explain(listed.error()));
    for (size_t i = 0; listed && i < listed->size(); ++i)
      if (std::ranges::find(out, (*listed)[i].name) == out.end()) out.push_back((*listed)[i].name);
  }
  return out;
}

Or<void> check_topic_name(const std::string& name) {
  const auto wrong = [](std::string_view what) { return stop(fmt::format("Topic name is invalid: {}", what)); };
  if (name.empty()) return wrong("the empty string is not allowed");
  if (name == "." || name == "..") return wrong("'.' or '..' is not allowed");
  if (name.size() > 249) return wrong(fmt::format("the length of '{}' is longer than the max allowed length 249", name));
  for (char c : name)
    if (!std::isalnum(static_cast<unsigned char>(c)) && std::string_view("._-").find(c) == std::string_view::npos)
      return wrong(fmt::format("'{}' contains one or more characters other than ASCII alphanumerics, '.', '_' and '-'", name));
  return {};
}

Or<int> describe(Session& session, const Options& o, const Entity& entity) {
  if (entity.kind.type == ResourceType::topic && entity.name)
    if (auto checked = check_topic_name(*entity.name); !checked) return stop(checked.error());
  const auto cluster = session.cluster();
  if (!cluster) return stop(cluster.error());
  const auto all = everybody(session, *cluster, entity.kind);
  if (!all) return stop(all.error());
  if (entity.name && std::ranges::find(*all, *entity.name) == all->end()) {
    say("The {} '{}' doesn't exist and doesn't have dynamic config.", entity.kind.one, *entity.name);
    return exit_code::ok;
  }
  for (const std::string& name : entity.name ? std::vector<std::string>{*entity.name} : *all)
    if (auto described = describe_one(session, o, entity.kind, name); !described) return stop(described.error());
  return exit_code::ok;
}

Or<int> run(const Options& o) {
  if (o.count({"alter", "describe"}) != 1) return wrong_usage("Command must include exactly one action: --describe, --alter");
  if (auto r = o.forbid("describe", {"add-config", "delete-config"}); !r) return stop(r.error());
  if (auto single = o.check_single({"add-config", "add-config-file"}); !single) return stop(single.error());
  if (!o.has("bootstrap-server")) return stop("Either --bootstrap-server or --bootstrap-controller must be specified.");
  const auto entity = entity_of(o);
  if (!entity) return stop(entity.error());
  if (auto checked = check(o, *entity); !checked) return stop(checked.error());
  auto session = Session::open(o);
  if (!session) return stop(session.error());
  return o.has("alter") ? alter(*session, o, *entity) : describe(*session, o, *entity);
}

}  // namespace

const Tool configs_tool{"kafka-configs", "Show and change settings of topics, brokers and groups", examples, options, run};

}  // namespace evlog::cmd::kafka
