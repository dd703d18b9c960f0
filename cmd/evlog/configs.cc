// evlog configs: settings of topics, brokers, groups, loggers and client metrics.
#include "evlog/configs.h"

#include <algorithm>

#include "base/text.h"
#include "evlog/commands.h"
#include "evlog/config_hints.h"

namespace evlog::cmd {

using client::ConfigEntry;
using client::ConfigResource;
using client::ResourceType;

namespace {

constexpr const char* types_hint = "one of topic, broker, group, client-metrics, logger";

std::optional<ResourceType> type_of(std::string_view word) {
  if (word == "topic" || word == "topics") return ResourceType::topic;
  if (word == "broker" || word == "brokers") return ResourceType::broker;
  if (word == "group" || word == "groups") return ResourceType::group;
  if (word == "client-metrics") return ResourceType::client_metrics;
  if (word == "logger" || word == "loggers" || word == "broker-logger" || word == "broker-loggers") return ResourceType::broker_logger;
  return std::nullopt;
}

}  // namespace

Expected<ConfigResource> parse_resource(const ConfigOptions& o) {
  const auto type = type_of(o.type);
  if (!type) {
    const std::string words = did_you_mean(o.type, {"topic", "broker", "group", "client-metrics", "logger"});
    return failure(exit_code::usage, words + types_hint, "'{}' has no settings here", o.type);
  }
  const bool of_broker = *type == ResourceType::broker || *type == ResourceType::broker_logger;
  if (*type == ResourceType::broker && o.name == "default") return ConfigResource{*type, ""};
  if (of_broker && !parse_int(o.name)) {
    const bool pair = o.name.find('=') != std::string::npos;
    return failure(exit_code::usage, *type == ResourceType::broker ? "its id (evlog cluster), or default for all brokers" : "its id (evlog cluster)",
                   "{}", pair ? fmt::format("the broker is missing before '{}'", o.name) : fmt::format("'{}' is no broker's id", o.name));
  }
  if (o.name.find('=') != std::string::npos) return failure(exit_code::usage, fmt::format("evlog configs set {} NAME {}", o.type, o.name), "the name of the {} is missing before '{}'", resource_word(*type), o.name);
  return ConfigResource{*type, o.name};
}

std::string resource_text(const ConfigResource& resource) {
  if (resource.type == ResourceType::broker && resource.name.empty()) return "all brokers";
  return fmt::format("{} {}", resource_word(resource.type), resource.name);
}

Failure explain_resource(AdminSession& session, const ConfigResource& resource, ErrorCode error, const std::string& message) {
  Failure f{exit_code::failed, fmt::format("{}: {}", resource_text(resource), message.empty() ? error_text(error) : message), {}, std::string(error_name(error))};
  switch (error) {
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION: {
      const auto cluster = describe_cluster(session);
      return no_such_topic(resource.name, cluster ? cluster->topic_names() : std::vector<std::string>{});
    }
    case ErrorCode::BROKER_NOT_AVAILABLE: f = {exit_code::missing, fmt::format("there is no broker {}", resource.name), "which there are: evlog cluster", f.kafka_error}; break;
    case ErrorCode::INVALID_CONFIG:
      f.hint = config_hint(resource.type, message);
      if (const auto key = unknown_key(message); !key.empty()) f.exit = exit_code::usage, f.message = fmt::format("{} has no setting '{}'", resource_text(resource), key);
      break;
    case ErrorCode::INVALID_REQUEST:
      f.hint = resource.type == ResourceType::broker_logger ? "set a level instead: evlog configs set logger NAME root=INFO" : "what can be changed while it runs: evlog configs describe broker NAME -a --format wide";
      break;
    case ErrorCode::TOPIC_AUTHORIZATION_FAILED:
    case ErrorCode::GROUP_AUTHORIZATION_FAILED:
    case ErrorCode::CLUSTER_AUTHORIZATION_FAILED: f.exit = exit_code::refused, f.hint = "ask for the right to these settings"; break;
    default: break;
  }
  return f;
}

Failure no_such_key(const ConfigResource& resource, const std::string& key, const std::vector<ConfigEntry>& entries, int exit) {
  std::vector<std::string> names;
  for (const ConfigEntry& entry : entries) names.push_back(entry.name);
  return {exit, fmt::format("{} has no setting '{}'", resource_text(resource), key),
          did_you_mean(key, names) + fmt::format("all of them: evlog configs describe {} {} -a", resource_word(resource.type), resource.name.empty() ? "default" : resource.name), {}};
}

Expected<std::vector<ConfigEntry>> configs_of(AdminSession& session, const ConfigResource& resource, bool documentation) {
  using Answer = std::vector<client::ResourceConfigs>;
  const client::ConfigQuestion question{.keys = {}, .synonyms = true, .documentation = documentation};
  Error refused;
  const auto answer = session.ask<Answer>([&]() -> Result<Answer> {
    auto described = session.admin().describe_configs({resource}, question);
    if (!described) refused = described.error();
    return described;
  });
  if (!answer && refused.code == ErrorCode::BROKER_NOT_AVAILABLE) return failure(explain_resource(session, resource, refused.code, refused.message));
  if (!answer) return failure(answer.error());
  if (answer->empty()) return failure(exit_code::failed, "", "{}: the server gave no answer", resource_text(resource));
  const auto& only = answer->front();
  if (only.error != ErrorCode::NONE) return failure(explain_resource(session, resource, only.error, only.message));
  return only.entries;
}

void add_configs(Args& root) {
  Args& configs = root.command("configs", "Settings of topics, brokers, groups, loggers, client metrics", {"config"});
  ConfigOptions& o = configs.keep<ConfigOptions>();
  configs.about("TYPE is topic, broker, group, client-metrics or logger. A broker's and a logger's NAME is the broker's id; \"default\" stands for all\n"
                "brokers. What each setting means: evlog configs describe TYPE NAME KEY, or evlog-config(5).")
      .examples({"evlog configs describe topic orders                       # what was set on it", "evlog configs describe topic orders retention.ms          # one setting, explained",
                 "evlog configs get topic orders retention.ms               # the value alone", "evlog configs set topic orders retention.ms=3600000 cleanup.policy=delete",
                 "evlog configs set broker default log.retention.ms=86400000", "evlog configs unset topic orders retention.ms"});
  add_configs_read(configs, o);
  add_configs_change(configs, o);
}

}  // namespace evlog::cmd
