#include "group/shard.h"

#include <algorithm>

#include "group/records.h"

namespace evlog::group {

ErrorCode client_error(ErrorCode append_error) {
  switch (append_error) {
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION:
    case ErrorCode::NOT_ENOUGH_REPLICAS:
    case ErrorCode::NOT_ENOUGH_REPLICAS_AFTER_APPEND:
    case ErrorCode::REQUEST_TIMED_OUT: return ErrorCode::COORDINATOR_NOT_AVAILABLE;
    case ErrorCode::NOT_LEADER_OR_FOLLOWER:
    case ErrorCode::KAFKA_STORAGE_ERROR: return ErrorCode::NOT_COORDINATOR;
    case ErrorCode::MESSAGE_TOO_LARGE:
    case ErrorCode::RECORD_LIST_TOO_LARGE:
    case ErrorCode::INVALID_FETCH_SIZE: return ErrorCode::UNKNOWN_SERVER_ERROR;
    default: return append_error;
  }
}

ErrorCode fetch_error(ErrorCode append_error) {
  // Consumers before 3.9 retry a fetch on NOT_COORDINATOR only.
  const auto e = client_error(append_error);
  return e == ErrorCode::COORDINATOR_NOT_AVAILABLE ? ErrorCode::NOT_COORDINATOR : e;
}

Actions Shard::step(Event event, Now now) {
  now_ = now;
  std::visit([&](auto& e) { on(e); }, event);
  return take();
}

std::optional<MonoTime> Shard::next_deadline() const {
  const auto timer = timers_.next();
  if (!expiry_at_ || groups_.empty()) return timer;  // an idle broker without groups does not wake up
  return timer ? std::min(*timer, *expiry_at_) : *expiry_at_;
}

Actions Shard::advance(Now now) {
  now_ = now;
  while (auto key = timers_.take_expired(now.mono)) {
    auto* g = find(key->group);
    if (!g) continue;
    switch (key->kind) {
      case TimerKind::join: initial_delay_over(*g); break;
      case TimerKind::sync: sync_expired(*g); break;
      case TimerKind::session: session_expired(*g, key->member); break;
    }
  }
  if (expiry_at_ && *expiry_at_ <= now.mono) expire_offsets();
  return take();
}

Result<std::optional<std::string>> Shard::replay(Bytes key_bytes, std::optional<Bytes> value_bytes, Now now) {
  now_ = now;
  auto key = decode_key(key_bytes);
  if (!key) return fail(std::move(key.error()));
  if (const auto* unknown = std::get_if<UnknownKey>(&*key)) {
    if (std::ranges::find(unknown_kinds_, unknown->type) != unknown_kinds_.end()) return std::nullopt;
    unknown_kinds_.push_back(unknown->type);
    return fmt::format("records of kind {} are skipped: this release does not know them", unknown->type);
  }
  if (const auto* offset = std::get_if<OffsetKey>(&*key)) {
    if (!value_bytes) return offsets_.remove(*offset), std::nullopt;
    auto value = decode_offset_value(*value_bytes);
    if (!value && value.error().code == ErrorCode::UNSUPPORTED_VERSION) return "skipped: " + value.error().message;
    if (!value) return fail(std::move(value.error()), "group {}", offset->group);
    offsets_.put(*offset, std::move(*value));
    auto& g = groups_[offset->group];  // a group that only commits has no record of its own
    if (!g) g = std::make_unique<Group>(offset->group, now_.wall, member_bytes_);
    g->durable = true;
    return std::nullopt;
  }
  const auto& id = std::get<GroupKey>(*key).group;
  if (!value_bytes) return groups_.erase(id), std::nullopt;
  auto value = decode_group_value(*value_bytes);
  if (!value && value.error().code == ErrorCode::UNSUPPORTED_VERSION) return "skipped: " + value.error().message;
  if (!value) return fail(std::move(value.error()), "group {}", id);
  auto g = std::make_unique<Group>(id, now_.wall, member_bytes_);
  auto type = value->protocol_type.empty() ? OptionalText() : OptionalText(value->protocol_type);
  g->restore(value->generation, std::move(type), std::move(value->protocol), std::move(value->leader),
             wall_from_ms(value->state_timestamp_ms), std::move(value->members));
  groups_[id] = std::move(g);
  return std::nullopt;
}

Actions Shard::loaded(Now now) {
  now_ = now;
  clocks_seen_ = now;
  expiry_at_ = now.mono + milliseconds(settings_.offsets_retention_check_interval_ms);
  for (auto& name : offsets_.groups()) {
    // Its tombstone outlived the offsets' ones: as a simple group it can be deleted and expire.
    auto& g = groups_[name];
    if (!g) g = std::make_unique<Group>(name, now.wall, member_bytes_);
    g->durable = true;
  }
  for (auto& [_, g] : groups_) {
    for (const auto& [__, m] : g->members()) restart_session(*g, m);
    // The limit was lowered meanwhile: everybody rejoins, the last ones are turned away.
    if (g->members().size() > static_cast<size_t>(settings_.group_size_max)) prepare_rebalance(*g);
  }
  return take();
}

Actions Shard::unload() {
  constexpr auto gone = ErrorCode::NOT_COORDINATOR;
  for (auto& [_, g] : groups_) {
    for (auto& [id, m] : g->members()) {
      answer_join(*g, m, {.error = gone, .member_id = id});
      answer_sync(m, {.error = gone});
    }
    g->transition(GroupState::dead, now_.wall);
  }
  for (auto& [_, pending] : std::exchange(pending_, {})) {
    for (auto& e : pending.effects) {
      std::visit([&](auto& effect) { apply(effect, ErrorCode::NOT_LEADER_OR_FOLLOWER); }, e);
    }
  }
  answer_stable_fetches(gone);
  timers_.clear();
  groups_.clear();
  offsets_ = {};
  expiry_at_.reset();
  return take();
}

Group* Shard::find(std::string_view group) {
  const auto it = groups_.find(group);
  return it == groups_.end() ? nullptr : it->second.get();
}

Group* Shard::create(const std::string& group) {
  if (groups_.size() >= limits_.groups_max) return nullptr;
  return groups_.emplace(group, std::make_unique<Group>(group, now_.wall, member_bytes_)).first->second.get();
}

void Shard::append(std::vector<LogRecord> records, std::vector<Effect> effects) {
  pending_[++append_last_].effects = std::move(effects);
  actions_.push_back(Append{append_last_, now_.wall, std::move(records)});
}

void Shard::append(std::vector<LogRecord> records, Effect effect) {
  std::vector<Effect> effects;
  effects.push_back(std::move(effect));
  append(std::move(records), std::move(effects));
}

// What is durable happens in the order of the log, or a commit could be undone by the deletion before it; a loss happens at once.
void Shard::on(AppendDone& done) {
  const auto it = pending_.find(done.append);
  if (it == pending_.end()) return;
  if (done.error == ErrorCode::NONE) it->second.durable = true;
  else settle(it, done.error);
  while (!pending_.empty() && pending_.begin()->second.durable) settle(pending_.begin(), ErrorCode::NONE);
}

void Shard::settle(std::map<uint64_t, Pending>::iterator it, ErrorCode error) {
  auto effects = std::move(it->second.effects);
  pending_.erase(it);
  for (auto& e : effects) std::visit([&](auto& effect) { apply(effect, error); }, e);
  answer_stable_fetches(error);
}

// Nobody waits longer for a slow disk. What is decided by the record is given up, but an offset or a deletion may still become
// durable: it is applied when it does, so that memory never says less than the log.
void Shard::on(AppendLate& late) {
  constexpr auto error = ErrorCode::REQUEST_TIMED_OUT;
  const auto it = pending_.find(late.append);
  if (it == pending_.end()) return;
  std::vector<Effect> kept;
  for (auto& e : std::exchange(it->second.effects, {})) {
    const bool decides = std::holds_alternative<SyncStored>(e) || std::holds_alternative<StaticStored>(e) ||
                         std::holds_alternative<LeaveAnswer>(e) || std::holds_alternative<JoinAnswer>(e);
    if (decides) {
      std::visit([&](auto& effect) { apply(effect, error); }, e);
      continue;
    }
    if (auto* commit = std::get_if<CommitStored>(&e)) answer_commit(*commit, error);
    if (auto* gone = std::get_if<OffsetsGone>(&e)) answer_deletion(*gone, error);
    if (auto* gone = std::get_if<GroupGone>(&e)) answer_deletion(*gone, error);
    kept.push_back(std::move(e));
  }
  it->second.effects = std::move(kept);  // apply() only adds appends: `it` is still there
  for (auto f = stable_fetches_.begin(); f != stable_fetches_.end() && f->first <= late.append;) {
    actions_.push_back(OffsetFetchAnswer{.token = f->second.token, .error = fetch_error(error)});
    f = stable_fetches_.erase(f);
  }
}

void Shard::answer_stable_fetches(ErrorCode error) {
  while (!stable_fetches_.empty() && (pending_.empty() || pending_.begin()->first > stable_fetches_.begin()->first)) {
    auto node = stable_fetches_.extract(stable_fetches_.begin());
    const auto& r = node.mapped();
    if (error == ErrorCode::NONE) actions_.push_back(fetched(r));
    else actions_.push_back(OffsetFetchAnswer{.token = r.token, .error = fetch_error(error)});
  }
}

void Shard::apply(GroupBorn& e, ErrorCode error) {
  if (error != ErrorCode::NONE) return forget_if_unborn(e.group, error);
  if (auto* g = find(e.group)) g->durable = true;
}

// A group whose first record never reached the log is gone again; whoever waits in it is told.
void Shard::forget_if_unborn(const std::string& group, ErrorCode error) {
  auto* g = find(group);
  if (!g || g->durable || g->is(GroupState::dead)) return;
  for (auto& [id, m] : g->members()) {
    answer_join(*g, m, {.error = client_error(error)});
    answer_sync(m, {.error = client_error(error)});
    timers_.cancel({TimerKind::session, group, id});
  }
  for (const auto& id : g->pending_joins()) timers_.cancel({TimerKind::session, group, id});
  timers_.cancel({TimerKind::join, group, {}});
  timers_.cancel({TimerKind::sync, group, {}});
  groups_.erase(group);
}

void Shard::apply(SyncStored& e, ErrorCode error) {
  auto* g = find(e.group);
  if (g && g->assignment_on_its_way == e.generation) g->assignment_on_its_way = -1;
  // Somebody may have joined while the record was on its way; then a newer generation is being made.
  if (!g || !g->is(GroupState::completing_rebalance) || g->generation() != e.generation) return;
  if (error != ErrorCode::NONE) {
    set_assignment_and_answer(*g, {}, client_error(error));
    return prepare_or_complete(*g);
  }
  g->durable = true;
  set_assignment_and_answer(*g, e.assignment, ErrorCode::NONE);
  g->transition(GroupState::stable, now_.wall);
  ++rebalances_completed_;
}

void Shard::apply(StaticStored& e, ErrorCode error) {
  auto* g = find(e.group);
  auto* m = g ? g->find(e.new_id) : nullptr;
  if (!m) return;
  if (error != ErrorCode::NONE) {
    // The log still names the old member id: so do we again.
    auto answer = current_generation(*g, *m, false);
    answer.error = client_error(error);
    answer.member_id = "";
    answer.leader = e.old_leader;
    answer_join(*g, *m, std::move(answer));
    answer_sync(*m, {.error = ErrorCode::FENCED_INSTANCE_ID});
    g->update(*m, std::move(e.old_protocols), e.old_rebalance_timeout_ms, e.old_session_timeout_ms);
    timers_.cancel({TimerKind::session, g->id(), e.new_id});
    restart_session(*g, g->replace_static(e.instance_id, e.new_id, e.old_id));
    return;
  }
  if (!g->is(GroupState::stable)) return;  // a rebalance has begun: the request waits for its end
  auto answer = current_generation(*g, *m, false);
  if (e.can_skip_assignment) {
    answer.skip_assignment = g->is_leader(e.new_id);
    if (answer.skip_assignment) answer.members = g->joined_members();
  } else {
    // Old clients take a leader's id as an order to assign; the old one's keeps them quiet (KAFKA-7725).
    answer.leader = e.old_leader;
  }
  answer_join(*g, *m, std::move(answer));
}

void Shard::apply(CommitStored& e, ErrorCode error) {
  if (error == ErrorCode::NONE) {
    for (auto& [key, value] : e.offsets) offsets_.put(key, std::move(value));
    // An earlier commit may have been lost and the group with it: what is in the log has a group.
    if (!e.orphaned) {
      auto& g = groups_[e.group];
      if (!g) g = std::make_unique<Group>(e.group, now_.wall, member_bytes_);
      g->durable = true;
    }
  } else {
    if (auto* g = find(e.group); g && g->members().empty() && g->pending_joins().empty()) forget_if_unborn(e.group, error);
  }
  answer_commit(e, error);
}

void Shard::answer_commit(CommitStored& e, ErrorCode error) {
  if (std::exchange(e.answered, true)) return;
  if (error != ErrorCode::NONE) {
    for (auto& topic : e.answer.topics) {
      for (auto& p : topic.partitions) p.error = client_error(error);
    }
  }
  actions_.push_back(std::move(e.answer));
}

void Shard::apply(LeaveAnswer& e, ErrorCode error) {
  if (error != ErrorCode::NONE) e = {.token = e.token, .error = client_error(error)};
  actions_.push_back(std::move(e));
}

// Its refusal has nothing to do with the record it waited for.
void Shard::apply(JoinAnswer& e, ErrorCode) { actions_.push_back(std::move(e)); }

std::vector<ListedGroup> Shard::list() const {
  std::vector<ListedGroup> all;
  for (const auto& [id, g] : groups_) {
    if (g->is_listed()) all.push_back({id, g->protocol_type().value_or(""), g->state()});
  }
  each_dying([&](const Group& g) {
    const bool known = std::ranges::any_of(all, [&](const ListedGroup& l) { return l.id == g.id(); });
    if (!known) all.push_back({g.id(), g.protocol_type().value_or(""), g.state()});
  });
  return all;
}

std::optional<DescribedGroup> Shard::describe(std::string_view group) const {
  const auto it = groups_.find(group);
  const Group* listed = it != groups_.end() && it->second->is_listed() ? it->second.get() : nullptr;
  each_dying([&](const Group& dying) {
    if (!listed && dying.id() == group) listed = &dying;
  });
  if (!listed) return std::nullopt;
  const auto& g = *listed;
  DescribedGroup d{.state = g.state(), .protocol_type = g.protocol_type().value_or("")};
  const bool stable = g.is(GroupState::stable);
  if (stable) d.protocol = g.protocol_name().value_or("");
  for (const auto& [id, m] : g.members()) {
    const auto* metadata = stable ? m.metadata(d.protocol) : nullptr;
    d.members.push_back({id, m.instance_id, m.client_id, m.client_host, metadata ? *metadata : "", m.assignment});
  }
  return d;
}

}  // namespace evlog::group
