// OffsetTable: the committed offsets of the groups of one __consumer_offsets partition. Only durable commits are in it.
// Ordered, so that answers come out the same every time. Owned by a Shard.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "group/records.h"

namespace evlog::group {

// Whether an offset committed for this topic id goes when the topic does.
bool goes_with(const TopicDeleted& topic, const Uuid& committed_for);

class OffsetTable {
 public:
  using Partitions = std::map<int32_t, CommittedOffset>;
  using Topics = std::map<std::string, Partitions, std::less<>>;

  const CommittedOffset* find(std::string_view group, std::string_view topic, int32_t partition) const;
  const Topics* topics(std::string_view group) const;
  void put(const OffsetKey& key, CommittedOffset value);
  bool remove(const OffsetKey& key);
  std::vector<OffsetKey> of_group(std::string_view group) const;
  std::vector<std::string> groups() const;
  // Every offset committed for this topic: those that name another topic id belong to another topic of the same name.
  std::vector<OffsetKey> of_topic(const TopicDeleted& topic) const;
  std::set<std::pair<std::string, Uuid>> named_topics() const;  // of the offsets that name a topic id

  size_t count() const { return count_; }
  size_t bytes() const { return bytes_; }  // an estimate of the memory held, checked against Limits

 private:
  static size_t bytes_of(const OffsetKey& key, const CommittedOffset& value);
  std::map<std::string, Topics, std::less<>> groups_;
  size_t count_ = 0;
  size_t bytes_ = 0;
};

}  // namespace evlog::group
