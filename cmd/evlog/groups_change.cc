// evlog groups delete and remove-member: what ends groups and memberships.
#include <algorithm>

#include "client/time_spec.h"
#include "evlog/confirm.h"
#include "evlog/group_log.h"
#include "evlog/group_report.h"
#include "evlog/groups.h"
#include "evlog/table.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

using client::GroupDescription;
using client::GroupListing;

struct Options {
  ClientOptions client;
  std::vector<std::string> groups;
  std::string older_than, group, member, instance;
  bool empty = false, all = false, yes = false, dry_run = false, if_exists = false;
};

// --- delete

Expected<int64_t> age_ms(const Options& o) {
  const auto age = client::parse_duration(o.older_than);
  if (!age) return failure(exit_code::usage, "as --older-than 30d", "--older-than: {}", age.error().message);
  return *age;
}

// The empty groups; of those, with --older-than, the ones that neither committed nor changed since.
Expected<std::vector<std::string>> choose_empty(const Options& o, AdminSession& session) {
  const auto listings = find_groups(session, {});
  if (!listings) return failure(listings.error());
  std::vector<std::string> out;
  for (const GroupListing& group : *listings)
    if (group.state == "Empty" || group.state == "Dead") out.push_back(group.group);
  if (o.older_than.empty() || out.empty()) return out;
  const auto age = age_ms(o);
  if (!age) return failure(age.error());
  const auto young = groups_active_since(session, wall_ms() - *age, o.client.quiet);
  if (!young) return failure(young.error());
  std::erase_if(out, [&](const std::string& name) { return young->contains(name); });
  return out;
}

Expected<std::vector<std::string>> choose_named(const Options& o, AdminSession& session) {
  const auto all = find_groups(session, {});
  if (!all) return failure(all.error());
  std::vector<std::string> out;
  for (const std::string& name : o.groups) {
    const bool exists = std::ranges::find(*all, name, &GroupListing::group) != all->end();
    if (!exists && !o.if_exists) return failure(no_such_group(name, *all));
    if (exists && std::ranges::find(out, name) == out.end()) out.push_back(name);
  }
  return out;
}

std::string named(const std::vector<std::string>& groups) {
  constexpr size_t shown_max = 10;
  if (groups.size() == 1) return "group " + groups[0];
  const std::vector<std::string> shown(groups.begin(), groups.begin() + static_cast<ptrdiff_t>(std::min(groups.size(), shown_max)));
  const std::string more = groups.size() > shown_max ? fmt::format(" and {} more", groups.size() - shown_max) : "";
  return fmt::format("{} groups ({}{})", groups.size(), fmt::join(shown, ", "), more);
}

Failure explain_group(AdminSession& session, const std::string& name, ErrorCode error) {
  if (error == ErrorCode::NON_EMPTY_GROUP) {
    const auto report = report_group(session, name, false);
    return {exit_code::failed, fmt::format("group {} is {}", name, report ? group_state(*report) : "not empty"),
            fmt::format("stop the consumers first (evlog groups describe {} --members)", name), "NON_EMPTY_GROUP"};
  }
  Failure f = session.explain_admin(Error{error, fmt::format("group {}: {}", name, error_text(error))});
  if (error == ErrorCode::GROUP_ID_NOT_FOUND) f.message = fmt::format("group '{}' does not exist", name), f.hint = "all groups: evlog groups";
  return f;
}

Outcome remove_groups(Options& o) {
  if (o.groups.empty() == !o.empty) return failure(exit_code::usage, "evlog groups delete GROUP…, or --empty [--older-than 30d]", "{}", o.empty ? "groups are named, or chosen by --empty: not both" : "which groups?");
  if (!o.older_than.empty() && !o.empty) return failure(exit_code::usage, "--empty --older-than 30d", "--older-than goes with --empty");
  if (!o.older_than.empty())
    if (const auto age = age_ms(o); !age) return failure(age.error());
  auto opened = AdminSession::open(o.client);
  if (!opened) return failure(opened.error());
  AdminSession& session = **opened;
  const auto groups = o.empty ? choose_empty(o, session) : choose_named(o, session);
  if (!groups) return failure(groups.error());
  if (groups->empty()) {
    if (!o.client.quiet) fmt::print(stderr, "nothing to delete\n");
    return exit_code::ok;
  }
  if (o.dry_run) return fmt::print(stderr, "would delete {}\n", named(*groups)), exit_code::ok;
  if (auto sure = confirm(o.yes, fmt::format("Delete {} with {} offsets?", named(*groups), groups->size() == 1 ? "its" : "their"), "nothing was deleted"); !sure) return failure(sure.error());
  const auto results = session.ask<std::map<std::string, ErrorCode>>([&] { return session.admin().delete_groups(*groups); });
  if (!results) return failure(results.error());
  constexpr size_t lines_max = 20;  // more than that is a number
  std::optional<Failure> first;
  size_t deleted = 0;
  for (const auto& [name, error] : *results) {
    if (o.client.json) JsonLine().text("group", name).boolean("deleted", error == ErrorCode::NONE).text_or_null("error", error == ErrorCode::NONE ? std::nullopt : std::optional(std::string(error_name(error)))).print();
    else if (error == ErrorCode::NONE && !o.client.quiet && results->size() <= lines_max) fmt::print(stderr, "deleted {}\n", name);
    deleted += error == ErrorCode::NONE;
    if (error != ErrorCode::NONE && !first) first = explain_group(session, name, error);
  }
  if (results->size() > lines_max && deleted > 0 && !o.client.json && !o.client.quiet) fmt::print(stderr, "deleted {} groups\n", deleted);
  if (!first) return exit_code::ok;
  if (results->size() > 1) first->message += fmt::format(" ({} deleted, {} not)", deleted, results->size() - deleted);
  return failure(*first);
}

