#include "config/load.h"

#include <algorithm>

#include "base/text.h"
#include "config/properties.h"
#include "config/synonyms.h"
#include "config/value.h"

namespace evlog::config {
namespace {

// Names that a broker of some Kafka version, its security plugins or its vendors know and that mean nothing here.
constexpr std::string_view accepted_names[] = {
    "advertised.host.name", "advertised.port", "allow.everyone.if.no.acl.found", "broker.id.generation.enable",
    "control.plane.listener.name", "controlled.shutdown.max.retries", "controlled.shutdown.retry.backoff.ms", "host.name",
    "inter.broker.protocol.version", "leader.imbalance.per.broker.percentage", "log.cleaner.min.compaction.lag.bytes",
    "log.message.downconversion.enable", "log.message.format.version", "log.message.timestamp.difference.max.ms",
    "offsets.commit.required.acks", "password.encoder.secret", "port", "reserved.broker.max.id", "super.users",
};
constexpr std::string_view accepted_prefixes[] = {"zookeeper.", "confluent.", "listener.name.", "rsm.config.", "rlmm.config.", "config.providers."};

// Environment names that belong to Kafka's start scripts and to evlog's commands; they are no settings of the server.
constexpr std::string_view not_settings[] = {
    "KAFKA_VERSION", "KAFKA_HEAP_OPTS", "KAFKA_LOG4J_OPTS", "KAFKA_OPTS", "KAFKA_JMX_OPTS", "KAFKA_JVM_PERFORMANCE_OPTS",
    "KAFKA_GC_LOG_OPTS", "KAFKA_LOG4J_LOGGERS", "KAFKA_TOOLS_LOG4J_LOGLEVEL", "KAFKA_JMX_HOSTNAME", "KAFKA_JMX_PORT", "KAFKA_HOME",
    "EVLOG_BROKERS", "EVLOG_PROFILE", "EVLOG_SASL_PASSWORD", "EVLOG_SASL_USERNAME", "EVLOG_CONFIG", "EVLOG_VERSION",
};

// Java classes of Kafka whose work evlog does in its own way, or has nothing to do for.
constexpr std::string_view known_classes[] = {
    "org.apache.kafka.common.metrics.JmxReporter",
    "org.apache.kafka.common.replica.LeaderSelector",
    "org.apache.kafka.common.replica.RackAwareReplicaSelector",
    "org.apache.kafka.common.security.authenticator.DefaultKafkaPrincipalBuilder",
};

bool among(std::span<const std::string_view> names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return out;
}

void replace_all(std::string& text, std::string_view from, std::string_view to) {
  for (size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) text.replace(at, from.size(), to);
}

std::string dotted(std::string_view name) {
  std::string key = lower(name);
  replace_all(key, "_", ".");
  replace_all(key, "...", "-");
  replace_all(key, "..", "_");
  return key;
}

// Log4j's levels in evlog's words; what is no level is left for the check of the value.
std::string log_level(std::string_view level) {
  const std::string name = lower(level);
  if (name == "all") return "trace";
  if (name == "off" || name == "fatal") return "error";
  return name;
}

// In an environment 1 and 0 are customary for evlog's own switches; Kafka's keys stay as strict as Kafka.
std::string switch_word(std::string_view key, std::string_view value) {
  const ConfigKey* row = find_broker_key(key);
  const bool own_switch = row != nullptr && row->type == ConfigType::boolean && key.starts_with("evlog.");
  if (own_switch && value == "1") return "true";
  if (own_switch && value == "0") return "false";
  return std::string(value);
}

// A broker's own names win over Kafka's: they are set last.
int precedence(std::string_view name) { return name.starts_with("EVLOG_") ? 1 : 0; }

class Loader {
 public:
  explicit Loader(bool strict) : strict_(strict) {}

  Result<void> read_file(const PropertiesFile& file) {
    const auto properties = parse_properties(file.text);
    if (!properties) return fail(properties.error(), "{}", file.path);
    for (const Property& p : *properties) {
      loaded_.config.set(p.name, p.value, {Layer::file, fmt::format("{}:{}", file.path, p.line)});
    }
    return {};
  }

  void read_environment(std::vector<std::pair<std::string, std::string>> environment) {
    std::ranges::sort(environment, {}, [](const auto& e) { return std::pair(precedence(e.first), e.first); });
    for (const auto& [name, value] : environment) {
      const auto key = environment_key(name);
      if (!key) continue;
      const bool level = name == "KAFKA_LOG4J_ROOT_LOGLEVEL";
      loaded_.config.set(*key, level ? log_level(value) : switch_word(*key, value), {Layer::environment, name});
    }
  }

  Result<void> read_set(std::string_view text) {
    const size_t equals = text.find('=');
    const std::string_view name = trim(text.substr(0, equals));
    if (equals == text.npos || name.empty()) {
      return fail(ErrorCode::INVALID_CONFIG, "--set {}: this is not key=value\nhint: for example --set num.partitions=3", text);
    }
    loaded_.config.set(name, text.substr(equals + 1), {Layer::command_line, "--set"});
    return {};
  }

  Result<Loaded> finish() {
    if (auto r = unite_ids(); !r) return fail(r.error());
    for (const auto& name : loaded_.config.names()) {
      if (auto r = judge(name, *loaded_.config.setting(name)); !r) return fail(r.error());
    }
    if (auto r = check_retention(); !r) return fail(r.error());
    return std::move(loaded_);
  }

