// What `kafka-consumer-groups --describe` prints: offsets, members or states.
#include <algorithm>

#include "evlog/kafka/consumer_groups.h"
#include "evlog/kafka/java.h"
#include "evlog/kafka/tool.h"

namespace evlog::cmd::kafka {
namespace {

using client::GroupDescription;
using client::GroupMember;
using client::PartitionKey;
using Committed = std::map<PartitionKey, client::CommittedOffset>;

std::string or_dash(std::string_view text) { return text.empty() ? "-" : std::string(text); }

// Says what there is to say of the state; false: there is no table.
bool announce(const GroupDescription& group, size_t rows) {
  if (group.state == "Empty") fmt::print(stderr, "\nConsumer group '{}' has no active members.\n", group.group);
  if (group.state == "PreparingRebalance" || group.state == "CompletingRebalance" || group.state == "Assigning" || group.state == "Reconciling")
    fmt::print(stderr, "\nWarning: Consumer group '{}' is rebalancing.\n", group.group);
  return rows > 0;
}

struct Row { std::string topic, partition, epoch, current, end, lag, member, host, client; };

class OffsetTable {
 public:
  OffsetTable(Session& session, const client::ClusterInfo& cluster, bool verbose) : session_(session), cluster_(cluster), verbose_(verbose) {}
  Or<void> print(const GroupDescription& group);

 private:
  Or<std::vector<Row>> rows(const GroupDescription& group);
  void add(const std::vector<PartitionKey>& keys, const Committed& committed, const std::map<PartitionKey, client::ListedOffset>& ends, const GroupMember& member, std::vector<Row>& out) const;

