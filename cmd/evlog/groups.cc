// evlog groups: which consumer groups there are, and how far behind each is.
#include <algorithm>

#include "evlog/admin_session.h"
#include "evlog/commands.h"
#include "evlog/table.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

using client::PartitionKey;

struct Options {
  ClientOptions client;
  std::string group;
  bool members = false, offsets = false, state = false;
};

// One row of Kafka's own table.
struct Row {
  PartitionKey key;
  std::optional<int64_t> current, end;
  const client::GroupMember* member = nullptr;
  std::optional<int64_t> lag() const { return current && end ? std::optional(std::max<int64_t>(0, *end - *current)) : std::nullopt; }
};

struct View {
  client::GroupDescription group;
  std::vector<Row> rows;
};

std::string cell(const std::optional<int64_t>& number) { return number ? fmt::format("{}", *number) : "-"; }
std::string cell(std::string_view text) { return text.empty() ? "-" : std::string(text); }

Expected<View> view(AdminSession& session, const std::string& name) {
  auto group = session.ask<client::GroupDescription>([&] { return session.admin().describe_group(name); });
  if (!group) return failure(group.error());
  const auto committed = session.ask<std::map<PartitionKey, client::CommittedOffset>>([&] { return session.admin().committed(name); });
  if (!committed) return failure(committed.error());
  const auto cluster = describe_cluster(session);
  if (!cluster) return failure(cluster.error());
  View out{.group = std::move(*group), .rows = {}};
  std::map<PartitionKey, int64_t> times;
  for (const auto& [key, offset] : *committed) times[key] = client::latest_time;
  for (const auto& member : out.group.members)
    for (const PartitionKey& key : member.assignment) times[key] = client::latest_time;
  const auto ends = session.admin().list_offsets(*cluster, times);
  for (const auto& [key, time] : times) {
    Row row{.key = key};
    if (const auto found = committed->find(key); found != committed->end()) row.current = found->second.offset;
    if (ends && ends->at(key).offset >= 0) row.end = ends->at(key).offset;
    for (const auto& member : out.group.members)
      if (std::ranges::find(member.assignment, key) != member.assignment.end()) row.member = &member;
    out.rows.push_back(row);
  }
  return out;
}

Failure no_such_group(AdminSession& session, const std::string& name) {
  std::vector<std::string> names;
  if (const auto groups = session.admin().list_groups())
    for (const auto& group : *groups) names.push_back(group.group);
  return {exit_code::missing, fmt::format("group '{}' does not exist", name), did_you_mean(name, names) + "all groups: evlog groups", "GROUP_ID_NOT_FOUND"};
}

void print_offsets(const View& v, bool json) {
  Table table({"GROUP", "TOPIC", "PARTITION", "CURRENT-OFFSET", "LOG-END-OFFSET", "LAG", "CONSUMER-ID", "HOST", "CLIENT-ID"});
  for (const Row& row : v.rows) {
    const client::GroupMember* const m = row.member;
    if (json) {
      JsonLine().text("group", v.group.group).text("topic", row.key.topic).number("partition", row.key.partition).number_or_null("current", row.current).number_or_null("end", row.end)
          .number_or_null("lag", row.lag()).text_or_null("member", m ? std::optional(m->member_id) : std::nullopt).print();
    } else {
      table.row({v.group.group, row.key.topic, fmt::format("{}", row.key.partition), cell(row.current), cell(row.end), cell(row.lag()), cell(m ? m->member_id : ""), cell(m ? m->host : ""), cell(m ? m->client_id : "")});
    }
  }
  if (!json) table.print();
  if (!json && v.group.members.empty() && is_terminal(stderr)) fmt::print(stderr, "the group has no members now ({})\n", v.group.state);
}

void print_members(const View& v, bool json) {
  Table table({"GROUP", "CONSUMER-ID", "HOST", "CLIENT-ID", "#PARTITIONS", "ASSIGNMENT"});
  for (const auto& member : v.group.members) {
    std::map<std::string, std::vector<int32_t>> topics;
    for (const PartitionKey& key : member.assignment) topics[key.topic].push_back(key.partition);
    std::vector<std::string> words;
    JsonLine assignment;
    for (const auto& [topic, partitions] : topics) {
      words.push_back(fmt::format("{}({})", topic, fmt::join(partitions, ",")));
      assignment.raw(topic, JsonLine::numbers(partitions));
    }
    if (json) {
      JsonLine().text("group", v.group.group).text("member", member.member_id).text("host", member.host).text("client", member.client_id)
          .text_or_null("instance", member.instance_id.empty() ? std::nullopt : std::optional(member.instance_id)).raw("assignment", assignment.object()).print();
    } else {
      table.row({v.group.group, member.member_id, member.host, member.client_id, fmt::format("{}", member.assignment.size()), cell(fmt::format("{}", fmt::join(words, " ")))});
    }
  }
  if (!json) table.print();
}

