// __consumer_offsets read from outside, as any consumer may: what a group's coordinator wrote about it. It is the same on Kafka.
#pragma once

#include <functional>
#include <set>
#include <string>

#include "evlog/admin_session.h"
#include "group/records.h"

namespace evlog::cmd {

inline constexpr const char* group_log_topic = "__consumer_offsets";

// One partition of it, read on from where the last read() ended.
class GroupLogReader {
 public:
  struct Entry { int64_t offset, timestamp_ms; Bytes key; std::optional<Bytes> value; };
  GroupLogReader(AdminSession& session, const client::ClusterInfo& cluster, int32_t partition, int64_t offset)
      : session_(session), cluster_(cluster), key_{group_log_topic, partition}, offset_(offset) {}

  // Everything up to its end now.
  Expected<void> read(const std::function<void(const Entry&)>& take);
  int64_t offset() const { return offset_; }

 private:
  AdminSession& session_;
  const client::ClusterInfo& cluster_;
  client::PartitionKey key_;
  int64_t offset_;
};

// The partition of the group's log, or nothing where no group ever was.
std::optional<int32_t> group_log_partition(const client::ClusterInfo& cluster, const std::string& group);
// For each partition of the topic given, the first offset written at or after `time_ms`, or the end.
Expected<std::map<int32_t, int64_t>> group_log_offsets(AdminSession& session, const client::ClusterInfo& cluster, const std::set<int32_t>& partitions, int64_t time_ms);

// Groups that committed or changed at or after `time_ms`.
Expected<std::set<std::string>> groups_active_since(AdminSession& session, int64_t time_ms, bool quiet);

}  // namespace evlog::cmd
