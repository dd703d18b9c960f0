// OffsetCommit, OffsetFetch, and the end of a topic. A commit is visible once its record is durable, and answered then.
#include <algorithm>
#include <set>

#include "group/records.h"
#include "group/shard.h"
#include "group/tombstones.h"

namespace evlog::group {
namespace {

// Java's String.length(): UTF-16 units.
size_t utf16_units(std::string_view utf8) {
  size_t units = 0;
  for (const char c : utf8) {
    const auto b = static_cast<uint8_t>(c);
    if ((b & 0xC0) != 0x80) units += b >= 0xF0 ? 2 : 1;
  }
  return units;
}

void refuse_all(CommitAnswer& answer, ErrorCode error) {
  for (auto& topic : answer.topics) {
    for (auto& p : topic.partitions) p.error = error;
  }
}

}  // namespace

bool Shard::adds_offsets(const CommitRequest& r, const std::vector<CommitTopic>& topics) const {
  return std::ranges::any_of(topics, [&](const CommitTopic& topic) {
    return std::ranges::any_of(topic.partitions, [&](const CommitPartition& p) { return !offsets_.find(r.group, topic.name, p.index); });
  });
}

void Shard::on(CommitRequest& r) {
  CommitAnswer answer{.token = r.token, .topics = std::move(r.topics)};
  const auto refuse_request = [&](ErrorCode e) {
    refuse_all(answer, e);
    actions_.push_back(std::move(answer));
  };
  auto* g = find(r.group);
  if (!g && r.generation >= 0) {
    return refuse_request(r.group_not_found_known ? ErrorCode::GROUP_ID_NOT_FOUND : ErrorCode::ILLEGAL_GENERATION);
  }
  if (g) {
    if (const auto e = g->check_commit(r); e != ErrorCode::NONE) return refuse_request(e);
  }
  if (!has_room_for(0) && adds_offsets(r, answer.topics)) return refuse_request(ErrorCode::COORDINATOR_NOT_AVAILABLE);
  const bool created = !g;
  if (created) g = create(r.group);  // nobody joins, somebody only keeps offsets here: a simple group
  if (!g) return refuse_request(ErrorCode::COORDINATOR_NOT_AVAILABLE);
  if (g->is(GroupState::stable) || g->is(GroupState::preparing_rebalance)) {
    if (const auto* m = g->find(r.member_id)) restart_session(*g, *m);
  }
  const auto now_ms = to_ms(now_.wall);
  const auto expires = r.retention_ms == -1 ? int64_t{-1} : now_ms + r.retention_ms;
  CommitStored stored{.group = r.group};
  std::vector<LogRecord> records;
  for (auto& topic : answer.topics) {
    for (auto& p : topic.partitions) {
      if (p.metadata && utf16_units(*p.metadata) > static_cast<size_t>(std::max(settings_.offset_metadata_max, 0))) {
        p.error = ErrorCode::OFFSET_METADATA_TOO_LARGE;
        continue;
      }
      OffsetKey key{r.group, topic.name, p.index};
      CommittedOffset value{p.offset, std::max(p.leader_epoch, -1), p.metadata.value_or(""), now_ms, expires, expires == -1 ? topic.id : Uuid{}};
      records.push_back({encode_key(key), encode_value(value)});
      stored.offsets.emplace_back(std::move(key), std::move(value));
    }
  }
  if (records.empty()) {
    if (created) groups_.erase(r.group);
    actions_.push_back(std::move(answer));
    return;
  }
  stored.answer = std::move(answer);
  append(std::move(records), std::move(stored));
}

void Shard::on(OffsetFetchRequest& r) {
  if (r.require_stable && !pending_.empty()) stable_fetches_.emplace(append_last_, std::move(r));
  else actions_.push_back(fetched(r));
}

OffsetFetchAnswer Shard::fetched(const OffsetFetchRequest& r) const {
  OffsetFetchAnswer answer{.token = r.token};
  // An offset of a deleted topic whose name was given to another one is nobody's.
  const auto convert = [](int32_t index, const CommittedOffset* o, const Uuid& topic_id = {}) {
    const bool foreign = o && !topic_id.is_zero() && !o->topic_id.is_zero() && o->topic_id != topic_id;
    return o && !foreign ? FetchedPartition{index, o->offset, o->leader_epoch, o->metadata} : FetchedPartition{.index = index};
  };
  if (!r.all_topics) {
    for (const auto& topic : r.topics) {
      FetchedTopic t{.name = topic.name, .id = topic.id};
      for (const auto index : topic.partitions) t.partitions.push_back(convert(index, offsets_.find(r.group, topic.name, index), topic.id));
      answer.topics.push_back(std::move(t));
    }
  } else if (const auto* topics = offsets_.topics(r.group)) {
    for (const auto& [name, partitions] : *topics) {
      FetchedTopic t{.name = name};
      for (const auto& [index, o] : partitions) t.partitions.push_back(convert(index, &o));
      answer.topics.push_back(std::move(t));
    }
  }
  return answer;
}

void Shard::on(TopicDeleted& r) {
  // A commit on its way will be what is known of its partition: it decides, not the one before it.
  std::set<OffsetKey> gone;
  for (auto& key : offsets_.of_topic(r)) gone.insert(std::move(key));
  for (const auto& [key, topic_id] : commits_on_their_way()) {
    if (key.topic != r.name) continue;
    if (goes_with(r, topic_id)) gone.insert(key);
    else gone.erase(key);
  }
  Tombstones tombstones(*this);
  for (const auto& key : gone) tombstones.add(key);
  tombstones.write();
}

}  // namespace evlog::group
