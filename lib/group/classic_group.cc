#include "group/classic_group.h"

#include <algorithm>

#include "base/result.h"
#include "base/text.h"

namespace evlog::group {

std::string_view state_name(GroupState state) {
  switch (state) {
    case GroupState::empty: return "Empty";
    case GroupState::preparing_rebalance: return "PreparingRebalance";
    case GroupState::completing_rebalance: return "CompletingRebalance";
    case GroupState::stable: return "Stable";
    case GroupState::dead: return "Dead";
  }
  return "Dead";
}

Group::~Group() {
  for (const auto& [_, m] : members_) bytes_ -= m.bytes();
}

bool Group::can_rebalance() const {
  return is(GroupState::stable) || is(GroupState::completing_rebalance) || is(GroupState::empty);
}

Member* Group::find(std::string_view member_id) {
  const auto it = members_.find(member_id);
  return it == members_.end() ? nullptr : &it->second;
}

const std::string* Group::static_member_id(std::string_view instance_id) const {
  const auto it = static_members_.find(instance_id);
  return it == static_members_.end() ? nullptr : &it->second;
}

int32_t Group::rebalance_timeout_ms() const {
  int32_t longest = 0;
  for (const auto& [_, m] : members_) longest = std::max(longest, m.rebalance_timeout_ms);
  return longest;
}

ErrorCode Group::check_member(std::string_view member_id, const OptionalText& instance_id) const {
  if (instance_id) {
    const auto* existing = static_member_id(*instance_id);
    if (!existing) return ErrorCode::UNKNOWN_MEMBER_ID;
    if (*existing != member_id) return ErrorCode::FENCED_INSTANCE_ID;
  }
  return has(member_id) ? ErrorCode::NONE : ErrorCode::UNKNOWN_MEMBER_ID;
}

ErrorCode Group::check_commit(const CommitRequest& r) const {
  if (is(GroupState::dead)) return ErrorCode::COORDINATOR_NOT_AVAILABLE;
  // An admin tool, or a consumer that manages its partitions itself: welcome as long as nobody manages them here.
  if (r.generation < 0 && is(GroupState::empty)) return ErrorCode::NONE;
  if (r.generation >= 0 || !r.member_id.empty() || r.instance_id) {
    if (const auto e = check_member(r.member_id, r.instance_id); e != ErrorCode::NONE) return e;
    if (r.generation != generation_) return ErrorCode::ILLEGAL_GENERATION;
  } else if (!is(GroupState::empty)) {
    return ErrorCode::UNKNOWN_MEMBER_ID;
  }
  // The member knows the new generation but not yet its assignment: it must not commit for the old one under the new number.
  return is(GroupState::completing_rebalance) ? ErrorCode::REBALANCE_IN_PROGRESS : ErrorCode::NONE;
}

bool Group::supports(std::string_view protocol_type, const std::vector<Protocol>& protocols) const {
  if (is(GroupState::empty)) return !protocol_type.empty() && !protocols.empty();
  if (!protocol_type_ || *protocol_type_ != protocol_type) return false;
  return std::ranges::any_of(protocols, [&](const Protocol& p) {
    const auto it = supported_.find(p.name);
    return (it == supported_.end() ? 0 : it->second) == members_.size();
  });
}

namespace {
// Where Java's HashMap would keep this key. Kafka breaks a tie of votes by that order, and two brokers of one cluster
// must not disagree with it during a migration.
uint32_t java_bucket(std::string_view key, size_t entries) {
  uint32_t table = 16;
  while (entries > table * 3 / 4) table *= 2;
  const auto h = static_cast<uint32_t>(java_hash(key));
  return (h ^ (h >> 16)) & (table - 1);
}
}  // namespace

std::string Group::select_protocol() const {
  std::map<std::string_view, size_t> votes;
  for (const auto& [_, m] : members_) {
    const auto choice = std::ranges::find_if(m.protocols, [&](const Protocol& p) {
      const auto it = supported_.find(p.name);
      return it != supported_.end() && it->second == members_.size();
    });
    if (choice != m.protocols.end()) ++votes[choice->name];
  }
  std::string_view winner;
  size_t most = 0;
  uint32_t place = 0;
  for (const auto& [name, count] : votes) {
    const auto bucket = java_bucket(name, votes.size());
    if (count > most || (count == most && bucket < place)) winner = name, most = count, place = bucket;
  }
  return std::string(winner);
}

void Group::count_protocols(const Member& member, int delta) {
  for (const auto& p : member.protocols) {
    auto& n = supported_[p.name];
    n += static_cast<size_t>(delta);
    if (n == 0) supported_.erase(p.name);
  }
}

Member& Group::add(Member member) {
  if (members_.empty()) protocol_type_ = member.protocol_type;
  if (!leader_) leader_ = member.id;
  if (member.instance_id) static_members_[*member.instance_id] = member.id;
  if (member.join_waiter) ++awaiting_joins_;
  pending_joins_.erase(member.id);
  count_protocols(member, 1);
  bytes_ += member.bytes();
  auto id = member.id;
  const auto [it, inserted] = members_.emplace(std::move(id), std::move(member));
  EVLOG_ASSERT(inserted);
  return it->second;
}

void Group::remove(std::string_view member_id) {
  if (const auto it = members_.find(member_id); it != members_.end()) {
    auto& m = it->second;
    EVLOG_ASSERT(!m.sync_waiter);  // the shard has answered it
    count_protocols(m, -1);
    if (m.join_waiter) --awaiting_joins_;
    if (m.instance_id) static_members_.erase(*m.instance_id);
    bytes_ -= m.bytes();
    const std::string id(member_id);  // `member_id` may live in the node that goes
    members_.erase(it);
    if (is_leader(id)) {
      if (members_.empty()) leader_.reset();
      else leader_ = members_.begin()->first;
    }
    pending_syncs_.erase(id);
    return;
  }
  if (const auto it = pending_joins_.find(member_id); it != pending_joins_.end()) pending_joins_.erase(it);
}

void Group::update(Member& member, std::vector<Protocol> protocols, int32_t rebalance_timeout_ms,
                   int32_t session_timeout_ms) {
  count_protocols(member, -1);
  bytes_ -= member.bytes();
  member.protocols = std::move(protocols);
  bytes_ += member.bytes();
  count_protocols(member, 1);
  member.rebalance_timeout_ms = rebalance_timeout_ms;
  member.session_timeout_ms = session_timeout_ms;
}

Member& Group::replace_static(const std::string& instance_id, const std::string& old_id, const std::string& new_id) {
  auto node = members_.extract(old_id);
  EVLOG_ASSERT(!node.empty() && !node.mapped().join_waiter && !node.mapped().sync_waiter);
  bytes_ -= node.mapped().bytes();
  node.key() = new_id;
  node.mapped().id = new_id;
  node.mapped().is_new = false;
  bytes_ += node.mapped().bytes();
  const auto it = members_.insert(std::move(node)).position;
  if (is_leader(old_id)) leader_ = new_id;
  if (pending_syncs_.erase(old_id)) pending_syncs_.insert(new_id);
  static_members_[instance_id] = new_id;
  return it->second;
}

void Group::set_assignment(Member& member, std::string assignment) {
  bytes_ -= member.assignment.size();
  member.assignment = std::move(assignment);
  bytes_ += member.assignment.size();
}

std::optional<Token> Group::wait_for_join(Member& member, Token token) {
  const auto displaced = std::exchange(member.join_waiter, token);
  if (!displaced) ++awaiting_joins_;
  return displaced;
}

std::optional<Token> Group::take_join_waiter(Member& member) {
  if (member.join_waiter) --awaiting_joins_;
  return std::exchange(member.join_waiter, std::nullopt);
}

bool Group::elect_joined_leader() {
  if (!leader_) return false;
  const auto* current = find(*leader_);
  if (current && current->join_waiter) return true;
  for (const auto& [id, m] : members_) {
    if (m.join_waiter) {
      leader_ = id;
      return true;
    }
  }
  return false;
}

void Group::transition(GroupState to, WallTime now) {
  const auto from = state_;
  switch (to) {
    case GroupState::empty: EVLOG_ASSERT(from == GroupState::preparing_rebalance); break;
    case GroupState::preparing_rebalance: EVLOG_ASSERT(can_rebalance()); break;
    case GroupState::completing_rebalance: EVLOG_ASSERT(from == GroupState::preparing_rebalance); break;
    case GroupState::stable: EVLOG_ASSERT(from == GroupState::completing_rebalance); break;
    case GroupState::dead: break;
  }
  previous_state_ = from;
  state_ = to;
  state_since_ = now;
}

void Group::next_generation(WallTime now) {
  generation_ = generation_ == INT32_MAX ? 1 : generation_ + 1;
  if (members_.empty()) {
    protocol_name_.reset();
    transition(GroupState::empty, now);
  } else {
    protocol_name_ = select_protocol();
    transition(GroupState::completing_rebalance, now);
  }
  note_subscriptions();
  pending_syncs_.clear();
}

std::vector<JoinedMember> Group::joined_members() const {
  std::vector<JoinedMember> all;
  all.reserve(members_.size());
  for (const auto& [id, m] : members_) {
    const auto* metadata = protocol_name_ ? m.metadata(*protocol_name_) : nullptr;
    all.push_back({id, m.instance_id, metadata ? *metadata : std::string()});
  }
  return all;
}

void Group::restore(int32_t generation, OptionalText protocol_type, OptionalText protocol_name, OptionalText leader,
                    WallTime state_since, std::vector<Member> members) {
  generation_ = generation;
  protocol_type_ = std::move(protocol_type);
  protocol_name_ = std::move(protocol_name);
  leader_ = std::move(leader);
  state_since_ = state_since;
  state_ = members.empty() ? GroupState::empty : GroupState::stable;
  const auto type = protocol_type_;
  for (auto& m : members) {
    if (!has(m.id)) add(std::move(m));
  }
  protocol_type_ = type;  // add() of the first member would have taken that member's
  note_subscriptions();
  durable = true;
}

}  // namespace evlog::group