// --- remove-member

Expected<std::vector<client::LeavingMember>> choose_members(const Options& o, const GroupDescription& group) {
  std::vector<client::LeavingMember> out;
  std::vector<std::string> known;
  for (const auto& m : group.members) {
    known.push_back(o.instance.empty() ? m.member_id : m.instance_id);
    const bool chosen = o.all || (!o.member.empty() && m.member_id == o.member) || (!o.instance.empty() && m.instance_id == o.instance);
    // A static member is named by its instance: the coordinator takes no other word for it.
    if (chosen) out.push_back(m.instance_id.empty() ? client::LeavingMember{m.member_id, {}} : client::LeavingMember{{}, m.instance_id});
  }
  if (!out.empty()) return out;
  const std::string wanted = o.instance.empty() ? o.member : o.instance;
  const std::string hint = did_you_mean(wanted, known) + fmt::format("its members: evlog groups describe {} --members", group.group);
  if (o.all) return failure(exit_code::missing, "", "group {} has no members ({})", group.group, group.state);
  return failure(exit_code::missing, hint, "group {} has no member {} '{}'", group.group, o.instance.empty() ? "with the id" : "with the instance id", wanted);
}

Outcome remove_members(Options& o) {
  if (static_cast<int>(!o.member.empty()) + !o.instance.empty() + o.all != 1)
    return failure(exit_code::usage, fmt::format("evlog groups remove-member {} --member ID, --instance ID or --all", o.group), "which member?");
  auto opened = AdminSession::open(o.client);
  if (!opened) return failure(opened.error());
  AdminSession& session = **opened;
  const auto report = report_group(session, o.group, false);
  if (!report) return failure(report.error());
  if (!report->members_known) return failure(exit_code::failed, "stop it where it runs", "group {} is of type {}: its members are not known to this evlog", o.group, report->type);
  const auto members = choose_members(o, report->group);
  if (!members) return failure(members.error());
  const std::string what = fmt::format("{} member{} of {}", members->size(), members->size() == 1 ? "" : "s", o.group);
  if (o.dry_run) return fmt::print(stderr, "would remove {}\n", what), exit_code::ok;
  if (auto sure = confirm(o.yes, fmt::format("Remove {}? The others take over; a member that still runs joins again.", what), "nobody was removed"); !sure) return failure(sure.error());
  const auto results = session.ask<std::vector<ErrorCode>>([&] { return session.admin().remove_members(o.group, *members, "evlog groups remove-member"); });
  if (!results) return failure(results.error());
  for (size_t i = 0; i < members->size() && i < results->size(); ++i) {
    const auto& m = (*members)[i];
    const std::string& name = m.member_id.empty() ? m.instance_id : m.member_id;
    if ((*results)[i] != ErrorCode::NONE) return failure(exit_code::failed, "", "{}: {}", name, error_text((*results)[i]));
    if (o.client.json) JsonLine().text("group", o.group).text(m.member_id.empty() ? "instance" : "member", name).boolean("removed", true).print();
    else if (!o.client.quiet) fmt::print(stderr, "removed {} from {}\n", name, o.group);
  }
  return exit_code::ok;
}

}  // namespace

void add_groups_delete(Args& groups) {
  Args& args = groups.command("delete", "Delete groups with their offsets", {"rm"});
  Options& o = args.keep<Options>();
  args.examples({"evlog groups delete old-group", "evlog groups delete one two three -y", "evlog groups delete --empty --older-than 30d --dry-run", "evlog groups delete --empty --older-than 30d -y"})
      .about("A group with members is not deleted. --older-than looks into __consumer_offsets for who committed or changed since.")
      .positionals("GROUP", o.groups, "The groups' names", false)
      .flag("--empty", o.empty, "All groups without members")
      .text("--older-than", o.older_than, "TIME", "With --empty: only those nobody used for this long, as 30d")
      .flag("--if-exists", o.if_exists, "No error where a group does not exist")
      .flag("-y,--yes", o.yes, "Do not ask")
      .flag("--dry-run", o.dry_run, "Only say what would be deleted")
      .flag("--json", o.client.json, "One JSON object per line");
  add_client_options(args, o.client);
  args.run([&o] { return remove_groups(o); });
}

void add_groups_remove_member(Args& groups) {
  Args& args = groups.command("remove-member", "Send members out of a group");
  Options& o = args.keep<Options>();
  args.examples({"evlog groups remove-member billing --instance worker-3     # a static member that will not come back",
                 "evlog groups remove-member billing --member rdkafka-0f3c… -y", "evlog groups remove-member billing --all -y"})
      .about("The others take over its partitions. A member that still runs notices at its next heartbeat and joins again.")
      .positional("GROUP", o.group, "The group's name")
      .text("--member", o.member, "ID", "The member id: evlog groups describe GROUP --members")
      .text("--instance", o.instance, "ID", "The group.instance.id of a static member")
      .flag("--all", o.all, "Every member")
      .flag("-y,--yes", o.yes, "Do not ask")
      .flag("--dry-run", o.dry_run, "Only say who would be removed")
      .flag("--json", o.client.json, "One JSON object per line");
  add_client_options(args, o.client);
  args.run([&o] { return remove_members(o); });
}

}  // namespace evlog::cmd