void print_state(const View& v, bool json) {
  const auto& g = v.group;
  if (json) {
    JsonLine().text("group", g.group).number("coordinator", g.coordinator).text("protocol", g.protocol).text("state", g.state).number("members", static_cast<int64_t>(g.members.size())).print();
    return;
  }
  Table table({"GROUP", "COORDINATOR", "ASSIGNMENT-STRATEGY", "STATE", "#MEMBERS"});
  table.row({g.group, fmt::format("{}", g.coordinator), cell(g.protocol), g.state, fmt::format("{}", g.members.size())});
  table.print();
}

Outcome describe(Options& o) {
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto v = view(**session, o.group);
  if (!v && v.error().kafka_error == "GROUP_ID_NOT_FOUND") return failure(no_such_group(**session, o.group));
  if (!v) return failure(v.error());
  if (o.members) print_members(*v, o.client.json);
  else if (o.state) print_state(*v, o.client.json);
  else print_offsets(*v, o.client.json);
  return exit_code::ok;
}

Outcome list(Options& o) {
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto groups = (*session)->ask<std::vector<client::GroupListing>>([&] { return (*session)->admin().list_groups(); });
  if (!groups) return failure(groups.error());
  Table table({"GROUP", "STATE", "TYPE", "MEMBERS", "TOPICS", "LAG", "COORD"});
  for (const auto& group : *groups) {
    const auto v = view(**session, group.group);
    std::optional<int64_t> members, lag;
    std::vector<std::string> topics;
    if (v) {
      members = static_cast<int64_t>(v->group.members.size());
      for (const Row& row : v->rows) {
        if (topics.empty() || topics.back() != row.key.topic) topics.push_back(row.key.topic);
        if (row.lag()) lag = lag.value_or(0) + *row.lag();
      }
    }
    if (o.client.json) {
      JsonLine().text("group", group.group).text("state", group.state).text("type", group.type).text("protocol_type", group.protocol_type).number_or_null("members", members)
          .number("topics", static_cast<int64_t>(topics.size())).number_or_null("lag", lag).number("coordinator", group.coordinator).print();
    } else {
      table.row({group.group, cell(group.state), cell(group.type), cell(members), cell(fmt::format("{}", fmt::join(topics, ","))), cell(lag), fmt::format("{}", group.coordinator)});
    }
  }
  if (!o.client.json && !table.empty()) table.print();
  if (!o.client.json && table.empty() && is_terminal(stderr)) fmt::print(stderr, "no groups; the first: evlog consume TOPIC -g GROUP\n");
  return exit_code::ok;
}

void add_common(Args& args, Options& o, bool lists) {
  args.flag("--json", o.client.json, "One JSON object per line");
  add_client_options(args, o.client);
  if (lists) args.run([&o] { return list(o); });
  else args.run([&o] { return describe(o); });
}

}  // namespace

void add_groups(Args& root) {
  Args& groups = root.command("groups", "List and describe consumer groups", {"group"});
  Options& o = groups.keep<Options>();
  groups.examples({"evlog groups                        # the same as: evlog groups list", "evlog groups describe billing", "evlog groups describe billing --members", "evlog groups list --json"});
  add_common(groups, o, true);
  add_common(groups.command("list", "Which groups there are, with their lag", {"ls"}).examples({"evlog groups list", "evlog groups list --json", "evlog groups ls -b 10.0.0.9:9092"}), o, true);
  Args& described = groups.command("describe", "Offsets, lag and members of a group");
  described.examples({"evlog groups describe billing", "evlog groups describe billing --members", "evlog groups describe billing --state --json"})
      .positional("GROUP", o.group, "The group's name")
      .flag("--offsets", o.offsets, "Committed offsets and lag; this is the default")
      .flag("--members", o.members, "Who is in it, with their partitions")
      .flag("--state", o.state, "State, coordinator and strategy");
  add_common(described, o, false);
}

}  // namespace evlog::cmd
