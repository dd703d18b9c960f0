// evlog groups: which consumer groups there are, and how far behind each is.
#include "evlog/groups.h"

#include <algorithm>

#include "evlog/commands.h"
#include "evlog/group_report.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

using client::PartitionKey;

struct Options {
  ClientOptions client;
  std::string group;
  bool members = false, offsets = false, state = false, events = false;
  GroupEventsOptions following;
};

Cell member_count(const GroupReport& v) { return Cell::number(v.members_known ? std::optional(static_cast<int64_t>(v.group.members.size())) : std::nullopt); }

void print_offsets(const GroupReport& v, const ClientOptions& client) {
  Listing listing(client, {{"GROUP", "group"}, {"TOPIC", "topic"}, {"PARTITION", "partition"}, {"CURRENT-OFFSET", "current"}, {"LOG-END-OFFSET", "end"}, {"LAG", "lag"},
                           {"CONSUMER-ID", "member"}, {"HOST", "host"}, {"CLIENT-ID", "client"}, {"TIME-LAG", "time_lag_ms"}});
  for (const GroupRow& row : v.rows) {
    const client::GroupMember* const m = v.member(row);
    const auto of_member = [&](const std::string client::GroupMember::* field) { return Cell::optional_text(m ? std::optional(m->*field) : std::nullopt); };
    listing.row({Cell::text(v.group.group), Cell::text(row.key.topic), Cell::number(row.key.partition), Cell::number(row.current), Cell::number(row.end), Cell::number(row.lag()),
                 of_member(&client::GroupMember::member_id), of_member(&client::GroupMember::host), of_member(&client::GroupMember::client_id), duration_cell(row.time_lag_ms)});
  }
  listing.finish();
  if (for_scripts(client) || client.quiet || !is_terminal(stderr)) return;
  if (listing.empty()) fmt::print(stderr, "group {} is {} and has committed nothing\n", v.group.group, group_state(v));
  else if (v.group.members.empty() && v.members_known) fmt::print(stderr, "the group has no members now ({})\n", v.group.state);
}

Cell assignment_cell(const client::GroupMember& member) {
  std::map<std::string, std::vector<int32_t>> topics;
  for (const PartitionKey& key : member.assignment) topics[key.topic].push_back(key.partition);
  std::vector<std::string> words;
  JsonLine object;
  for (const auto& [topic, partitions] : topics) {
    words.push_back(fmt::format("{}({})", topic, fmt::join(partitions, ",")));
    object.raw(topic, JsonLine::numbers(partitions));
  }
  const std::string shown = fmt::format("{}", fmt::join(words, " "));
  return {shown.empty() ? "-" : shown, object.object(), shown};
}

// For people the column of static members stands there when there is one, as in Kafka's own tool.
void print_members(const GroupReport& v, const ClientOptions& client) {
  const bool has_static = std::ranges::any_of(v.group.members, [](const auto& m) { return !m.instance_id.empty(); });
  Listing listing(client, {{"GROUP", "group"}, {"CONSUMER-ID", "member"}, {"GROUP-INSTANCE-ID", "instance", has_static ? Listing::Show::always : Listing::Show::scripts}, {"HOST", "host"},
                           {"CLIENT-ID", "client"}, {"#PARTITIONS", "partitions"}, {"ASSIGNMENT", "assignment"}});
  for (const auto& m : v.group.members)
    listing.row({Cell::text(v.group.group), Cell::text(m.member_id), Cell::optional_text(m.instance_id.empty() ? std::nullopt : std::optional(m.instance_id)), Cell::text(m.host), Cell::text(m.client_id),
                 Cell::number(static_cast<int64_t>(m.assignment.size())), assignment_cell(m)});
  listing.finish();
  if (listing.empty() && v.members_known && !for_scripts(client) && !client.quiet && is_terminal(stderr)) fmt::print(stderr, "group {} has no members now ({})\n", v.group.group, v.group.state);
}

void print_state(const GroupReport& v, const client::ClusterInfo& cluster, const ClientOptions& client) {
  const auto& g = v.group;
  const auto broker = std::ranges::find(cluster.brokers, g.coordinator, &client::BrokerInfo::id);
  const std::string where = broker == cluster.brokers.end() ? "?" : fmt::format("{}:{}", broker->address.host, broker->address.port);
  Listing listing(client, {{"GROUP", "group"}, {"COORDINATOR (ID)", "coordinator"}, {"ASSIGNMENT-STRATEGY", "protocol"}, {"STATE", "state"}, {"#MEMBERS", "members"}});
  Cell coordinator = Cell::number(g.coordinator);
  coordinator.shown = fmt::format("{} ({})", where, g.coordinator);
  listing.row({Cell::text(g.group), coordinator, Cell::text(g.protocol), Cell::text(g.state), member_count(v)});
}

