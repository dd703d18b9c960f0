#include "group/offset_table.h"

namespace evlog::group {

const OffsetTable::Topics* OffsetTable::topics(std::string_view group) const {
  const auto g = groups_.find(group);
  return g == groups_.end() ? nullptr : &g->second;
}

const CommittedOffset* OffsetTable::find(std::string_view group, std::string_view topic, int32_t partition) const {
  const auto* all = topics(group);
  if (!all) return nullptr;
  const auto t = all->find(topic);
  if (t == all->end()) return nullptr;
  const auto p = t->second.find(partition);
  return p == t->second.end() ? nullptr : &p->second;
}

size_t OffsetTable::bytes_of(const OffsetKey&, const CommittedOffset& value) {
  constexpr size_t map_node = 48;
  return sizeof(CommittedOffset) + map_node + value.metadata.size();
}

void OffsetTable::put(const OffsetKey& key, CommittedOffset value) {
  auto& slots = groups_[key.group][key.topic];
  const auto [it, fresh] = slots.try_emplace(key.partition);
  if (fresh) ++count_;
  else bytes_ -= bytes_of(key, it->second);
  it->second = std::move(value);
  bytes_ += bytes_of(key, it->second);
}

bool OffsetTable::remove(const OffsetKey& key) {
  const auto g = groups_.find(key.group);
  if (g == groups_.end()) return false;
  const auto t = g->second.find(key.topic);
  if (t == g->second.end()) return false;
  const auto p = t->second.find(key.partition);
  if (p == t->second.end()) return false;
  bytes_ -= bytes_of(key, p->second);
  --count_;
  t->second.erase(p);
  if (t->second.empty()) g->second.erase(t);
  if (g->second.empty()) groups_.erase(g);
  return true;
}

std::vector<OffsetKey> OffsetTable::of_topic(std::string_view topic, const Uuid& id) const {
  std::vector<OffsetKey> found;
  for (const auto& [group, topics] : groups_) {
    const auto t = topics.find(topic);
    if (t == topics.end()) continue;
    for (const auto& [partition, value] : t->second) {
      const bool same = id.is_zero() || value.topic_id.is_zero() || value.topic_id == id;
      if (same) found.push_back({group, std::string(topic), partition});
    }
  }
  return found;
}

}  // namespace evlog::group
