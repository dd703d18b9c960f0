#include "config/group_config.h"

#include <algorithm>
#include <string>
#include <vector>

#include "config/pattern.h"
#include "config/value.h"

namespace evlog::config {
namespace {

// The broker keys that bound a group's own value; empty: none. In the order in which Kafka looks.
struct Bounds {
  std::string_view key, min, max;
};
constexpr Bounds bounds[] = {
    {"consumer.heartbeat.interval.ms", "group.consumer.min.heartbeat.interval.ms", "group.consumer.max.heartbeat.interval.ms"},
    {"consumer.session.timeout.ms", "group.consumer.min.session.timeout.ms", "group.consumer.max.session.timeout.ms"},
    {"consumer.assignment.interval.ms", "group.consumer.min.assignment.interval.ms", "group.consumer.max.assignment.interval.ms"},
    {"share.heartbeat.interval.ms", "group.share.min.heartbeat.interval.ms", "group.share.max.heartbeat.interval.ms"},
    {"share.session.timeout.ms", "group.share.min.session.timeout.ms", "group.share.max.session.timeout.ms"},
    {"share.record.lock.duration.ms", "group.share.min.record.lock.duration.ms", "group.share.max.record.lock.duration.ms"},
    {"share.delivery.count.limit", "group.share.min.delivery.count.limit", "group.share.max.delivery.count.limit"},
    {"share.partition.max.record.locks", "group.share.min.partition.max.record.locks", "group.share.max.partition.max.record.locks"},
    {"share.assignment.interval.ms", "group.share.min.assignment.interval.ms", "group.share.max.assignment.interval.ms"},
    {"streams.heartbeat.interval.ms", "group.streams.min.heartbeat.interval.ms", "group.streams.max.heartbeat.interval.ms"},
    {"streams.session.timeout.ms", "group.streams.min.session.timeout.ms", "group.streams.max.session.timeout.ms"},
    {"streams.num.standby.replicas", "", "group.streams.max.standby.replicas"},
    {"streams.assignment.interval.ms", "group.streams.min.assignment.interval.ms", "group.streams.max.assignment.interval.ms"},
};
constexpr std::string_view kinds[] = {"consumer", "share", "streams"};

constexpr std::string_view selectors[] = {"client_instance_id", "client_id", "client_software_name", "client_software_version",
                                          "client_source_address", "client_source_port"};

// The group's own value, or the broker's for all groups. The values were checked.
int64_t number_of(const Config& broker, const ConfigMap& overrides, std::string_view name) {
  const ConfigKey* key = find_group_key(name);
  EVLOG_ASSERT(key != nullptr);
  const auto own = overrides.find(name);
  const std::string inherited = "group." + std::string(name);
  if (own == overrides.end() && find_broker_key(inherited) != nullptr) return broker.integer(inherited);
  const auto value = parse_value(*key, own == overrides.end() ? key->default_value().value_or("0") : std::string_view(own->second));
  const auto* n = value ? std::get_if<int64_t>(&*value) : nullptr;
  return n == nullptr ? 0 : *n;
}

Result<void> check_bounds(const Config& broker, const ConfigMap& overrides) {
  for (const auto& [key, min, max] : bounds) {
    const int64_t n = number_of(broker, overrides, key);
    if (!min.empty() && n < broker.integer(min)) return fail(ErrorCode::INVALID_CONFIG, "{} must be greater than or equal to {}", key, min);
    if (n > broker.integer(max)) return fail(ErrorCode::INVALID_CONFIG, "{} must be less than or equal to {}", key, max);
  }
  for (const auto kind : kinds) {
    const auto session = fmt::format("{}.session.timeout.ms", kind), heartbeat = fmt::format("{}.heartbeat.interval.ms", kind);
    if (number_of(broker, overrides, session) <= number_of(broker, overrides, heartbeat))
      return fail(ErrorCode::INVALID_CONFIG, "{} must be greater than {}", session, heartbeat);
  }
  return {};
}

Result<void> check_pattern(std::string_view pattern) {
  const auto bad = [&] { return fail(ErrorCode::INVALID_CONFIG, "Illegal client matching pattern: {}", pattern); };
  const size_t equals = pattern.find('=');
  if (equals == pattern.npos || equals + 1 == pattern.size() || pattern.find('=', equals + 1) != pattern.npos) return bad();
  if (std::ranges::find(selectors, trim(pattern.substr(0, equals))) == std::end(selectors)) return bad();
  if (!is_pattern(trim(pattern.substr(equals + 1)))) return bad();
  return {};
}

}  // namespace

Result<void> validate_group_configs(const Config& broker, const ConfigMap& overrides) {
  for (const auto& [name, value] : overrides)
    if (find_group_key(name) == nullptr) return fail(ErrorCode::INVALID_CONFIG, "{}", unknown_key("group", name, group_keys()));
  for (const auto& [name, value] : overrides)
    if (auto r = parse_value(*find_group_key(name), value); !r) return fail(r.error());
  return check_bounds(broker, overrides);
}

Result<void> validate_client_metrics(std::string_view subscription, const ConfigMap& values) {
  if (subscription.empty()) return fail(ErrorCode::INVALID_REQUEST, "Subscription name can't be empty");
  for (const auto& [name, value] : values)
    if (find_client_metrics_key(name) == nullptr) return fail(ErrorCode::INVALID_REQUEST, "Unknown client metrics configuration: {}", name);
  for (const auto& [name, text] : values)
    if (auto r = parse_value(*find_client_metrics_key(name), text); !r) return fail(r.error());
  if (const auto interval = values.find("interval.ms"); interval != values.end()) {
    const int64_t ms = std::get<int64_t>(*parse_value(*find_client_metrics_key("interval.ms"), interval->second));
    if (ms < 100 || ms > 3'600'000)
      return fail(ErrorCode::INVALID_REQUEST, "Invalid value {} for interval.ms, interval must be between 100 and 3600000 (1 hour)", ms);
  }
  if (const auto match = values.find("match"); match != values.end())
    for (const auto& pattern : split_list(match->second))
      if (auto r = check_pattern(pattern); !r) return r;
  return {};
}

}  // namespace evlog::config
