// evlog offsets: where partitions begin and end, what offset a time has, and what groups committed.
#include <algorithm>

#include "client/offset_spec.h"
#include "evlog/admin_session.h"
#include "evlog/commands.h"
#include "evlog/table.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

using client::ListedOffset;
using client::PartitionKey;
using client::Position;
using Listed = std::map<PartitionKey, ListedOffset>;

struct Options {
  ClientOptions client;
  std::vector<std::string> topics;
  std::string at, group;
};

struct Marks { Listed start, end, at; };

Expected<Listed> list_at(AdminSession& session, const client::ClusterInfo& cluster, const std::vector<PartitionKey>& keys, int64_t time) {
  std::map<PartitionKey, int64_t> times;
  for (const PartitionKey& key : keys) times[key] = time;
  return session.ask<Listed>([&] { return session.admin().list_offsets(cluster, times); });
}

int64_t place(const Position& position, int64_t start, int64_t end, int64_t at_time) {
  switch (position.kind) {
    case Position::Kind::end: return end;
    case Position::Kind::offset: return std::clamp(position.value, start, end);
    case Position::Kind::before_end: return std::max(start, end - std::min(position.value, end));
    case Position::Kind::after_start: return std::min(end, start + std::min(position.value, end));
    case Position::Kind::time: return at_time < 0 ? end : at_time;
    default: return start;
  }
}

void print_row(const Options& o, Table& table, const PartitionKey& key, const Marks& marks, const std::optional<Position>& position) {
  const int64_t start = marks.start.at(key).offset, end = marks.end.at(key).offset;
  if (position) {
    const auto at = marks.at.find(key);
    const int64_t offset = place(*position, start, end, at == marks.at.end() ? -1 : at->second.offset);
    if (o.client.json) JsonLine().text("topic", key.topic).number("partition", key.partition).number("offset", offset).print();
    else table.row({key.topic, fmt::format("{}", key.partition), fmt::format("{}", offset)});
  } else if (o.client.json) {
    JsonLine().text("topic", key.topic).number("partition", key.partition).number("start", start).number("end", end).number("records", end - start).print();
  } else {
    table.row({key.topic, fmt::format("{}", key.partition), fmt::format("{}", start), fmt::format("{}", end), fmt::format("{}", end - start)});
  }
}

Expected<std::vector<PartitionKey>> keys_of(const Options& o, const client::ClusterInfo& cluster) {
  std::vector<PartitionKey> keys;
  std::vector<std::string> names = o.topics;
  if (names.empty())
    for (const auto& topic : cluster.topics)
      if (!topic.internal) names.push_back(topic.name);
  for (const std::string& name : names) {
    const auto topic = find_topic(cluster, name);
    if (!topic) return failure(topic.error());
    for (const auto& p : (*topic)->partitions) keys.push_back({name, p.index});
  }
  return keys;
}

Outcome list(Options& o) {
  std::optional<Position> position;
  if (!o.at.empty()) {
    const auto spec = client::parse_offset_spec(o.at, wall_ms());
    if (!spec || spec->stop || !spec->start) return failure(exit_code::usage, "see: evlog help offsets", "--at: {}", spec ? "one position, not a range" : spec.error().message);
    position = *spec->start;
    if (position->kind == Position::Kind::stored) return failure(exit_code::usage, "evlog offsets get GROUP", "--at stored needs a group");
  }
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto cluster = describe_cluster(**session);
  if (!cluster) return failure(cluster.error());
  const auto keys = keys_of(o, *cluster);
  if (!keys) return failure(keys.error());
  auto start = list_at(**session, *cluster, *keys, client::earliest_time);
  if (!start) return failure(start.error());
  auto end = list_at(**session, *cluster, *keys, client::latest_time);
  if (!end) return failure(end.error());
  Marks marks{std::move(*start), std::move(*end), {}};
  if (position && position->kind == Position::Kind::time) {
    auto at = list_at(**session, *cluster, *keys, position->value);
    if (!at) return failure(at.error());
    marks.at = std::move(*at);
  }
  Table table(position ? std::vector<std::string>{"TOPIC", "PARTITION", "OFFSET"} : std::vector<std::string>{"TOPIC", "PARTITION", "START", "END", "RECORDS"});
  for (const PartitionKey& key : *keys) {
    if (const auto error = marks.end.at(key).error; error != ErrorCode::NONE) return failure(exit_code::failed, "", "{} partition {}: {}", key.topic, key.partition, error_text(error));
    print_row(o, table, key, marks, position);
  }
  if (!o.client.json && !table.empty()) table.print();
  return exit_code::ok;
}

Outcome get(Options& o) {
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto committed = (*session)->ask<std::map<PartitionKey, client::CommittedOffset>>([&] { return (*session)->admin().committed(o.group); });
  if (!committed) return failure(committed.error());
  if (committed->empty()) {
    std::vector<std::string> names;
    if (const auto groups = (*session)->admin().list_groups())
      for (const auto& group : *groups) names.push_back(group.group);
    if (std::ranges::find(names, o.group) == names.end())
      return failure(exit_code::missing, did_you_mean(o.group, names) + "all groups: evlog groups", "group '{}' does not exist", o.group);
  }
  Table table({"GROUP", "TOPIC", "PARTITION", "OFFSET", "METADATA"});
  for (const auto& [key, offset] : *committed) {
    if (o.client.json) JsonLine().text("group", o.group).text("topic", key.topic).number("partition", key.partition).number("offset", offset.offset).number("epoch", offset.leader_epoch).text("metadata", offset.metadata).print();
    else table.row({o.group, key.topic, fmt::format("{}", key.partition), fmt::format("{}", offset.offset), offset.metadata.empty() ? "-" : offset.metadata});
  }
  if (!o.client.json && !table.empty()) table.print();
  return exit_code::ok;
}

}  // namespace

void add_offsets(Args& root) {
  Args& offsets = root.command("offsets", "Offsets of topics and groups", {"offset"});
  Options& o = offsets.keep<Options>();
  offsets.examples({"evlog offsets list orders", "evlog offsets list orders --at @-1h          # the first record of the last hour", "evlog offsets get billing"});
  Args& listed = offsets.command("list", "Where the partitions of topics begin and end", {"ls"});
  listed.examples({"evlog offsets list                          # all topics", "evlog offsets list orders payments", "evlog offsets list orders --at @2026-01-31T10:00Z", "evlog offsets list orders --at -10 --json"})
      .positionals("TOPIC", o.topics, "Default: all topics", false)
      .text("--at", o.at, "OFFSET", "The offset of this position: beginning, end, -N, +N, @TIME; evlog help offsets")
      .flag("--json", o.client.json, "One JSON object per line");
  add_client_options(listed, o.client);
  listed.run([&o] { return list(o); });
  Args& got = offsets.command("get", "What a group has committed");
  got.examples({"evlog offsets get billing", "evlog offsets get billing --json", "evlog groups describe billing                # with lag and members"})
      .positional("GROUP", o.group, "The group's name")
      .flag("--json", o.client.json, "One JSON object per line");
  add_client_options(got, o.client);
  got.run([&o] { return get(o); });
}

}  // namespace evlog::cmd
