// The rebalance itself. Happy path: prepare (everybody is asked to rejoin by the errors their heartbeats get), all joined or
// time is up, a new generation, answers to all, then SyncGroup (session.cc).
// What goes wrong: nobody rejoins (wait once more), the leader does not (another one leads), everybody left (Empty).
#include <algorithm>

#include "group/records.h"
#include "group/shard.h"

namespace evlog::group {

void Shard::restart_session(const Group& g, const Member& m, int32_t timeout_ms) {
  timers_.set({TimerKind::session, g.id(), m.id}, after(timeout_ms));
}

void Shard::answer_join(Group& g, Member& m, JoinAnswer answer) {
  const auto token = g.take_join_waiter(m);
  if (!token) return;
  answer.token = *token;
  actions_.push_back(std::move(answer));
}

void Shard::answer_sync(Member& m, SyncAnswer answer) {
  if (!m.sync_waiter) return;
  answer.token = *std::exchange(m.sync_waiter, std::nullopt);
  actions_.push_back(std::move(answer));
}

JoinAnswer Shard::current_generation(const Group& g, const Member& m, bool with_members) const {
  JoinAnswer a{.generation = g.generation(),
               .protocol_type = g.protocol_type(),
               .protocol_name = g.protocol_name(),
               .leader = g.leader(),
               .member_id = m.id};
  if (with_members) a.members = g.joined_members();
  return a;
}

void Shard::prepare_or_complete(Group& g) {
  if (g.can_rebalance()) prepare_rebalance(g);
  else complete_if_all_joined(g);
}

void Shard::prepare_rebalance(Group& g) {
  if (g.is(GroupState::completing_rebalance)) set_assignment_and_answer(g, {}, ErrorCode::REBALANCE_IN_PROGRESS);
  g.pending_syncs().clear();
  timers_.cancel({TimerKind::sync, g.id(), {}});
  const bool first = g.is(GroupState::empty);
  g.transition(GroupState::preparing_rebalance, now_.wall);
  if (first) {
    // Members of a group that starts come one after another: wait for more of them, longer as long as they keep coming.
    g.initial_delay_ms = settings_.initial_rebalance_delay_ms;
    g.initial_remaining_ms = std::max(g.rebalance_timeout_ms() - settings_.initial_rebalance_delay_ms, 0);
    timers_.set({TimerKind::join, g.id(), {}}, after(g.initial_delay_ms));
  } else if (g.all_members_joined()) {
    complete_join(g);
  } else {
    timers_.set({TimerKind::join, g.id(), {}}, after(g.rebalance_timeout_ms()));
  }
}

// The join timer fired: the end of the initial delay (maybe extended), or of the rebalance timeout.
void Shard::initial_delay_over(Group& g) {
  if (!g.is(GroupState::preparing_rebalance)) return;
  const bool initial = g.previous_state() == GroupState::empty;
  if (!initial || !g.new_member_added || g.initial_remaining_ms == 0) return complete_join(g);
  g.new_member_added = false;
  const auto delay = std::min(settings_.initial_rebalance_delay_ms, g.initial_remaining_ms);
  g.initial_remaining_ms = std::max(g.initial_remaining_ms - g.initial_delay_ms, 0);
  g.initial_delay_ms = delay;
  timers_.set({TimerKind::join, g.id(), {}}, after(delay));
}

void Shard::complete_if_all_joined(Group& g) {
  const bool initial = g.previous_state() == GroupState::empty;  // its delay decides, not the number of members
  if (g.is(GroupState::preparing_rebalance) && !initial && g.all_members_joined()) complete_join(g);
}

void Shard::complete_join(Group& g) {
  timers_.cancel({TimerKind::join, g.id(), {}});
  std::vector<std::string> missing;
  for (const auto& [id, m] : g.members()) {
    if (!m.join_waiter && !m.is_static()) missing.push_back(id);
  }
  for (const auto& id : missing) {
    timers_.cancel({TimerKind::session, g.id(), id});
    g.remove(id);
  }
  if (!g.elect_joined_leader() && !g.members().empty()) {
    // Only static members are left and none of them came: keep their places until their sessions end.
    timers_.set({TimerKind::join, g.id(), {}}, after(g.rebalance_timeout_ms()));
    return;
  }
  g.next_generation(now_.wall);
  if (g.is(GroupState::empty)) {
    // If this record is lost the last generation comes back and its members time out: nothing depends on it.
    append({{encode_key(GroupKey{g.id()}), encode_value(g, {})}}, GroupBorn{g.id()});
    return;
  }
  answer_all_joined(g);
}

void Shard::answer_all_joined(Group& g) {
  for (auto& [id, m] : g.members()) {
    answer_join(g, m, current_generation(g, m, g.is_leader(id)));
    restart_session(g, m);
    m.is_new = false;
    g.pending_syncs().insert(id);
  }
  timers_.set({TimerKind::sync, g.id(), {}}, after(g.rebalance_timeout_ms()));
}

void Shard::set_assignment_and_answer(Group& g, const std::map<std::string, std::string>& assignment, ErrorCode error) {
  const bool good = error == ErrorCode::NONE;
  for (auto& [id, m] : g.members()) {
    const auto it = assignment.find(id);
    g.set_assignment(m, it == assignment.end() ? std::string() : it->second);
    if (!m.sync_waiter) continue;
    answer_sync(m, {.error = error,
                    .protocol_type = good ? g.protocol_type() : std::nullopt,
                    .protocol_name = good ? g.protocol_name() : std::nullopt,
                    .assignment = m.assignment});
    restart_session(g, m);  // while it waited its session was not watched
  }
}

// Takes a member out, telling whatever request it left parked here; what the group does then is the caller's.
void Shard::remove_member(Group& g, std::string member_id) {
  auto& m = *g.find(member_id);
  answer_join(g, m, {.error = ErrorCode::UNKNOWN_MEMBER_ID});
  answer_sync(m, {.error = ErrorCode::UNKNOWN_MEMBER_ID});
  timers_.cancel({TimerKind::session, g.id(), member_id});
  g.remove(member_id);
}

}  // namespace evlog::group
