#include "config/dynamic.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

#include "config/load.h"
#include "config/synonyms.h"
#include "config/topic_config.h"
#include "config/value.h"

namespace evlog::config {
namespace {

constexpr auto refused = ErrorCode::INVALID_REQUEST;

// Only under the prefix of a listener may these be changed.
constexpr std::string_view listener_only[] = {
    "ssl.key.password", "ssl.keystore.certificate.chain", "ssl.keystore.key", "ssl.keystore.location", "ssl.keystore.password",
    "ssl.keystore.type", "ssl.truststore.certificates", "ssl.truststore.location", "ssl.truststore.password", "ssl.truststore.type"};

// Of a listener's settings, those that may be set for the whole cluster.
constexpr std::string_view cluster_wide_of_listeners[] = {"max.connection.creation.rate", "max.connections", "num.network.threads"};

// Kafka lets numbers of threads change by a factor of two at a time.
constexpr std::string_view thread_counts[] = {"background.threads", "num.io.threads", "num.network.threads",
                                              "num.recovery.threads.per.data.dir", "num.replica.fetchers"};

bool among(std::span<const std::string_view> names, std::string_view name) { return std::ranges::find(names, name) != names.end(); }

bool is_read_only(std::string_view name) { return find_broker_key(name) != nullptr && find_dynamic_key(name) == nullptr; }

bool is_per_broker(std::string_view name) {
  if (const ConfigKey* base = find_listener_key(name)) return !among(cluster_wide_of_listeners, base->name);
  if (name.starts_with("listener.name.")) return true;
  const ConfigKey* key = find_broker_key(name);
  return key != nullptr && key->update_mode == UpdateMode::per_broker;
}

Result<void> check_type(std::string_view name, std::string_view text) {
  const ConfigKey* base = find_listener_key(name);
  const ConfigKey* key = base != nullptr ? find_dynamic_key(base->name) : find_dynamic_key(name);
  if (key == nullptr) return {};  // unknown ones are kept: they may be a plugin's
  if (auto value = parse_value(*key, text); !value) return fail(refused, "{}", value.error().message);
  return {};
}

template <class Bad>
Result<void> check_names(const ConfigMap& values, std::string_view why, Bad bad) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : values)
    if (bad(name)) names.push_back(name);
  if (names.empty()) return {};
  return fail(refused, "{}: [{}]", why, fmt::join(names, ", "));
}

Result<void> check_each(const ConfigMap& values, Layer layer) {
  if (auto r = check_names(values, "Cannot update these configs dynamically", is_read_only); !r) return r;
  const auto needs_listener = [](std::string_view name) { return among(listener_only, name); };
  if (auto r = check_names(values, "These security configs can be dynamically updated only per-listener using the listener prefix", needs_listener); !r) return r;
  for (const auto& [name, text] : values)
    if (auto r = check_type(name, text); !r) return r;
  if (layer == Layer::dynamic_broker) return {};
  return check_names(values, "Cannot update these configs at default cluster level, broker id must be specified", is_per_broker);
}

// What names a Java class, or asks for what evlog will not have, is refused here as it is at the start.
Result<void> check_possible(const Config& before, const ConfigMap& values) {
  for (const auto& [name, text] : values) {
    const ConfigKey* key = find_broker_key(name);
    if (key == nullptr) continue;
    if (auto possible = check_effect(*key, text); !possible) return fail(refused, "{}", possible.error().message);
    const bool fixed = name == "listeners" || name == "listener.security.protocol.map";
    const Setting* now = before.static_setting(name);
    if (fixed && text != (now != nullptr ? now->text : std::string(key->default_value().value_or(""))))
      return fail(refused, "{} cannot be changed while the broker runs: change its configuration and restart it", name);
  }
  return {};
}

int64_t milliseconds_of(const Config& config, std::string_view topic_key, int64_t otherwise) {
  for (const Synonym& synonym : topic_synonyms(topic_key))
    if (const auto n = config.integer_or_null(synonym.broker_key)) return *n < 0 ? *n : *n * synonym.factor;
  return otherwise;
}

Result<void> check_times(const Config& config) {
  if (milliseconds_of(config, "segment.ms", 1) < 1) return fail(refused, "requirement failed: log.roll.ms must be greater than or equal to 1");
  if (milliseconds_of(config, "segment.jitter.ms", 0) < 0) return fail(refused, "requirement failed: log.roll.jitter.ms must be greater than or equal to 0");
  if (milliseconds_of(config, "retention.ms", -1) == 0)
    return fail(refused, "requirement failed: log.retention.ms must be unlimited (-1) or, greater than or equal to 1");
  return {};
}

Result<void> check_cleaner(const Config& config) {
  constexpr int64_t bytes_per_thread_min = 1'048'576;
  const int64_t threads = config.integer("log.cleaner.threads");
  if (threads < 1) return fail(refused, "log.cleaner.threads must be at least 1");
  if (config.integer("log.cleaner.dedupe.buffer.size") / threads <= bytes_per_thread_min)
    return fail(refused, "requirement failed: log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.");
  return {};
}

