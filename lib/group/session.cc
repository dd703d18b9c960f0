// SyncGroup, Heartbeat, LeaveGroup, and the ends of sessions.
// Happy path of a sync: members wait, the leader brings the assignment, its record becomes durable, everybody is answered.
#include <algorithm>

#include "base/mutant.h"
#include "group/records.h"
#include "group/shard.h"

namespace evlog::group {
namespace {
bool differs(const OptionalText& given, const OptionalText& groups) { return given && groups && *given != *groups; }
}  // namespace

void Shard::on(SyncRequest& r) {
  const auto answer = [&](ErrorCode e) { actions_.push_back(SyncAnswer{.token = r.token, .error = e}); };
  if (r.group.empty()) return answer(ErrorCode::INVALID_GROUP_ID);
  auto* g = find(r.group);
  if (!g || g->is(GroupState::empty)) return answer(ErrorCode::UNKNOWN_MEMBER_ID);
  if (const auto e = g->check_member(r.member_id, r.instance_id); e != ErrorCode::NONE) return answer(e);
  if (r.generation != g->generation() && !mutant(34)) return answer(ErrorCode::ILLEGAL_GENERATION);
  if (differs(r.protocol_type, g->protocol_type()) || differs(r.protocol_name, g->protocol_name())) {
    return answer(ErrorCode::INCONSISTENT_GROUP_PROTOCOL);
  }
  auto& m = *g->find(r.member_id);
  if (g->is(GroupState::preparing_rebalance)) return answer(ErrorCode::REBALANCE_IN_PROGRESS);
  if (g->is(GroupState::stable)) {
    sync_received(*g, m.id);
    actions_.push_back(SyncAnswer{r.token, ErrorCode::NONE, g->protocol_type(), g->protocol_name(), m.assignment});
    return;
  }
  answer_sync(m, {.error = ErrorCode::REBALANCE_IN_PROGRESS});  // an earlier request that the member gave up
  m.sync_waiter = r.token;
  sync_received(*g, m.id);
  if (g->is_leader(m.id) && g->assignment_on_its_way != g->generation()) store_assignment(r, *g);
}

void Shard::store_assignment(SyncRequest& r, Group& g) {
  std::map<std::string, std::string> assignment;
  size_t bytes = 0;
  for (auto& a : r.assignments) {
    if (!g.has(a.member_id)) continue;
    bytes += a.assignment.size();
    assignment[a.member_id] = std::move(a.assignment);
  }
  if (!has_room_for(bytes)) {
    set_assignment_and_answer(g, {}, ErrorCode::UNKNOWN_SERVER_ERROR);
    return prepare_or_complete(g);
  }
  auto value = encode_value(g, assignment);
  g.assignment_on_its_way = g.generation();
  append({{encode_key(GroupKey{g.id()}), std::move(value)}}, SyncStored{g.id(), g.generation(), std::move(assignment)});
}

void Shard::sync_received(Group& g, const std::string& member_id) {
  g.pending_syncs().erase(member_id);
  if (g.pending_syncs().empty()) timers_.cancel({TimerKind::sync, g.id(), {}});
}

void Shard::on(HeartbeatRequest& r) {
  const auto answer = [&](ErrorCode e) { actions_.push_back(HeartbeatAnswer{r.token, e}); };
  if (r.group.empty()) return answer(ErrorCode::INVALID_GROUP_ID);
  auto* g = find(r.group);
  if (!g) return answer(ErrorCode::UNKNOWN_MEMBER_ID);
  if (const auto e = g->check_member(r.member_id, r.instance_id); e != ErrorCode::NONE) return answer(e);
  if (r.generation != g->generation()) return answer(ErrorCode::ILLEGAL_GENERATION);
  restart_session(*g, *g->find(r.member_id));
  answer(g->is(GroupState::preparing_rebalance) ? ErrorCode::REBALANCE_IN_PROGRESS : ErrorCode::NONE);
}

void Shard::on(LeaveRequest& r) {
  LeaveAnswer answer{.token = r.token, .members = std::move(r.members)};
  if (r.group.empty()) {
    actions_.push_back(LeaveAnswer{.token = r.token, .error = ErrorCode::INVALID_GROUP_ID});
    return;
  }
  auto* g = find(r.group);
  bool anybody = false;
  for (auto& m : answer.members) {
    m.error = g ? leave(*g, m) : ErrorCode::UNKNOWN_MEMBER_ID;
    anybody |= m.error == ErrorCode::NONE;
  }
  const auto before = append_last_;
  if (anybody) {
    if (g->is(GroupState::stable) || g->is(GroupState::completing_rebalance)) prepare_rebalance(*g);
    else if (g->is(GroupState::preparing_rebalance)) complete_if_all_joined(*g);
  }
  // If the last one left, the answer waits until the log knows it.
  if (append_last_ != before) pending_[append_last_].effects.push_back(std::move(answer));
  else actions_.push_back(std::move(answer));
}

ErrorCode Shard::leave(Group& g, const LeavingMember& member) {
  if (member.member_id.empty()) {
    // An operator removes a static member by its instance id.
    const auto* id = member.instance_id ? g.static_member_id(*member.instance_id) : nullptr;
    if (!id) return ErrorCode::UNKNOWN_MEMBER_ID;
    remove_member(g, *id);
    return ErrorCode::NONE;
  }
  if (g.pending_joins().contains(member.member_id)) {
    g.remove(member.member_id);
    timers_.cancel({TimerKind::session, g.id(), member.member_id});
    return ErrorCode::NONE;
  }
  if (const auto e = g.check_member(member.member_id, member.instance_id); e != ErrorCode::NONE) return e;
  remove_member(g, member.member_id);
  return ErrorCode::NONE;
}

void Shard::session_expired(Group& g, const std::string& member_id) {
  if (g.pending_joins().contains(member_id)) {
    g.remove(member_id);
    if (g.is(GroupState::preparing_rebalance) && g.all_members_joined()) complete_join(g);
    return;
  }
  auto* m = g.find(member_id);
  if (!m || m->is_excused_from_heartbeat()) return;
  remove_member(g, member_id);
  if (g.is(GroupState::stable) || g.is(GroupState::completing_rebalance)) prepare_rebalance(g);
  else if (g.is(GroupState::preparing_rebalance) && g.all_members_joined()) complete_join(g);
}

void Shard::sync_expired(Group& g) {
  if (!g.is(GroupState::completing_rebalance) && !g.is(GroupState::stable)) return;
  if (g.pending_syncs().empty()) return;
  const std::vector<std::string> late(g.pending_syncs().begin(), g.pending_syncs().end());
  for (const auto& id : late) {
    if (g.has(id)) remove_member(g, id);
  }
  prepare_rebalance(g);
}

}  // namespace evlog::group
