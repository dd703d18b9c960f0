// evlog offsets: where partitions begin and end, what offset a time has, and what groups committed.
#include <algorithm>

#include "evlog/commands.h"
#include "evlog/group_report.h"
#include "evlog/offset_marks.h"
#include "evlog/offsets.h"
#include "evlog/output.h"

namespace evlog::cmd {
namespace {

using client::PartitionKey;
using client::Position;

struct Options {
  ClientOptions client;
  std::vector<std::string> topics;
  std::string at, group;
};

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
    const auto parsed = parse_position_option("--at", o.at);
    if (!parsed) return failure(parsed.error());
    position = *parsed;
  }
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto cluster = describe_cluster(**session);
  if (!cluster) return failure(cluster.error());
  const auto keys = keys_of(o, *cluster);
  if (!keys) return failure(keys.error());
  const auto marks = offset_marks(**session, *cluster, *keys, position);
  if (!marks) return failure(marks.error());
  if (position) {
    Listing listing(o.client, {{"TOPIC", "topic"}, {"PARTITION", "partition"}, {"OFFSET", "offset"}});
    for (const PartitionKey& key : *keys) listing.row({Cell::text(key.topic), Cell::number(key.partition), Cell::number(marks->place(key, *position))});
    return exit_code::ok;
  }
  Listing listing(o.client, {{"TOPIC", "topic"}, {"PARTITION", "partition"}, {"START", "start"}, {"END", "end"}, {"RECORDS", "records"}});
  for (const PartitionKey& key : *keys) {
    const int64_t start = marks->start.at(key).offset, end = marks->end.at(key).offset;
    listing.row({Cell::text(key.topic), Cell::number(key.partition), Cell::number(start), Cell::number(end), Cell::number(end - start)});
  }
  return exit_code::ok;
}

Outcome get(Options& o) {
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto committed = (*session)->ask<std::map<PartitionKey, client::CommittedOffset>>([&] { return (*session)->admin().committed(o.group); });
  if (!committed) return failure(committed.error());
  if (committed->empty())
    if (const auto exists = find_groups(**session, {o.group}); !exists) return failure(exists.error());
  Listing listing(o.client, {{"GROUP", "group"}, {"TOPIC", "topic"}, {"PARTITION", "partition"}, {"OFFSET", "offset"}, {"EPOCH", "epoch", Listing::Show::wide}, {"METADATA", "metadata"}});
  for (const auto& [key, offset] : *committed)
    listing.row({Cell::text(o.group), Cell::text(key.topic), Cell::number(key.partition), Cell::number(offset.offset), Cell::number(offset.leader_epoch), Cell::text(offset.metadata)});
  return exit_code::ok;
}

}  // namespace

void add_offsets(Args& root) {
  Args& offsets = root.command("offsets", "Offsets of topics, and of groups: read, set, saved, copied", {"offset"});
  Options& o = offsets.keep<Options>();
  offsets.examples({"evlog offsets list orders", "evlog offsets list orders --at @-1h          # the first record of the last hour", "evlog offsets get billing", "evlog offsets reset billing -t orders --to @-1h", "evlog offsets export billing > billing.csv"});
  Args& listed = offsets.command("list", "Where the partitions of topics begin and end", {"ls"});
  listed.examples({"evlog offsets list                          # all topics", "evlog offsets list orders payments", "evlog offsets list orders --at @2026-01-31T10:00Z", "evlog offsets list orders --at -10 --json"})
      .positionals("TOPIC", o.topics, "Default: all topics", false)
      .text("--at", o.at, "OFFSET", "The offset of this position: beginning, end, -N, +N, @TIME; evlog help offsets");
  add_format_options(listed, o.client);
  add_client_options(listed, o.client);
  listed.run([&o] { return list(o); });
  Args& got = offsets.command("get", "What a group has committed");
  got.examples({"evlog offsets get billing", "evlog offsets get billing --json", "evlog groups describe billing                # with lag and members"})
      .positional("GROUP", o.group, "The group's name");
  add_format_options(got, o.client);
  add_client_options(got, o.client);
  got.run([&o] { return get(o); });
  add_offsets_reset(offsets);
  add_offsets_files(offsets);
  add_offsets_delete(offsets);
}

}  // namespace evlog::cmd