// What is left out is said, whoever reads the output.
void note_unknown(const GroupReport& v, const ClientOptions& client) {
  if (!v.members_known && !client.quiet) warn(fmt::format("group {} is {} and of type {}: its members are not known to this evlog", v.group.group, v.group.state, v.type));
}

Outcome describe(Options& o) {
  if (o.events) {
    o.following.group = o.group;
    return follow_group_events(o.client, o.following);
  }
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto v = report_group(**session, o.group, !o.members && !o.state);
  if (!v) return failure(v.error());
  note_unknown(*v, o.client);
  if (o.members) {
    print_members(*v, o.client);
  } else if (o.state) {
    const auto cluster = describe_cluster(**session);
    if (!cluster) return failure(cluster.error());
    print_state(*v, *cluster, o.client);
  } else {
    print_offsets(*v, o.client);
  }
  return exit_code::ok;
}

std::vector<std::string> topics_of(const GroupReport& v) {
  std::vector<std::string> topics;
  for (const GroupRow& row : v.rows)
    if (topics.empty() || topics.back() != row.key.topic) topics.push_back(row.key.topic);
  return topics;
}

Outcome list(Options& o) {
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto reports = report_groups(**session, {}, false);
  if (!reports) return failure(reports.error());
  Listing listing(o.client, {{"GROUP", "group"}, {"STATE", "state"}, {"TYPE", "type"}, {"PROTOCOL", "protocol_type", Listing::Show::wide}, {"MEMBERS", "members"}, {"TOPICS", "topics"}, {"LAG", "lag"}, {"COORD", "coordinator"}});
  for (const GroupReport& v : *reports) {
    const std::vector<std::string> topics = topics_of(v);
    Cell count = Cell::number(static_cast<int64_t>(topics.size()));
    count.shown = topics.empty() ? "-" : fmt::format("{}", fmt::join(topics, ","));
    listing.row({Cell::text(v.group.group), Cell::text(v.group.state), Cell::text(v.type), Cell::text(v.group.protocol_type), member_count(v), count,
                 Cell::number(v.lag()), Cell::number(v.group.coordinator)});
  }
  listing.finish();
  if (listing.empty() && !for_scripts(o.client) && is_terminal(stderr)) fmt::print(stderr, "no groups; the first: evlog consume TOPIC -g GROUP\n");
  return exit_code::ok;
}

void add_common(Args& args, Options& o, bool lists) {
  add_format_options(args, o.client);
  add_client_options(args, o.client);
  if (lists) args.run([&o] { return list(o); });
  else args.run([&o] { return describe(o); });
}

}  // namespace

Cell duration_cell(const std::optional<int64_t>& ms) {
  Cell out = Cell::number(ms);
  if (ms) out.shown = human_duration(*ms);
  return out;
}

void add_groups(Args& root) {
  Args& groups = root.command("groups", "List, describe and change consumer groups", {"group"});
  Options& o = groups.keep<Options>();
  groups.examples({"evlog groups                        # the same as: evlog groups list", "evlog groups describe billing", "evlog groups lag -w                 # who is behind, every two seconds",
                   "evlog groups describe billing --events   # why did it rebalance?", "evlog groups delete old-group"});
  add_common(groups, o, true);
  add_common(groups.command("list", "Which groups there are, with their lag", {"ls"}).examples({"evlog groups list", "evlog groups list --json", "evlog groups ls -b 10.0.0.9:9092"}), o, true);
  Args& described = groups.command("describe", "A group's offsets, lag, members and rebalances");
  described.examples({"evlog groups describe billing", "evlog groups describe billing --members", "evlog groups describe billing --state --json",
                      "evlog groups describe billing --events --since -1h    # each generation and what led to it, then follow"})
      .about("TIME-LAG is the age of the next record to be read.\n\n"
             "--events reads the group's own records in __consumer_offsets and compares each generation with the one before: who joined, who\n"
             "left or was silent for too long, whose subscription or which topic changed. Then it follows the group, until Ctrl-C or -e. It\n"
             "needs no help from the broker, so the words are conclusions: a member that closed and one that died look alike.")
      .positional("GROUP", o.group, "The group's name")
      .flag("--offsets", o.offsets, "Committed offsets and lag; this is the default")
      .flag("--members", o.members, "Who is in it, with their partitions")
      .flag("--state", o.state, "State, coordinator and strategy")
      .flag("--events", o.events, "What happened to it, and follow it")
      .text("--since", o.following.since, "TIME", "With --events: begin here, as -1h or 2026-01-31. Default: -24h")
      .flag("-e,--exit", o.following.exit_at_end, "With --events: do not follow");
  add_common(described, o, false);
  add_groups_lag(groups);
  add_groups_peek(groups);
  add_groups_delete(groups);
  add_groups_remove_member(groups);
}

}  // namespace evlog::cmd
