#include "evlog/health_report.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

using client::ClusterInfo;
using client::LogDir;
using Status = HealthCheck::Status;

constexpr size_t names_max = 3;

// "orders-0, orders-1, payments-3 and 12 more"
std::string some(const std::vector<std::string>& names) {
  const std::vector<std::string> first(names.begin(), names.begin() + static_cast<ptrdiff_t>(std::min(names.size(), names_max)));
  return fmt::format("{}{}", fmt::join(first, ", "), names.size() > names_max ? fmt::format(" and {} more", names.size() - names_max) : "");
}

HealthCheck check_brokers(const ClusterInfo& cluster, const std::vector<LogDir>& dirs, const Result<std::vector<int32_t>>& fenced, HealthNumbers& n) {
  std::set<int32_t> silent;
  for (const LogDir& dir : dirs)
    if (dir.path.empty() && (dir.error == ErrorCode::NETWORK_EXCEPTION || dir.error == ErrorCode::REQUEST_TIMED_OUT)) silent.insert(dir.broker);
  n.brokers = static_cast<int64_t>(cluster.brokers.size());
  n.brokers_down = static_cast<int64_t>(silent.size());
  if (!silent.empty()) {
    std::vector<std::string> names;
    for (const auto& broker : cluster.brokers)
      if (silent.contains(broker.id)) names.push_back(fmt::format("{} at {}:{}", broker.id, broker.address.host, broker.address.port));
    return {"brokers", Status::critical, fmt::format("no answer from broker {}", some(names)), "see why: evlog doctor"};
  }
  if (fenced && !fenced->empty()) return {"brokers", Status::warning, fmt::format("{} fenced: {}", fenced->size(), fmt::join(*fenced, ", ")), "they are stopped, or cannot reach the controller"};
  return {"brokers", Status::ok, cluster.brokers.size() == 1 ? "1 answers" : fmt::format("all {} answer", cluster.brokers.size()), {}};
}

HealthCheck check_controller(const ClusterInfo& cluster) {
  if (cluster.controller < 0) return {"controller", Status::critical, "none: topics and settings cannot be changed", "start the brokers or controllers that are missing"};
  return {"controller", Status::ok, fmt::format("broker {}", cluster.controller), {}};
}

HealthCheck check_quorum(const Result<client::QuorumInfo>& quorum) {
  constexpr int64_t behind_ms = 30'000;
  if (!quorum) return {"quorum", Status::ok, fmt::format("not known ({})", error_name(quorum.error().code)), {}};
  if (quorum->leader < 0) return {"quorum", Status::critical, "no leader", "more than half of the voters must run"};
  std::vector<std::string> late;
  for (const auto& voter : quorum->voters)
    if (voter.id != quorum->leader && voter.last_caught_up_ms >= 0 && wall_ms() - voter.last_caught_up_ms > behind_ms) late.push_back(fmt::format("{}", voter.id));
  if (!late.empty()) return {"quorum", Status::warning, fmt::format("voter {} behind", some(late)), "evlog cluster quorum"};
  return {"quorum", Status::ok, fmt::format("leader {}, {} voter{}", quorum->leader, quorum->voters.size(), quorum->voters.size() == 1 ? "" : "s"), {}};
}

std::map<std::string, int64_t> min_isr(AdminSession& session, const ClusterInfo& cluster) {
  std::map<std::string, int64_t> out;
  std::vector<client::ConfigResource> resources;
  for (const auto& topic : cluster.topics) resources.push_back({client::ResourceType::topic, topic.name});
  if (resources.empty()) return out;
  client::ConfigQuestion question;
  question.keys = {"min.insync.replicas"};
  const auto answer = session.admin().describe_configs(resources, question);
  if (!answer) return out;
  for (const auto& resource : *answer)
    for (const auto& entry : resource.entries) out[resource.resource.name] = parse_int(entry.value.value_or("1")).value_or(1);
  return out;
}

