#include "evlog/offset_marks.h"

#include <algorithm>

#include "evlog/terminal.h"

namespace evlog::cmd {

using client::PartitionKey;
using client::Position;

Expected<ListedOffsets> list_offsets_at(AdminSession& session, const client::ClusterInfo& cluster, const std::vector<PartitionKey>& keys, int64_t time_ms) {
  std::map<PartitionKey, int64_t> times;
  for (const PartitionKey& key : keys) times[key] = time_ms;
  return session.ask<ListedOffsets>([&] { return session.admin().list_offsets(cluster, times); });
}

int64_t OffsetMarks::place(const PartitionKey& key, const Position& position) const {
  const int64_t first = start.at(key).offset, last = end.at(key).offset;
  const auto found = at.find(key);
  const int64_t at_time = found == at.end() ? -1 : found->second.offset;
  switch (position.kind) {
    case Position::Kind::end: return last;
    case Position::Kind::offset: return std::clamp(position.value, first, last);
    case Position::Kind::before_end: return std::max(first, last - std::min(position.value, last));
    case Position::Kind::after_start: return std::min(last, first + std::min(position.value, last));
    case Position::Kind::time: return at_time < 0 ? last : at_time;
    default: return first;
  }
}

Expected<OffsetMarks> offset_marks(AdminSession& session, const client::ClusterInfo& cluster, const std::vector<PartitionKey>& keys, const std::optional<Position>& position) {
  OffsetMarks marks;
  auto start = list_offsets_at(session, cluster, keys, client::earliest_time);
  if (!start) return failure(start.error());
  auto end = list_offsets_at(session, cluster, keys, client::latest_time);
  if (!end) return failure(end.error());
  marks.start = std::move(*start), marks.end = std::move(*end);
  for (const auto& [key, listed] : marks.end)
    if (listed.error != ErrorCode::NONE) return failure(exit_code::failed, "", "{} partition {}: {}", key.topic, key.partition, error_text(listed.error));
  if (!position || position->kind != Position::Kind::time) return marks;
  auto at = list_offsets_at(session, cluster, keys, position->value);
  if (!at) return failure(at.error());
  marks.at = std::move(*at);
  return marks;
}

Expected<Position> parse_position_option(std::string_view option, const std::string& text) {
  const auto spec = client::parse_offset_spec(text, wall_ms());
  if (!spec || spec->stop || !spec->start) return failure(exit_code::usage, "see: evlog help offsets", "{}: {}", option, spec ? "one position, not a range" : spec.error().message);
  if (spec->start->kind == Position::Kind::stored) return failure(exit_code::usage, "evlog offsets get GROUP", "{} stored needs a group", option);
  return *spec->start;
}

Expected<std::vector<PartitionKey>> partitions_of(const client::ClusterInfo& cluster, const std::string& name, const std::set<int32_t>& wanted) {
  const auto topic = find_topic(cluster, name);
  if (!topic) return failure(topic.error());
  const size_t count = (*topic)->partitions.size();
  for (const int32_t p : wanted)
    if (std::ranges::find((*topic)->partitions, p, &client::PartitionInfo::index) == (*topic)->partitions.end())
      return failure(exit_code::missing, count == 1 ? "it has one: 0" : fmt::format("it has {}: 0 to {}", count, count - 1), "topic '{}' has no partition {}", name, p);
  std::vector<PartitionKey> keys;
  for (const auto& p : (*topic)->partitions)
    if (wanted.empty() || wanted.contains(p.index)) keys.push_back({name, p.index});
  return keys;
}

}  // namespace evlog::cmd