 private:
  // broker.id and node.id are one thing under two names.
  Result<void> unite_ids() {
    Config& config = loaded_.config;
    const Setting* broker = config.setting("broker.id");
    const Setting* node = config.setting("node.id");
    if (broker && node && trim(broker->text) != trim(node->text)) {
      return fail(ErrorCode::INVALID_CONFIG, "{}: broker.id={} and node.id={} differ\nhint: leave broker.id out", broker->origin.text(),
                  broker->text, node->text);
    }
    if (broker && !node && trim(broker->text) != "-1") config.set("node.id", std::string(broker->text), Origin(broker->origin));
    if (node && !broker) config.set("broker.id", std::string(node->text), Origin(node->origin));
    return {};
  }

  Result<void> judge(const std::string& name, const Setting& setting) {
    const std::string place = setting.origin.text();
    const ConfigKey* key = find_broker_key(name);
    if (key == nullptr) return judge_unknown(name, setting);
    if (auto value = parse_value(*key, setting.text); !value) return fail(value.error(), "{}", place);
    switch (key->effect) {
      case Effect::used: return {};
      case Effect::ignored: info("{}: {} has no effect in evlog", place, name); return {};
      case Effect::later:
      case Effect::refused: return judge_refused(*key, setting);
    }
    return {};
  }

  Result<void> judge_refused(const ConfigKey& key, const Setting& setting) {
    if (auto possible = check_effect(key, setting.text); !possible)
      return fail(ErrorCode::INVALID_CONFIG, "{}: {}\nhint: leave {} out", setting.origin.text(), possible.error().message, key.name);
    return {};
  }

  Result<void> judge_unknown(const std::string& name, const Setting& setting) {
    const std::string place = setting.origin.text();
    const bool accepted = among(accepted_names, name) ||
                          std::ranges::any_of(accepted_prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
    if (accepted) {
      info("{}: {} has no effect in evlog", place, name);
      return {};
    }
    if (const auto synonyms = topic_synonyms(name); !synonyms.empty()) {
      return complain(fmt::format("{}: {} is a topic's key", place, name), fmt::format("the broker's is {}", synonyms.front().broker_key));
    }
    if (const auto nearest = nearest_key(name, broker_keys())) {
      return complain(fmt::format("{}: unknown key {}", place, name), fmt::format("did you mean {}?", *nearest));
    }
    // An environment name that resembles nothing is somebody else's.
    if (setting.origin.layer == Layer::environment) {
      info("{}: {} is no key of evlog", place, name);
      return {};
    }
    return complain(fmt::format("{}: unknown key {}", place, name), "evlog-config(5) lists all keys");
  }

  // Kafka only warns of what it does not know, and so do we unless asked to be strict.
  Result<void> complain(std::string what, std::string hint) {
    if (strict_) return fail(ErrorCode::INVALID_CONFIG, "{}\nhint: {}", what, hint);
    loaded_.notices.push_back({NoticeLevel::warning, fmt::format("{}; {}", what, hint)});
    return {};
  }

  Result<void> check_retention() {
    for (const std::string_view name : {"log.retention.ms", "log.retention.minutes", "log.retention.hours"}) {
      if (loaded_.config.integer_or_null(name) != 0) continue;
      return fail(ErrorCode::INVALID_CONFIG, "{}: {} must be unlimited (-1) or, equal or greater than 1",
                  loaded_.config.origin(name).text(), name);
    }
    return {};
  }

  template <class... Args>
  void info(fmt::format_string<Args...> text, Args&&... args) {
    loaded_.notices.push_back({NoticeLevel::info, fmt::format(text, std::forward<Args>(args)...)});
  }

  Loaded loaded_;
  bool strict_;
};

}  // namespace

Result<void> check_effect(const ConfigKey& key, std::string_view given) {
  const std::string_view text = trim(given);
  const bool harmless = text.empty() || lower(text) == key.default_value().value_or("") || among(known_classes, text);
  if (harmless || key.effect == Effect::used || key.effect == Effect::ignored) return {};
  return fail(ErrorCode::INVALID_CONFIG, "{}={}: {}", key.name, text, key.doc);
}

std::optional<std::string> environment_key(std::string_view name) {
  if (name == "CLUSTER_ID") return "evlog.cluster.id";
  if (name == "KAFKA_LOG4J_ROOT_LOGLEVEL") return "evlog.log.level";
  if (among(not_settings, name)) return std::nullopt;
  for (const std::string_view prefix : {"KAFKA_CFG_", "KAFKA_"}) {
    if (name.starts_with(prefix) && name.size() > prefix.size()) return dotted(name.substr(prefix.size()));
  }
  if (constexpr std::string_view own = "EVLOG_"; name.starts_with(own) && name.size() > own.size()) return dotted(name);
  return std::nullopt;
}

Result<Loaded> load_config(const LoadInput& input) {
  Loader loader(input.strict);
  for (const auto& file : input.files) {
    if (auto r = loader.read_file(file); !r) return fail(r.error());
  }
  loader.read_environment(input.environment);
  for (const auto& text : input.sets) {
    if (auto r = loader.read_set(text); !r) return fail(r.error());
  }
  return loader.finish();
}

}  // namespace evlog::config
