// DeleteGroups and OffsetDelete. Happy path: the tombstones are appended, the answer follows when they are durable.
// A deleted group is gone for whoever joins or commits from then on, so that the log and we agree on what comes after what; the
// records not durable yet that belong to the old one no longer concern anybody. If the tombstones are lost, the group is back.
#include "group/records.h"
#include "group/shard.h"
#include "group/tombstones.h"

namespace evlog::group {
namespace {

constexpr size_t append_bytes_max = 256_KiB;  // below the smallest sensible max.message.bytes

LogRecord tombstone(const auto& key) { return {encode_key(key), std::nullopt}; }

}  // namespace

std::map<OffsetKey, Uuid> Shard::commits_on_their_way() const {
  std::map<OffsetKey, Uuid> keys;
  for (const auto& [_, pending] : pending_) {
    for (const auto& e : pending.effects) {
      const auto* commit = std::get_if<CommitStored>(&e);
      if (!commit) continue;
      for (const auto& [key, value] : commit->offsets) keys[key] = value.topic_id;
    }
  }
  return keys;
}

std::vector<OffsetKey> Shard::every_offset_of(const std::string& group) const {
  auto keys = offsets_.of_group(group);
  for (const auto& [key, _] : commits_on_their_way()) {
    if (key.group == group && !offsets_.find(key.group, key.topic, key.partition)) keys.push_back(key);
  }
  return keys;
}

void Shard::forget_effects(const std::string& group) {
  for (auto& [_, pending] : pending_) {
    for (auto& e : pending.effects) {
      if (auto* commit = std::get_if<CommitStored>(&e); commit && commit->group == group) commit->orphaned = true;
    }
    std::erase_if(pending.effects, [&](const Effect& e) {
      if (const auto* born = std::get_if<GroupBorn>(&e)) return born->group == group;
      if (const auto* sync = std::get_if<SyncStored>(&e)) return sync->group == group;
      if (const auto* member = std::get_if<StaticStored>(&e)) return member->group == group;
      return false;
    });
  }
}

Shard::GroupGone Shard::take_out(const std::string& group, std::vector<OffsetKey> keys) {
  forget_effects(group);
  auto node = groups_.extract(group);
  auto& g = *node.mapped();
  for (const auto& member : g.pending_joins()) timers_.cancel({TimerKind::session, group, member});
  g.pending_joins().clear();
  return {.group = std::move(node.mapped()), .keys = std::move(keys)};
}

void Shard::on(DeleteGroupRequest& r) {
  const auto* g = find(r.group);
  const auto error = g ? g->check_delete() : ErrorCode::GROUP_ID_NOT_FOUND;
  if (error != ErrorCode::NONE) return actions_.push_back(DeleteGroupAnswer{r.token, error});
  auto gone = take_out(r.group, every_offset_of(r.group));
  gone.answer = DeleteGroupAnswer{.token = r.token};
  std::vector<LogRecord> records;
  for (const auto& key : gone.keys) records.push_back(tombstone(key));
  records.push_back(tombstone(GroupKey{r.group}));
  append(std::move(records), std::move(gone));
}

void Shard::on(OffsetDeleteRequest& r) {
  const auto refuse = [&](ErrorCode e) { actions_.push_back(OffsetDeleteAnswer{.token = r.token, .error = e}); };
  if (r.group.empty()) return refuse(ErrorCode::INVALID_GROUP_ID);
  const auto* g = find(r.group);
  if (!g) return refuse(ErrorCode::GROUP_ID_NOT_FOUND);
  if (const auto e = g->check_offset_delete(); e != ErrorCode::NONE) return refuse(e);
  const auto committing = commits_on_their_way();
  OffsetsGone gone{.answer = OffsetDeleteAnswer{.token = r.token, .topics = std::move(r.topics)}};
  std::vector<LogRecord> records;
  for (auto& topic : gone.answer->topics) {
    const bool subscribed = g->is_subscribed(topic.name);
    for (auto& p : topic.partitions) {
      if (subscribed) p.error = ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC;
      OffsetKey key{r.group, topic.name, p.index};
      if (subscribed || (!offsets_.find(r.group, topic.name, p.index) && !committing.contains(key))) continue;
      records.push_back(tombstone(key));
      gone.keys.push_back(std::move(key));
    }
  }
  if (records.empty()) return answer_deletion(gone, ErrorCode::NONE);
  append(std::move(records), std::move(gone));
}

void Shard::answer_deletion(OffsetsGone& e, ErrorCode error) {
  auto answer = std::exchange(e.answer, std::nullopt);
  if (!answer) return;
  if (error != ErrorCode::NONE) answer = OffsetDeleteAnswer{.token = answer->token, .error = client_error(error)};
  actions_.push_back(std::move(*answer));
}

void Shard::answer_deletion(GroupGone& e, ErrorCode error) {
  auto answer = std::exchange(e.answer, std::nullopt);
  if (!answer) return;
  answer->error = client_error(error);
  actions_.push_back(*answer);
}

void Shard::apply(OffsetsGone& e, ErrorCode error) {
  if (error == ErrorCode::NONE) {
    for (const auto& key : e.keys) offsets_.remove(key);
  }
  answer_deletion(e, error);
}

void Shard::apply(GroupGone& e, ErrorCode error) {
  if (error == ErrorCode::NONE) {
    for (const auto& key : e.keys) offsets_.remove(key);
  } else {
    auto& place = groups_[e.group->id()];
    if (!place) place = std::move(e.group);
    place->durable = true;  // what was on its way for it when it was deleted may be in the log, and nobody waits for that any more
  }
  answer_deletion(e, error);
}

// Whoever only reads is shown what is durable: a group until its deletion is.
void Shard::each_dying(const std::function<void(const Group&)>& visit) const {
  for (const auto& [_, pending] : pending_) {
    for (const auto& e : pending.effects) {
      if (const auto* gone = std::get_if<GroupGone>(&e); gone && gone->group->durable) visit(*gone->group);
    }
  }
}

void Shard::Tombstones::collect(LogRecord record) {
  bytes_ += record.key.size();
  records_.push_back(std::move(record));
}

void Shard::Tombstones::add(OffsetKey key) {
  collect(tombstone(key));
  keys_.push_back(std::move(key));
  if (bytes_ >= append_bytes_max) write();
}

void Shard::Tombstones::add_group(const std::string& group, std::vector<OffsetKey> keys) {
  size_t bytes = 0;
  for (const auto& key : keys) bytes += key.group.size() + key.topic.size();
  if (bytes >= append_bytes_max) {
    for (auto& key : keys) add(std::move(key));
    return;
  }
  for (const auto& key : keys) collect(tombstone(key));
  collect(tombstone(GroupKey{group}));
  effects_.emplace_back(shard_.take_out(group, std::move(keys)));
  if (bytes_ >= append_bytes_max) write();
}

void Shard::Tombstones::write() {
  if (records_.empty()) return;
  if (!keys_.empty()) effects_.emplace_back(OffsetsGone{.keys = std::exchange(keys_, {})});
  bytes_ = 0;
  shard_.append(std::exchange(records_, {}), std::exchange(effects_, {}));
}

}  // namespace evlog::group
