#include "evlog/group_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "evlog/terminal.h"

namespace evlog::cmd {

using client::PartitionKey;
using Member = Generation::Member;

namespace {

Bytes bytes_of(const std::string& text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

std::map<PartitionKey, const Member*> owners(const Generation& g) {
  std::map<PartitionKey, const Member*> out;
  for (const Member& member : g.members)
    for (const PartitionKey& key : member.assignment) out[key] = &member;
  return out;
}

std::map<std::string, size_t> partitions_by_topic(const Generation& g) {
  std::map<std::string, size_t> out;
  for (const auto& [key, member] : owners(g)) ++out[key.topic];
  return out;
}

std::string place(const Member& m) { return fmt::format("{} at {}", m.name(), m.host.empty() ? "?" : m.host); }

size_t add_joined(const Generation& before, const Generation& after, GroupChange& out) {
  size_t n = 0;
  for (const Member& m : after.members)
    if (!before.find(m.identity())) out.lines.push_back("joined: " + place(m)), ++n;
  return n;
}

size_t add_gone(const Generation& before, const Generation& after, const std::vector<std::string>& seen_waiting, GroupChange& out) {
  size_t n = 0;
  for (const Member& m : before.members) {
    if (after.find(m.identity())) continue;
    ++n;
    const bool waited_for = std::ranges::find(seen_waiting, m.identity()) != seen_waiting.end();
    if (waited_for) {
      out.lines.push_back(fmt::format("gone:   {}; it did not join again within {} (its max.poll.interval.ms: is it too slow between polls?)", place(m), human_duration(m.rebalance_timeout_ms)));
    } else if (!m.instance.empty()) {
      out.lines.push_back(fmt::format("gone:   {}; a static member: removed, or silent for its session timeout of {}", place(m), human_duration(m.session_timeout_ms)));
    } else {
      out.lines.push_back(fmt::format("gone:   {}; it left, or was silent for its session timeout of {}", place(m), human_duration(m.session_timeout_ms)));
    }
  }
  return n;
}

size_t add_restarted(const Generation& before, const Generation& after, GroupChange& out) {
  size_t n = 0;
  for (const Member& m : after.members) {
    const Member* const was = before.find(m.identity());
    if (!was || was->id == m.id) continue;
    out.lines.push_back(fmt::format("restarted: {}; a new process has this group.instance.id", place(m)));
    ++n;
  }
  return n;
}

size_t add_subscriptions(const Generation& before, const Generation& after, GroupChange& out) {
  size_t n = 0;
  for (const Member& m : after.members) {
    const Member* const was = before.find(m.identity());
    if (!was || was->subscription == m.subscription || was->subscription.empty()) continue;
    out.lines.push_back(fmt::format("subscription of {}: {} (was {})", m.name(), fmt::join(m.subscription, ","), fmt::join(was->subscription, ",")));
    ++n;
  }
  return n;
}

size_t add_partitions(const Generation& before, const Generation& after, GroupChange& out) {
  const auto was = partitions_by_topic(before), is = partitions_by_topic(after);
  size_t n = 0;
  for (const auto& [topic, count] : is) {
    const auto found = was.find(topic);
    if (found == was.end() || found->second == count) continue;
    out.lines.push_back(fmt::format("topic {}: {} partitions (was {})", topic, count, found->second));
    ++n;
  }
  return n;
}

void count_moved(const Generation& before, const Generation& after, GroupChange& out) {
  const auto was = owners(before), is = owners(after);
  for (const auto& [key, member] : is)
    if (const auto found = was.find(key); found != was.end() && found->second->identity() != member->identity()) ++out.partitions_moved;
}

}  // namespace

// Ids end in a random part: its last characters tell members of one client apart.
std::string Member::name() const {
  constexpr size_t shown = 6;
  if (!instance.empty()) return instance;
  if (client.empty()) return id;
  return fmt::format("{} …{}", client, id.size() > shown ? id.substr(id.size() - shown) : id);
}

const Member* Generation::find(const std::string& identity) const {
  for (const Member& member : members)
    if (member.identity() == identity) return &member;
  return nullptr;
}

Generation make_generation(const group::GroupValue& value, int64_t written_ms) {
  Generation out{.at_ms = value.state_timestamp_ms > 0 ? value.state_timestamp_ms : written_ms, .number = value.generation, .protocol = value.protocol.value_or(""), .leader = value.leader.value_or(""), .members = {}};
  for (const group::Member& m : value.members) {
    Member member{.id = m.id, .instance = m.instance_id.value_or(""), .client = m.client_id, .host = m.client_host, .session_timeout_ms = m.session_timeout_ms,
                  .rebalance_timeout_ms = m.rebalance_timeout_ms, .subscription = {}, .assignment = client::parse_assignment(bytes_of(m.assignment))};
    if (!m.protocols.empty()) member.subscription = client::parse_subscription(bytes_of(m.protocols.front().metadata));
    out.members.push_back(std::move(member));
  }
  std::ranges::sort(out.members, {}, &Member::identity);
  return out;
}

GroupChange compare(const Generation& before, const Generation& after, const std::vector<std::string>& seen_waiting) {
  GroupChange out;
  const size_t joined = add_joined(before, after, out);
  const size_t gone = add_gone(before, after, seen_waiting, out);
  const size_t restarted = add_restarted(before, after, out);
  const size_t subscriptions = add_subscriptions(before, after, out);
  const size_t partitions = add_partitions(before, after, out);
  const bool strategy = !before.protocol.empty() && !after.protocol.empty() && before.protocol != after.protocol;
  if (strategy) out.lines.push_back(fmt::format("strategy: {} (was {})", after.protocol, before.protocol));
  count_moved(before, after, out);
  if (after.members.empty()) out.reason = "emptied";
  else if (before.members.empty()) out.reason = "formed";
  else if (joined && gone) out.reason = "joined and gone";
  else if (joined) out.reason = "joined";
  else if (gone) out.reason = "gone";
  else if (restarted) out.reason = "restarted";
  else if (subscriptions) out.reason = "subscription";
  else if (partitions) out.reason = "partitions";
  else if (strategy) out.reason = "strategy";
  else out.reason = "rejoined", out.lines.emplace_back("a member joined again without a change that shows: it asked for a new assignment, or had lost its own");
  return out;
}

}  // namespace evlog::cmd