// Directories that take no new partitions must be directories of this broker; "*" is all of them.
Result<void> check_cordoned(const Config& config) {
  const auto dirs = config.is_set("log.dirs") ? config.list("log.dirs") : config.list("log.dir");
  std::vector<std::string> missing = config.list("cordoned.log.dirs");
  std::erase_if(missing, [&](const std::string& dir) { return dir == "*" || std::ranges::find(dirs, dir) != dirs.end(); });
  if (missing.empty()) return {};
  return fail(refused, "requirement failed: All entries in cordoned.log.dirs must be present in log.dirs or log.dir. Missing entries : {}", fmt::join(missing, ", "));
}

Result<void> check_connections(const Config& config) {
  const auto overrides = split_list(config.text("max.connections.per.ip.overrides").value_or(""));
  for (const std::string_view entry : overrides) {
    const size_t colon = entry.rfind(':');
    const bool number = colon != entry.npos && colon + 1 < entry.size() && entry.find_first_not_of("0123456789", colon + 1) == entry.npos;
    if (!number) return fail(refused, "Error parsing configuration property 'max.connections.per.ip.overrides': {} is not host:number", entry);
  }
  if (config.integer("max.connections.per.ip") == 0 && overrides.empty())
    return fail(refused, "requirement failed: max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides property is set.");
  if (config.integer("max.connections") == 0) return fail(refused, "Invalid max.connections 0");
  return {};
}

Result<void> check_threads(const Config& before, const Config& after) {
  for (const auto name : thread_counts) {
    const int64_t old = before.integer(name), now = after.integer(name);
    if (now == old) continue;
    const std::string failed = fmt::format("Dynamic thread count update validation failed for {}={}", name, now);
    if (now < old / 2) return fail(refused, "{}, value should be at least half the current value {}", failed, old);
    if (now > old * 2) return fail(refused, "{}, value should not be greater than double the current value {}", failed, old);
  }
  const int64_t old = before.integer("log.cleaner.threads"), now = after.integer("log.cleaner.threads");
  if (now < old / 2) return fail(refused, "Log cleaner threads cannot be reduced to less than half the current value {}", old);
  if (now > old * 2) return fail(refused, "Log cleaner threads cannot be increased to more than double the current value {}", old);
  return {};
}

// -2 is "as the whole retention"; -1 is without limit.
Result<void> check_local(std::string_view name, int64_t local, std::string_view whole_name, int64_t whole) {
  if (whole < 0 || local == -2) return {};
  if (local == -1) return fail(refused, "Invalid value -1 for configuration {}: Value must not be -1 as {} value is set as {}.", name, whole_name, whole);
  if (local > whole) return fail(refused, "Invalid value {} for configuration {}: Value must not be more than {} property value: {}", local, name, whole_name, whole);
  return {};
}

Result<void> check_together(const Config& before, const Config& after) {
  if (auto r = check_times(after); !r) return r;
  if (auto r = check_cleaner(after); !r) return r;
  if (auto r = check_cordoned(after); !r) return r;
  if (auto r = check_connections(after); !r) return r;
  if (auto r = check_threads(before, after); !r) return r;
  if (auto r = check_local("log.local.retention.ms", after.integer("log.local.retention.ms"), "log.retention.ms", milliseconds_of(after, "retention.ms", -1)); !r) return r;
  return check_local("log.local.retention.bytes", after.integer("log.local.retention.bytes"), "log.retention.bytes", after.integer("log.retention.bytes"));
}

// As String.split(","): nothing is trimmed, and empty parts at the end do not count; an empty text is one empty part.
std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    parts.push_back(text.substr(at, comma - at));
    at = comma + 1;
  }
  while (!text.empty() && !parts.empty() && parts.back().empty()) parts.pop_back();
  return parts;
}

std::vector<std::string_view> values_of(std::string_view list) {
  auto parts = parts_of(list);
  std::erase_if(parts, [](std::string_view part) { return part.empty(); });
  return parts;
}

}  // namespace

Result<void> validate_dynamic(const Config& broker, Layer layer, const ConfigMap& values) {
  if (auto r = check_each(values, layer); !r) return r;
  if (auto r = check_possible(broker, values); !r) return r;
  Config after = broker;
  after.set_dynamic(layer, values);
  return check_together(broker, after);
}

ConfigMap usable_dynamic(const ConfigMap& stored, Layer layer) {
  ConfigMap usable;
  for (const auto& [name, text] : stored)
    if (check_each({{name, text}}, layer)) usable.emplace(name, text);
  return usable;
}

std::string append_to_list(std::string_view list, std::string_view parts) {
  auto values = values_of(list);
  for (const auto part : parts_of(parts))
    if (std::ranges::find(values, part) == values.end()) values.push_back(part);
  return fmt::format("{}", fmt::join(values, ","));
}

std::string subtract_from_list(std::string_view list, std::string_view parts) {
  auto values = values_of(list);
  for (const auto part : parts_of(parts))
    if (const auto found = std::ranges::find(values, part); found != values.end()) values.erase(found);
  return fmt::format("{}", fmt::join(values, ","));
}

}  // namespace evlog::config
