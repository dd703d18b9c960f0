// Where partitions begin and end, and which offset a position of the grammar is in each.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "client/offset_spec.h"
#include "evlog/admin_session.h"

namespace evlog::cmd {

using ListedOffsets = std::map<client::PartitionKey, client::ListedOffset>;

Expected<ListedOffsets> list_offsets_at(AdminSession& session, const client::ClusterInfo& cluster, const std::vector<client::PartitionKey>& keys, int64_t time_ms);

struct OffsetMarks {
  ListedOffsets start, end, at;  // `at`: of the position's time, where it is one
  // Never before the start or behind the end; a time behind the last record is the end.
  int64_t place(const client::PartitionKey& key, const client::Position& position) const;
};

// A partition without a leader is a failure: nothing can be said about it.
Expected<OffsetMarks> offset_marks(AdminSession& session, const client::ClusterInfo& cluster, const std::vector<client::PartitionKey>& keys, const std::optional<client::Position>& position);

// One position, not a range and not `stored`.
Expected<client::Position> parse_position_option(std::string_view option, const std::string& text);

// The partitions of one topic, all or those wanted; one that does not exist is a failure.
Expected<std::vector<client::PartitionKey>> partitions_of(const client::ClusterInfo& cluster, const std::string& topic, const std::set<int32_t>& wanted);

}  // namespace evlog::cmd
