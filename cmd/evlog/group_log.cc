#include "evlog/group_log.h"

#include "evlog/signals.h"
#include "evlog/terminal.h"
#include "record/batch_iterator.h"
#include "record/record_iterator.h"

namespace evlog::cmd {

using client::PartitionKey;

namespace {

constexpr int32_t step_bytes = 4 << 20;

}  // namespace

Expected<void> GroupLogReader::read(const std::function<void(const Entry&)>& take) {
  while (!interrupted()) {
    const auto fetched = session_.ask<std::map<PartitionKey, Buffer>>([&] { return session_.admin().fetch(cluster_, {{key_, offset_}}, step_bytes); });
    if (!fetched) return failure(fetched.error());
    const auto bytes = fetched->find(key_);
    if (bytes == fetched->end()) return {};
    const int64_t before = offset_;
    record::BatchIterator batches(bytes->second);
    while (const auto batch = batches.next()) {
      record::RecordIterator records(*batch);
      const bool control = (batch->attributes() & record::attribute_control) != 0;
      while (const auto record = control ? std::nullopt : records.next())
        if (record->offset.value() >= offset_ && record->key) take({record->offset.value(), record->timestamp, *record->key, record->value});
      offset_ = std::max(offset_, batch->base_offset().value() + batch->last_offset_delta() + 1);
    }
    if (offset_ == before) return {};
  }
  return {};
}

std::optional<int32_t> group_log_partition(const client::ClusterInfo& cluster, const std::string& group) {
  const auto* const topic = cluster.find(group_log_topic);
  if (!topic || topic->partitions.empty()) return std::nullopt;
  return group::partition_of_group(group, static_cast<int32_t>(topic->partitions.size()));
}

Expected<std::map<int32_t, int64_t>> group_log_offsets(AdminSession& session, const client::ClusterInfo& cluster, const std::set<int32_t>& partitions, int64_t time_ms) {
  using Listed = std::map<PartitionKey, client::ListedOffset>;
  std::map<PartitionKey, int64_t> times, ends;
  for (const int32_t p : partitions) times[{group_log_topic, p}] = time_ms, ends[{group_log_topic, p}] = client::latest_time;
  const auto at = session.ask<Listed>([&] { return session.admin().list_offsets(cluster, times); });
  if (!at) return failure(at.error());
  const auto end = session.ask<Listed>([&] { return session.admin().list_offsets(cluster, ends); });
  if (!end) return failure(end.error());
  std::map<int32_t, int64_t> out;
  for (const auto& [key, listed] : *at) out[key.partition] = listed.offset >= 0 ? listed.offset : std::max<int64_t>(0, end->at(key).offset);
  return out;
}

Expected<std::set<std::string>> groups_active_since(AdminSession& session, int64_t time_ms, bool quiet) {
  std::set<std::string> out;
  const auto cluster = describe_cluster(session);
  if (!cluster) return failure(cluster.error());
  const auto* const topic = cluster->find(group_log_topic);
  if (!topic) return out;
  std::set<int32_t> partitions;
  for (const auto& p : topic->partitions) partitions.insert(p.index);
  const auto offsets = group_log_offsets(session, *cluster, partitions, time_ms);
  if (!offsets) return failure(offsets.error());
  Progress progress(!quiet);
  for (const auto& [partition, offset] : *offsets) {
    if (progress.due()) progress.show(fmt::format("reading what groups did: partition {} of {}", partition + 1, offsets->size()));
    GroupLogReader reader(session, *cluster, partition, offset);
    auto read = reader.read([&](const GroupLogReader::Entry& entry) {
      if (!entry.value) return;  // what expired or was deleted was not used
      const auto key = group::decode_key(entry.key);
      if (!key) return;
      if (const auto* commit = std::get_if<group::OffsetKey>(&*key)) out.insert(commit->group);
      if (const auto* changed = std::get_if<group::GroupKey>(&*key)) out.insert(changed->group);
    });
    if (!read) return failure(read.error());
  }
  return out;
}

}  // namespace evlog::cmd
