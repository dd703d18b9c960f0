// Offsets that nobody needs any more, and groups that are nothing without them, at every offsets.retention.check.interval.ms.
// An offset is too old offsets.retention.minutes after its group became empty; after its commit where the group only keeps offsets
// or no longer consumes the topic; and at the time its commit said itself, where it said one (KIP-211).
#include "group/records.h"
#include "group/shard.h"
#include "group/tombstones.h"

namespace evlog::group {
namespace {

constexpr auto clock_jump_max = std::chrono::minutes(5);

bool is_expired(const CommittedOffset& offset, int64_t since_ms, int64_t now_ms, int64_t retention_ms) {
  if (offset.expire_timestamp_ms != -1) return now_ms >= offset.expire_timestamp_ms;
  return now_ms - since_ms >= retention_ms;
}

}  // namespace

// The wall clock decides what is old. When it was set meanwhile, nothing expires this time.
bool Shard::wall_clock_steady() {
  const auto before = std::exchange(clocks_seen_, now_);
  const auto wall = std::chrono::duration_cast<milliseconds>(now_.wall - before.wall);
  const auto mono = std::chrono::duration_cast<milliseconds>(now_.mono - before.mono);
  return std::chrono::abs(wall - mono) < clock_jump_max;
}

void Shard::expire_offsets() {
  expiry_at_ = now_.mono + milliseconds(settings_.offsets_retention_check_interval_ms);
  if (!wall_clock_steady()) return;
  const auto committing = commits_on_their_way();
  std::vector<Group*> all;
  for (const auto& [_, g] : groups_) all.push_back(g.get());
  Tombstones tombstones(*this);
  for (auto* g : all) expire_offsets_of(*g, committing, tombstones);
  tombstones.write();
}

void Shard::expire_offsets_of(Group& g, const std::map<OffsetKey, Uuid>& committing, Tombstones& tombstones) {
  // Somebody is about to join, or its first record is not durable yet.
  if (!g.durable || !g.pending_joins().empty()) return;
  const auto age = g.offset_age();
  const auto* topics = offsets_.topics(g.id());
  std::vector<OffsetKey> expired;
  bool all = true;
  if (topics && age == Group::OffsetAge::never) return;
  if (topics) {
    for (const auto& [topic, partitions] : *topics) {
      const bool subscribed = g.is_subscribed(topic);
      for (const auto& [partition, offset] : partitions) {
        const auto since_ms = age == Group::OffsetAge::since_empty ? to_ms(g.state_since()) : offset.commit_timestamp_ms;
        OffsetKey key{g.id(), topic, partition};
        const bool old = !subscribed && !committing.contains(key) && is_expired(offset, since_ms, to_ms(now_.wall), settings_.offsets_retention_ms);
        if (old) expired.push_back(std::move(key));
        else all = false;
      }
    }
  }
  const auto first = committing.lower_bound({g.id(), "", INT32_MIN});
  const bool commits = first != committing.end() && first->first.group == g.id();
  if (all && !commits && g.is(GroupState::empty)) {
    tombstones.add_group(std::string(g.id()), std::move(expired));
  } else {
    for (auto& key : expired) tombstones.add(std::move(key));
  }
}

}  // namespace evlog::group