  Session& session_;
  const client::ClusterInfo& cluster_;
  bool verbose_;
};

void OffsetTable::add(const std::vector<PartitionKey>& keys, const Committed& committed, const std::map<PartitionKey, client::ListedOffset>& ends, const GroupMember& member,
                      std::vector<Row>& out) const {
  for (const PartitionKey& key : keys) {
    const auto found = committed.find(key);
    const auto end = ends.find(key);
    const bool ended = end != ends.end() && end->second.error == ErrorCode::NONE;
    Row& row = out.emplace_back(Row{key.topic, fmt::format("{}", key.partition), "-", "-", "-", "-", or_dash(member.member_id), or_dash(member.host), or_dash(member.client_id)});
    if (ended) row.end = fmt::format("{}", end->second.offset);
    if (found == committed.end()) continue;
    row.current = fmt::format("{}", found->second.offset);
    if (found->second.leader_epoch >= 0) row.epoch = fmt::format("{}", found->second.leader_epoch);
    if (ended) row.lag = fmt::format("{}", end->second.offset - found->second.offset);
  }
}

// Members with the most partitions first; then what nobody reads.
Or<std::vector<Row>> OffsetTable::rows(const GroupDescription& group) {
  const auto committed = session_.ask<Committed>([&] { return session_.admin().committed(group.group); });
  if (!committed) return stop(committed.error());
  std::map<PartitionKey, int64_t> times;
  for (const auto& [key, offset] : *committed) times[key] = client::latest_time;
  std::vector<const GroupMember*> members;
  std::set<PartitionKey> assigned;
  for (const GroupMember& member : group.members) {
    for (const PartitionKey& key : member.assignment) times[key] = client::latest_time, assigned.insert(key);
    if (!member.assignment.empty()) members.push_back(&member);
  }
  for (const auto& [key, time] : times) {
    const bool known = cluster_.find(key.topic) != nullptr;
    if (!known) return stop(fmt::format("java.util.concurrent.ExecutionException: {}: {}", exception_class(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), error_message(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)));
  }
  const auto ends = session_.ask<std::map<PartitionKey, client::ListedOffset>>([&] { return session_.admin().list_offsets(cluster_, times); });
  if (!ends) return stop(ends.error());
  // Of those with equally many, the one that the server named first; they lie in one array.
  std::ranges::sort(members, [](const GroupMember* a, const GroupMember* b) { return a->assignment.size() != b->assignment.size() ? a->assignment.size() > b->assignment.size() : a < b; });
  std::vector<Row> out;
  for (const GroupMember* member : members) add(member->assignment, *committed, *ends, *member, out);
  std::vector<PartitionKey> unassigned;
  for (const auto& [key, offset] : *committed)
    if (!assigned.contains(key)) unassigned.push_back(key);
  add(unassigned, *committed, *ends, GroupMember{}, out);
  return out;
}

Or<void> OffsetTable::print(const GroupDescription& group) {
  const auto rows = this->rows(group);
  if (!rows) return stop(rows.error());
  if (!announce(group, rows->size())) return {};
  size_t groups = std::max<size_t>(15, group.group.size()), topics = 15, members = 15, hosts = 15;
  for (const Row& r : *rows) topics = std::max(topics, r.topic.size()), members = std::max(members, r.member.size()), hosts = std::max(hosts, r.host.size());
  const auto line = [&](std::string_view name, const Row& r) {
    fmt::print("\n{:<{}} {:<{}} {:<10} {}{:<15} {:<15} {:<15} {:<{}} {:<{}} {}", name, groups, r.topic, topics, r.partition, verbose_ ? padded(r.epoch, 15) + " " : "", r.current, r.end, r.lag, r.member, members, r.host, hosts, r.client);
  };
  line("GROUP", {"TOPIC", "PARTITION", "LEADER-EPOCH", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "CONSUMER-ID", "HOST", "CLIENT-ID"});
  for (const Row& r : *rows) line(group.group, r);
  fmt::print("\n");
  return {};
}

// "orders:0,1;payments:3"
std::string assignment_text(const GroupMember& member) {
  std::map<std::string, std::vector<int32_t>> topics;
  for (const PartitionKey& key : member.assignment) topics[key.topic].push_back(key.partition);
  std::vector<std::string> out;
  for (auto& [topic, partitions] : topics) std::ranges::sort(partitions), out.push_back(fmt::format("{}:{}", topic, fmt::join(partitions, ",")));
  std::ranges::sort(out);
  return or_dash(fmt::format("{}", fmt::join(out, ";")));
}

void print_members(const GroupDescription& group, bool verbose) {
  size_t groups = 15, ids = 15, instances = 17, hosts = 15, clients = 15, assignments = 20;
  bool with_instance = false;
  if (announce(group, group.members.size())) {
    groups = std::max(groups, group.group.size());
    for (const GroupMember& m : group.members) {
      ids = std::max(ids, m.member_id.size()), instances = std::max(instances, m.instance_id.size()), hosts = std::max(hosts, m.host.size()), clients = std::max(clients, m.client_id.size());
      assignments = std::max(assignments, assignment_text(m).size());
      with_instance = with_instance || !m.instance_id.empty();
    }
  }
  const auto line = [&](std::string_view name, const GroupMember& m, std::string_view count, std::string_view current, std::string_view epoch, std::string_view target_epoch, std::string_view target) {
    fmt::print("{:<{}} {:<{}} {}{:<{}} {:<{}} {:<15} ", name, groups, m.member_id, ids, with_instance ? padded(m.instance_id, instances) + " " : "", m.host, hosts, m.client_id, clients, count);
    if (verbose) fmt::print("{:<15} {:<{}} {:<15} {:<20}", epoch, current, assignments, target_epoch, target);
    fmt::print("\n");
  };
  fmt::print("\n");
  line("GROUP", {"CONSUMER-ID", "GROUP-INSTANCE-ID", "CLIENT-ID", "HOST", {}, {}}, "#PARTITIONS", "CURRENT-ASSIGNMENT", "CURRENT-EPOCH", "TARGET-EPOCH", "TARGET-ASSIGNMENT");
  for (const GroupMember& m : group.members) line(group.group, m, fmt::format("{}", m.assignment.size()), assignment_text(m), "-", "-", "-");
}

void print_state(const GroupDescription& group, const client::ClusterInfo& cluster, bool verbose) {
  announce(group, 1);
  const auto broker = std::ranges::find(cluster.brokers, group.coordinator, &client::BrokerInfo::id);
  const std::string coordinator = broker == cluster.brokers.end() ? "-" : fmt::format("{}:{}  ({})", broker->address.host, broker->address.port, broker->id);
  const size_t groups = std::max<size_t>(15, group.group.size()), coordinators = std::max<size_t>(25, coordinator.size());
  const auto line = [&](std::string_view name, std::string_view who, std::string_view strategy, std::string_view state, std::string_view epoch, std::string_view target, std::string_view members) {
    fmt::print("\n{:<{}} {:<{}} {:<20} {:<20} {}{}", name, groups, who, coordinators, strategy, state, verbose ? fmt::format("{:<15} {:<25} ", epoch, target) : "", members);
  };
  line("GROUP", "COORDINATOR (ID)", "ASSIGNMENT-STRATEGY", "STATE", "GROUP-EPOCH", "TARGET-ASSIGNMENT-EPOCH", "#MEMBERS");
  line(group.group, coordinator, or_dash(group.protocol), group.state, "-", "-", fmt::format("{}", group.members.size()));
  fmt::print("\n");
}

}  // namespace

Or<int> describe_groups(Session& session, const Options& o) {
  const auto names = chosen_groups(session, o);
  if (!names) return command_failed(names.error().message);
  const auto cluster = session.cluster();
  if (!cluster) return command_failed(cluster.error().message);
  std::map<std::string, GroupDescription> groups;
  for (const std::string& name : *names) {
    auto group = session.ask_raw<GroupDescription>([&] { return session.admin().describe_group(name); });
    if (!group && group.error().code == ErrorCode::GROUP_ID_NOT_FOUND) return command_failed(fmt::format("{}: Group {} not found.", exception_class(ErrorCode::GROUP_ID_NOT_FOUND), name));
    if (!group) return command_failed(session.explain(group.error()).message);
    groups.emplace(name, std::move(*group));
  }
  for (const auto& [name, group] : groups) {
    if (o.has("members")) {
      print_members(group, o.has("verbose"));
    } else if (o.has("state")) {
      print_state(group, *cluster, o.has("verbose"));
    } else if (auto printed = OffsetTable(session, *cluster, o.has("verbose")).print(group); !printed) {
      return command_failed(printed.error().message);
    }
  }
  return exit_code::ok;
}

}  // namespace evlog::cmd::kafka
