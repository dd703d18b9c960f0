#include "evlog/group_report.h"

#include <algorithm>
#include <set>

#include "evlog/terminal.h"
#include "record/batch_iterator.h"
#include "record/record_iterator.h"

namespace evlog::cmd {

using client::GroupDescription;
using client::GroupListing;
using client::PartitionKey;
using Committed = std::map<PartitionKey, client::CommittedOffset>;

namespace {

constexpr int32_t time_lag_bytes = 64 << 10;

// The time of the first record at or behind `offset`.
std::optional<int64_t> time_at(Bytes batches, int64_t offset) {
  record::BatchIterator iterator(batches);
  while (const auto batch = iterator.next()) {
    record::RecordIterator records(*batch);
    while (const auto record = records.next())
      if (record->offset.value() >= offset) return record->timestamp;
  }
  return std::nullopt;
}

void add_time_lags(AdminSession& session, const client::ClusterInfo& cluster, std::vector<GroupReport>& reports) {
  std::map<PartitionKey, std::set<int64_t>> wanted;  // several groups may stand at different places of one partition
  for (GroupReport& report : reports)
    for (GroupRow& row : report.rows) {
      if (row.lag() == 0) row.time_lag_ms = 0;
      else if (row.lag()) wanted[row.key].insert(*row.current);
    }
  std::map<std::pair<PartitionKey, int64_t>, int64_t> times;
  while (!wanted.empty()) {
    std::map<PartitionKey, int64_t> offsets;
    for (auto at = wanted.begin(); at != wanted.end();) {
      offsets[at->first] = *at->second.begin();
      at->second.erase(at->second.begin());
      at = at->second.empty() ? wanted.erase(at) : std::next(at);
    }
    const auto batches = session.admin().fetch(cluster, offsets, time_lag_bytes);
    if (!batches) return;  // who may not read the topic still sees the lag in records
    for (const auto& [key, bytes] : *batches)
      if (const auto time = time_at(bytes, offsets.at(key))) times[{key, offsets.at(key)}] = *time;
  }
  const int64_t now = wall_ms();
  for (GroupReport& report : reports)
    for (GroupRow& row : report.rows)
      if (row.current)
        if (const auto found = times.find({row.key, *row.current}); found != times.end() && found->second >= 0) row.time_lag_ms = std::max<int64_t>(0, now - found->second);
}

// Kafka of long ago tells of one group at a time.
Expected<std::map<std::string, Committed>> committed_of(AdminSession& session, const std::vector<GroupListing>& groups) {
  using All = std::map<std::string, Committed>;
  return session.ask<All>([&]() -> Result<All> {
    auto all = session.admin().committed(groups);
    if (all || all.error().code != ErrorCode::UNSUPPORTED_VERSION) return all;
    All one_by_one;
    for (const GroupListing& group : groups) {
      auto one = session.admin().committed(group.group);
      if (!one) return fail(one.error());
      one_by_one[group.group] = std::move(*one);
    }
    return one_by_one;
  });
}

// Groups of kinds that DescribeGroups does not know are shown with what the list says about them.
std::vector<GroupReport> begin_reports(const std::vector<GroupListing>& listings, std::vector<GroupDescription> described) {
  std::vector<GroupReport> out;
  for (const GroupListing& listing : listings) {
    GroupReport report;
    const auto found = std::ranges::find(described, listing.group, &GroupDescription::group);
    if (found != described.end()) report.group = std::move(*found);
    else report.group = {.group = listing.group, .state = listing.state, .protocol_type = listing.protocol_type, .protocol = {}, .members = {}, .coordinator = listing.coordinator};
    report.members_known = found != described.end() || listing.state == "Empty";
    report.type = listing.type;
    out.push_back(std::move(report));
  }
  return out;
}

void add_rows(GroupReport& report, const Committed& committed) {
  std::map<PartitionKey, GroupRow> rows;
  for (const auto& [key, offset] : committed) rows[key].current = offset.offset;
  for (size_t i = 0; i < report.group.members.size(); ++i)
    for (const PartitionKey& key : report.group.members[i].assignment) rows[key].member = i;
  for (auto& [key, row] : rows) {
    row.key = key;
    report.rows.push_back(row);
  }
}

}  // namespace

std::optional<int64_t> GroupReport::lag() const {
  std::optional<int64_t> sum;
  for (const GroupRow& row : rows)
    if (row.lag()) sum = sum.value_or(0) + *row.lag();
  return sum;
}

std::string group_state(const GroupDescription& group) {
  return fmt::format("{} with {} member{}", group.state, group.members.size(), group.members.size() == 1 ? "" : "s");
}

std::string group_state(const GroupReport& report) { return report.members_known ? group_state(report.group) : report.group.state; }

Failure no_such_group(const std::string& name, const std::vector<GroupListing>& existing) {
  std::vector<std::string> names;
  for (const GroupListing& group : existing) names.push_back(group.group);
  return {exit_code::missing, fmt::format("group '{}' does not exist", name), did_you_mean(name, names) + "all groups: evlog groups", "GROUP_ID_NOT_FOUND"};
}

Expected<std::vector<GroupListing>> find_groups(AdminSession& session, const std::vector<std::string>& names) {
  auto all = session.ask<std::vector<GroupListing>>([&] { return session.admin().list_groups(); });
  if (!all || names.empty()) return all;
  std::vector<GroupListing> out;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(*all, name, &GroupListing::group);
    if (found == all->end()) return failure(no_such_group(name, *all));
    if (std::ranges::find(out, name, &GroupListing::group) == out.end()) out.push_back(*found);
  }
  return out;
}

Expected<std::vector<GroupReport>> report_groups(AdminSession& session, const std::vector<std::string>& names, bool time_lags) {
  const auto listings = find_groups(session, names);
  if (!listings) return failure(listings.error());
  auto described = session.ask<std::vector<GroupDescription>>([&] { return session.admin().describe_groups(*listings); });
  if (!described) return failure(described.error());
  const auto committed = committed_of(session, *listings);
  if (!committed) return failure(committed.error());
  const auto cluster = describe_cluster(session);
  if (!cluster) return failure(cluster.error());

  std::vector<GroupReport> reports = begin_reports(*listings, std::move(*described));
  std::map<PartitionKey, int64_t> times;
  for (GroupReport& report : reports) {
    const auto found = committed->find(report.group.group);
    add_rows(report, found == committed->end() ? Committed{} : found->second);
    for (const GroupRow& row : report.rows) times[row.key] = client::latest_time;
  }
  const auto ends = session.admin().list_offsets(*cluster, times);
  for (GroupReport& report : reports)
    for (GroupRow& row : report.rows)
      if (ends && ends->at(row.key).offset >= 0) row.end = ends->at(row.key).offset;
  if (time_lags) add_time_lags(session, *cluster, reports);
  return reports;
}

Expected<GroupReport> report_group(AdminSession& session, const std::string& name, bool time_lags) {
  auto reports = report_groups(session, {name}, time_lags);
  if (!reports) return failure(reports.error());
  return std::move(reports->front());
}

}  // namespace evlog::cmd
