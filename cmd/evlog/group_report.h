// What groups have read, what there is to read, and how far behind that leaves them: gathered once for list, describe and lag,
// with a handful of requests however many groups there are.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "evlog/admin_session.h"

namespace evlog::cmd {

struct GroupRow {
  client::PartitionKey key;
  std::optional<int64_t> current, end;
  std::optional<int64_t> time_lag_ms;  // how long ago the next record to be read was written; 0: nothing to read
  std::optional<size_t> member;        // in GroupDescription::members
  std::optional<int64_t> lag() const { return current && end ? std::optional(std::max<int64_t>(0, *end - *current)) : std::nullopt; }
};

struct GroupReport {
  client::GroupDescription group;
  std::string type;
  bool members_known = true;           // false: a kind of group that DescribeGroups does not tell of
  std::vector<GroupRow> rows;          // by topic and partition
  const client::GroupMember* member(const GroupRow& row) const { return row.member ? &group.members[*row.member] : nullptr; }
  std::optional<int64_t> lag() const;  // of all rows; nothing where none is known
};

// All groups, or those named: a name that no group has is a failure with "did you mean". By name.
Expected<std::vector<GroupReport>> report_groups(AdminSession& session, const std::vector<std::string>& names, bool time_lags);
Expected<GroupReport> report_group(AdminSession& session, const std::string& name, bool time_lags);

// The listings of all groups, or of those named.
Expected<std::vector<client::GroupListing>> find_groups(AdminSession& session, const std::vector<std::string>& names);
Failure no_such_group(const std::string& name, const std::vector<client::GroupListing>& existing);

// "Stable with 3 members", or "Stable" where nobody can say.
std::string group_state(const client::GroupDescription& group);
std::string group_state(const GroupReport& report);

}  // namespace evlog::cmd