HealthCheck check_partitions(AdminSession& session, const ClusterInfo& cluster, HealthNumbers& n) {
  const auto wanted = min_isr(session, cluster);
  std::vector<std::string> offline, refusing, short_of;
  for (const auto& topic : cluster.topics) {
    ++n.topics;
    for (const auto& p : topic.partitions) {
      ++n.partitions;
      const std::string name = fmt::format("{}-{}", topic.name, p.index);
      const auto found = wanted.find(topic.name);
      if (p.leader < 0) offline.push_back(name);
      else if (found != wanted.end() && static_cast<int64_t>(p.isr.size()) < std::min(found->second, static_cast<int64_t>(p.replicas.size()))) refusing.push_back(name);
      if (p.isr.size() < p.replicas.size()) short_of.push_back(name);
    }
  }
  n.offline = static_cast<int64_t>(offline.size()), n.under_min_isr = static_cast<int64_t>(refusing.size()), n.under_replicated = static_cast<int64_t>(short_of.size());
  if (!offline.empty()) return {"partitions", Status::critical, fmt::format("{} without a leader: {}", offline.size(), some(offline)), "start the brokers that hold them: evlog topics list --unavailable"};
  if (!refusing.empty()) return {"partitions", Status::critical, fmt::format("{} with fewer in sync than min.insync.replicas: {}", refusing.size(), some(refusing)), "they refuse acks=all: evlog topics list --under-min-isr"};
  if (!short_of.empty()) return {"partitions", Status::warning, fmt::format("{} under-replicated: {}", short_of.size(), some(short_of)), "evlog topics list --under-replicated"};
  return {"partitions", Status::ok, n.partitions == 0 ? "there are none yet" : n.partitions == 1 ? "1, led and in sync" : fmt::format("all {} led and in sync", n.partitions), {}};
}

HealthCheck check_log_dirs(const std::vector<LogDir>& dirs) {
  std::vector<std::string> failed;
  size_t count = 0;
  for (const LogDir& dir : dirs) {
    count += !dir.path.empty();
    if (!dir.path.empty() && dir.error != ErrorCode::NONE) failed.push_back(fmt::format("{} of broker {} ({})", dir.path, dir.broker, error_name(dir.error)));
  }
  if (!failed.empty()) return {"log directories", Status::critical, fmt::format("offline: {}", some(failed)), "see the broker's log; the disk may be broken"};
  if (count == 0) return {"log directories", Status::ok, "not known", {}};
  return {"log directories", Status::ok, fmt::format("{} online", count), {}};
}

// A broker that is too old says no sizes; then nothing is said.
void check_space(const std::vector<LogDir>& dirs, const DiskLimits& limits, std::vector<HealthCheck>& checks) {
  const LogDir* fullest = nullptr;
  const auto percent = [](const LogDir& dir) { return dir.usable_bytes * 100 / dir.total_bytes; };
  for (const LogDir& dir : dirs)
    if (dir.total_bytes > 0 && dir.usable_bytes >= 0 && (!fullest || percent(dir) < percent(*fullest))) fullest = &dir;
  if (!fullest) return;
  const int64_t left = percent(*fullest);
  const Status status = left < limits.critical_percent ? Status::critical : left < limits.warning_percent ? Status::warning : Status::ok;
  checks.push_back({"disk space", status, fmt::format("{} % free ({}) in {} of broker {}", left, human_bytes(static_cast<uint64_t>(fullest->usable_bytes)), fullest->path, fullest->broker),
                    status == Status::ok ? "" : "shorter retention frees it: evlog topics trim, evlog topics alter --set retention.ms="});
}

}  // namespace

Status HealthReport::status() const {
  Status worst = Status::ok;
  for (const HealthCheck& check : checks) worst = std::max(worst, check.status);
  return worst;
}

HealthReport examine(AdminSession& session, const ClusterInfo& cluster, const DiskLimits& limits) {
  HealthReport out{.cluster_id = cluster.cluster_id, .numbers = {}, .checks = {}};
  const auto dirs = session.admin().log_dirs(cluster).value_or(std::vector<LogDir>());
  out.checks.push_back(check_brokers(cluster, dirs, session.admin().fenced_brokers(), out.numbers));
  out.checks.push_back(check_controller(cluster));
  out.checks.push_back(check_quorum(session.admin().quorum()));
  out.checks.push_back(check_partitions(session, cluster, out.numbers));
  out.checks.push_back(check_log_dirs(dirs));
  check_space(dirs, limits, out.checks);
  return out;
}

std::string_view status_word(Status status) { return status == Status::ok ? "ok" : status == Status::warning ? "warning" : "critical"; }

std::string paint_status(Status status) {
  return paint(status == Status::ok ? Colour::green : status == Status::warning ? Colour::yellow : Colour::red, status_word(status), stdout);
}

}  // namespace evlog::cmd
