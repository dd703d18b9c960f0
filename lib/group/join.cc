// JoinGroup. Happy path: a member without id is given one (or joins at once in old versions), comes back with it, is added,
// the group prepares a rebalance, and the answer follows when all have joined (rebalance.cc).
// Refusals, in Kafka's order: group id, session timeout, unknown group, size, protocols, member id or instance id.
#include <algorithm>
#include <span>

#include "group/records.h"
#include "group/shard.h"

namespace evlog::group {
namespace {

// "8-4-4-4-12" hex, as Java prints a UUID.
std::string dashed(const Uuid& u) {
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", u.high >> 32, (u.high >> 16) & 0xffff, u.high & 0xffff,
                     u.low >> 48, u.low & 0xffffffffffffull);
}

std::string new_member_id(const JoinRequest& r) {
  return fmt::format("{}-{}", r.instance_id ? *r.instance_id : r.client_id, dashed(r.fresh_id));
}

// A protocol named twice would be counted twice; the first one counts.
void drop_repeated(std::vector<Protocol>& protocols) {
  std::vector<Protocol> once;
  for (auto& p : protocols) {
    if (std::ranges::none_of(once, [&](const Protocol& o) { return o.name == p.name; })) once.push_back(std::move(p));
  }
  protocols = std::move(once);
}

size_t bytes_of(const JoinRequest& r) {
  size_t bytes = sizeof(Member) + r.client_id.size();
  for (const auto& p : r.protocols) bytes += p.name.size() + p.metadata.size();
  return bytes;
}

}  // namespace

ErrorCode check_join(const JoinRequest& r, const Settings& settings) {
  if (r.group.empty()) return ErrorCode::INVALID_GROUP_ID;
  const bool in_range = r.session_timeout_ms >= settings.session_timeout_ms_min &&
                        r.session_timeout_ms <= settings.session_timeout_ms_max;
  return in_range ? ErrorCode::NONE : ErrorCode::INVALID_SESSION_TIMEOUT;
}

void Shard::refuse(const JoinRequest& r, ErrorCode error, std::string member_id) {
  actions_.push_back(JoinAnswer{.token = r.token, .error = error, .member_id = std::move(member_id)});
}

void Shard::on(JoinRequest& r) {
  if (const auto e = check_join(r, settings_); e != ErrorCode::NONE) return refuse(r, e, r.member_id);
  drop_repeated(r.protocols);
  auto* g = find(r.group);
  const bool is_new_group = !g;
  const auto answers_before = actions_.size();
  if (!g) {
    if (!r.member_id.empty()) return refuse(r, ErrorCode::UNKNOWN_MEMBER_ID, r.member_id);
    g = create(r.group);
    if (!g) return refuse(r, ErrorCode::COORDINATOR_NOT_AVAILABLE, r.member_id);
  }
  if (!accepts(*g, r.member_id) || !has_room_for(bytes_of(r))) {
    if (g->has(r.member_id)) remove_member(*g, r.member_id);
    else g->remove(r.member_id);
    refuse(r, ErrorCode::GROUP_MAX_SIZE_REACHED, "");
  } else if (r.member_id.empty()) {
    join_new(r, *g);
  } else {
    join_known(r, *g);
  }
  // A new group exists once the log says so. Who was turned away in it is told then: who asks next is shown the group.
  if (!is_new_group) return;
  std::vector<Effect> effects;
  effects.emplace_back(GroupBorn{r.group});
  if (!g->is_listed()) {
    for (auto& answer : std::span(actions_).subspan(answers_before)) effects.emplace_back(std::get<JoinAnswer>(std::move(answer)));
    actions_.resize(answers_before);
  }
  append({{encode_key(GroupKey{r.group}), encode_empty_value(*g)}}, std::move(effects));
}

bool Shard::accepts(const Group& g, const std::string& member_id) const {
  const auto size_max = static_cast<size_t>(settings_.group_size_max);
  const auto it = g.members().find(member_id);
  const bool known = it != g.members().end();
  switch (g.state()) {
    case GroupState::empty:
    case GroupState::dead: return true;
    // Those who wait are counted, not the members: so the last to rejoin are turned away when the limit was lowered.
    case GroupState::preparing_rebalance: return (known && it->second.join_waiter) || g.awaiting_joins() < size_max;
    case GroupState::completing_rebalance:
    case GroupState::stable: return known || g.members().size() < size_max;
  }
  return false;
}

void Shard::join_new(JoinRequest& r, Group& g) {
  if (!g.supports(r.protocol_type, r.protocols)) return refuse(r, ErrorCode::INCONSISTENT_GROUP_PROTOCOL, "");
  const auto new_id = new_member_id(r);
  if (new_id.size() > INT16_MAX) return refuse(r, ErrorCode::UNKNOWN_SERVER_ERROR, "");  // no record can hold it
  if (!r.instance_id) return join_new_dynamic(r, g, new_id);
  const auto* existing = g.static_member_id(*r.instance_id);
  if (existing) replace_static(r, g, std::string(*existing), new_id);
  else add_member(r, g, new_id);
}

