#include "group/offset_table.h"

namespace evlog::group {

bool goes_with(const TopicDeleted& topic, const Uuid& committed_for) {
  const bool nameless = committed_for.is_zero() && !topic.exactly;
  return topic.id.is_zero() || nameless || committed_for == topic.id;
}

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

std::vector<OffsetKey> OffsetTable::of_group(std::string_view group) const {
  std::vector<OffsetKey> found;
  const auto* all = topics(group);
  if (!all) return found;
  for (const auto& [topic, partitions] : *all) {
    for (const auto& [partition, _] : partitions) found.push_back({std::string(group), topic, partition});
  }
  return found;
}

std::vector<std::string> OffsetTable::groups() const {
  std::vector<std::string> names;
  for (const auto& [name, _] : groups_) names.push_back(name);
  return names;
}

std::vector<OffsetKey> OffsetTable::of_topic(const TopicDeleted& topic) const {
  std::vector<OffsetKey> found;
  for (const auto& [group, topics] : groups_) {
    const auto t = topics.find(topic.name);
    if (t == topics.end()) continue;
    for (const auto& [partition, value] : t->second) {
      if (goes_with(topic, value.topic_id)) found.push_back({group, topic.name, partition});
    }
  }
  return found;
}

std::set<std::pair<std::string, Uuid>> OffsetTable::named_topics() const {
  std::set<std::pair<std::string, Uuid>> seen;
  for (const auto& [_, topics] : groups_) {
    for (const auto& [name, partitions] : topics) {
      for (const auto& [__, value] : partitions) {
        if (!value.topic_id.is_zero()) seen.emplace(name, value.topic_id);
      }
    }
  }
  return seen;
}

}  // namespace evlog::group
