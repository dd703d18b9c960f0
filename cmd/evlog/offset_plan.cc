// How a group's offsets are changed: plan, question, commit, and a look at what was committed.
#include <algorithm>

#include "evlog/confirm.h"
#include "evlog/group_report.h"
#include "evlog/offset_marks.h"
#include "evlog/offsets.h"
#include "evlog/output.h"
#include "evlog/terminal.h"

namespace evlog::cmd {

using client::PartitionKey;

namespace {

std::string signed_number(int64_t n) { return n > 0 ? fmt::format("+{}", n) : fmt::format("{}", n); }

// For scripts a plan is printed when it is known what became of it.
void print_plan(const ClientOptions& client, const OffsetPlan& plan, bool set) {
  Listing listing(client, {{"GROUP", "group"}, {"TOPIC", "topic"}, {"PARTITION", "partition"}, {"CURRENT", "current"}, {"NEW", "new"}, {"DELTA", "delta"}, {"SET", "set", Listing::Show::scripts}});
  for (const OffsetChange& c : plan.changes) {
    Cell delta = Cell::number(c.from ? std::optional(c.to.offset - *c.from) : std::nullopt);
    if (c.from) delta.shown = signed_number(c.to.offset - *c.from);
    listing.row({Cell::text(plan.group), Cell::text(c.key.topic), Cell::number(c.key.partition), Cell::number(c.from), Cell::number(c.to.offset), delta, Cell::flag(set)});
  }
}

std::string records(int64_t n) { return fmt::format("{} record{}", human_count(static_cast<uint64_t>(n)), n == 1 ? "" : "s"); }

// What it means, in records.
std::string consequence(const OffsetPlan& plan) {
  int64_t again = 0, skipped = 0;
  for (const OffsetChange& c : plan.changes) {
    if (!c.from) continue;
    again += std::max<int64_t>(0, *c.from - c.to.offset);
    skipped += std::max<int64_t>(0, c.to.offset - *c.from);
  }
  std::string out;
  if (again > 0) out += fmt::format(" {} will be read again", records(again));
  if (skipped > 0) out += fmt::format("{} {} will be skipped", out.empty() ? "" : ",", records(skipped));
  return out;
}

std::string count(const OffsetPlan& plan) { return fmt::format("{} offset{}", plan.changes.size(), plan.changes.size() == 1 ? "" : "s"); }

Expected<void> commit(AdminSession& session, const OffsetPlan& plan) {
  CommittedOffsets wanted;
  for (const OffsetChange& c : plan.changes) wanted[c.key] = c.to;
  using Errors = std::map<PartitionKey, ErrorCode>;
  const auto errors = session.ask<Errors>([&]() -> Result<Errors> {
    auto done = session.admin().commit_offsets(plan.group, wanted);
    if (done)
      for (const auto& [key, error] : *done)
        if (error != ErrorCode::NONE && AdminSession::not_yet(Error{error, {}})) return fail(error);
    return done;
  });
  if (!errors) return failure(errors.error());
  for (const auto& [key, error] : *errors) {
    if (error == ErrorCode::NONE) continue;
    // A member came between the question and the commit.
    if (error == ErrorCode::UNKNOWN_MEMBER_ID || error == ErrorCode::ILLEGAL_GENERATION || error == ErrorCode::REBALANCE_IN_PROGRESS)
      return failure(exit_code::failed, fmt::format("stop the consumers first (evlog groups describe {} --members)", plan.group), "group {} has members again", plan.group);
    return failure(exit_code::failed, "", "{} partition {}: {}", key.topic, key.partition, error_text(error));
  }
  return {};
}

Expected<void> verify(AdminSession& session, const OffsetPlan& plan) {
  const auto now = committed_offsets(session, plan.group);
  if (!now) return failure(now.error());
  for (const OffsetChange& c : plan.changes) {
    const auto found = now->find(c.key);
    if (found == now->end() || found->second.offset != c.to.offset)
      return failure(exit_code::failed, fmt::format("somebody else commits for this group: evlog groups describe {}", plan.group), "{} partition {} stands at {}, not at {}", c.key.topic, c.key.partition,
                     found == now->end() ? "nothing" : fmt::format("{}", found->second.offset), c.to.offset);
  }
  return {};
}

}  // namespace

Expected<CommittedOffsets> committed_offsets(AdminSession& session, const std::string& group) {
  return session.ask<CommittedOffsets>([&] { return session.admin().committed(group); });
}

Expected<void> check_idle(const ClientOptions& client, AdminSession& session, const std::string& name, bool must_exist) {
  const auto all = find_groups(session, {});
  if (!all) return failure(all.error());
  if (std::ranges::find(*all, name, &client::GroupListing::group) == all->end()) {
    const Failure missing = no_such_group(name, *all);
    if (must_exist) return failure(missing);
    const size_t suggestion = missing.hint.find("all groups:");
    if (!client.quiet) warn(fmt::format("group '{}' does not exist yet and will be made{}{}", name, suggestion > 0 ? "; " : "", suggestion > 2 ? missing.hint.substr(0, suggestion - 2) : ""));
    return {};
  }
  const auto report = report_group(session, name, false);
  if (!report) return failure(report.error());
  if (!report->group.members.empty() || !report->members_known) return failure({exit_code::failed, fmt::format("group {} is {}", name, group_state(*report)), fmt::format("stop the consumers first (evlog groups describe {} --members)", name), "NON_EMPTY_GROUP"});
  return {};
}

Expected<std::vector<OffsetChange>> place_given(const ClientOptions& client, AdminSession& session, const client::ClusterInfo& cluster, const std::vector<PartitionKey>& keys,
                                                const CommittedOffsets& given) {
  const auto marks = offset_marks(session, cluster, keys, std::nullopt);
  if (!marks) return failure(marks.error());
  std::vector<OffsetChange> out;
  for (const PartitionKey& key : keys) {
    client::CommittedOffset to = given.at(key);
    const int64_t place = marks->place(key, {client::Position::Kind::offset, to.offset});
    if (place != to.offset && !client.quiet) warn(fmt::format("{} partition {} has offsets {} to {}: {} becomes {}", key.topic, key.partition, marks->start.at(key).offset, marks->end.at(key).offset, to.offset, place));
    to.offset = place;
    out.push_back({key, {}, to});
  }
  return out;
}

Outcome carry_out(const ClientOptions& client, AdminSession& session, const CommittedOffsets& current, OffsetPlan plan) {
  for (OffsetChange& change : plan.changes)
    if (const auto found = current.find(change.key); found != current.end()) change.from = found->second.offset;
  if (plan.changes.empty()) {
    if (!client.quiet) fmt::print(stderr, "nothing to set\n");
    return exit_code::ok;
  }
  const bool asks = !plan.yes && !plan.dry_run;
  if (!for_scripts(client) || plan.dry_run) print_plan(client, plan, false);
  std::fflush(stdout);
  if (plan.dry_run) {
    if (!client.quiet) fmt::print(stderr, "would set {}{}{}\n", count(plan), consequence(plan).empty() ? "" : ":", consequence(plan));
    return exit_code::ok;
  }
  if (asks)
    if (auto sure = confirm(false, fmt::format("Set {}?{}{}", count(plan), consequence(plan), consequence(plan).empty() ? "" : "."), "nothing was set"); !sure) return failure(sure.error());
  if (auto done = commit(session, plan); !done) return failure(done.error());
  if (auto right = verify(session, plan); !right) return failure(right.error());
  if (for_scripts(client)) print_plan(client, plan, true);
  const std::string so = asks ? "" : consequence(plan);
  if (!client.quiet) fmt::print(stderr, "set {} of {}{}{}\n", count(plan), plan.group, so.empty() ? "" : ":", so);
  return exit_code::ok;
}

}  // namespace evlog::cmd