void Shard::join_new_dynamic(JoinRequest& r, Group& g, const std::string& new_id) {
  if (!r.member_id_required) return add_member(r, g, new_id);
  if (g.pending_joins().size() >= limits_.pending_members_max) return refuse(r, ErrorCode::GROUP_MAX_SIZE_REACHED, "");
  g.pending_joins().insert(new_id);
  timers_.set({TimerKind::session, g.id(), new_id}, after(r.session_timeout_ms));
  refuse(r, ErrorCode::MEMBER_ID_REQUIRED, new_id);
}

void Shard::join_known(JoinRequest& r, Group& g) {
  if (!g.supports(r.protocol_type, r.protocols)) return refuse(r, ErrorCode::INCONSISTENT_GROUP_PROTOCOL, r.member_id);
  if (g.pending_joins().contains(r.member_id)) {
    // Only members without an instance id are ever made to come back.
    if (r.instance_id) return refuse(r, ErrorCode::UNKNOWN_SERVER_ERROR, "");
    return add_member(r, g, r.member_id);
  }
  if (const auto e = g.check_member(r.member_id, r.instance_id); e != ErrorCode::NONE) return refuse(r, e, r.member_id);
  join_known_member(r, g, *g.find(r.member_id));
}

void Shard::join_known_member(JoinRequest& r, Group& g, Member& m) {
  const bool same = m.protocols == r.protocols;
  const bool leads = g.is_leader(m.id);
  switch (g.state()) {
    case GroupState::preparing_rebalance: return update_member(r, g, m);
    case GroupState::completing_rebalance:
      if (!same) return update_member(r, g, m);
      break;  // it has probably not received the answer of this generation: here it is again
    case GroupState::stable:
      // A leader that joins wants new assignments (a topic has grown, for example).
      if (leads || !same) return update_member(r, g, m);
      break;
    case GroupState::empty:
    case GroupState::dead: return refuse(r, ErrorCode::UNKNOWN_MEMBER_ID, r.member_id);
  }
  auto answer = current_generation(g, m, leads && g.is(GroupState::completing_rebalance));
  answer.token = r.token;
  actions_.push_back(std::move(answer));
}

void Shard::add_member(JoinRequest& r, Group& g, const std::string& id) {
  if (g.is(GroupState::preparing_rebalance) && g.previous_state() == GroupState::empty) g.new_member_added = true;
  auto& m = g.add({.id = id,
                   .instance_id = r.instance_id,
                   .client_id = r.client_id,
                   .client_host = r.client_host,
                   .rebalance_timeout_ms = r.rebalance_timeout_ms,
                   .session_timeout_ms = r.session_timeout_ms,
                   .protocol_type = r.protocol_type,
                   .protocols = std::move(r.protocols),
                   .join_waiter = r.token,
                   .is_new = true});
  // It cannot heartbeat before it knows its generation, and its connection may be long gone: it gets this long.
  restart_session(g, m, settings_.new_member_join_timeout_ms);
  prepare_or_complete(g);
}

void Shard::update_member(JoinRequest& r, Group& g, Member& m) {
  g.update(m, std::move(r.protocols), r.rebalance_timeout_ms, r.session_timeout_ms);
  if (const auto displaced = g.wait_for_join(m, r.token)) {
    // The member gave up on its earlier request; whoever still holds that one is told to join again.
    actions_.push_back(JoinAnswer{.token = *displaced, .error = ErrorCode::REBALANCE_IN_PROGRESS, .member_id = m.id});
  }
  prepare_or_complete(g);
}

// A static member comes back without its id (it was restarted): it takes the place of its predecessor, who is fenced.
void Shard::replace_static(JoinRequest& r, Group& g, const std::string& old_id, const std::string& new_id) {
  auto& old = *g.find(old_id);
  answer_join(g, old, {.error = ErrorCode::FENCED_INSTANCE_ID, .member_id = old_id});
  answer_sync(old, {.error = ErrorCode::FENCED_INSTANCE_ID});
  StaticStored before{g.id(), *r.instance_id, old_id, new_id, g.leader(), old.protocols,
                      old.rebalance_timeout_ms, old.session_timeout_ms, r.can_skip_assignment};
  timers_.cancel({TimerKind::session, g.id(), old_id});
  auto& m = g.replace_static(*r.instance_id, old_id, new_id);
  restart_session(g, m);
  g.update(m, std::move(r.protocols), r.rebalance_timeout_ms, r.session_timeout_ms);
  g.wait_for_join(m, r.token);
  switch (g.state()) {
    case GroupState::stable: return store_static(g, std::move(before));
    // The leader may already be assigning to the old id: begin again.
    case GroupState::completing_rebalance: return prepare_rebalance(g);
    default: return complete_if_all_joined(g);
  }
}

void Shard::store_static(Group& g, StaticStored before) {
  if (g.protocol_name().value_or("") != g.select_protocol()) return prepare_or_complete(g);
  // Nothing changes for the others: only the log must know the new id.
  std::map<std::string, std::string> assignment;
  for (const auto& [id, m] : g.members()) assignment[id] = m.assignment;
  append({{encode_key(GroupKey{g.id()}), encode_value(g, assignment)}}, std::move(before));
}

}  // namespace evlog::group
