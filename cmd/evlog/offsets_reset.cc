// evlog offsets reset: where a group goes on reading.
#include <algorithm>

#include "evlog/group_report.h"
#include "evlog/offset_marks.h"
#include "evlog/offsets.h"
#include "evlog/partition_list.h"
#include "evlog/signals.h"
#include "evlog/output.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

using client::PartitionKey;
using client::Position;

struct Options {
  ClientOptions client;
  std::string group, to, to_group, from_file;
  std::vector<std::string> topics;
  int64_t shift = 0;
  bool all_topics = false, yes = false, dry_run = false;
};

int ways(const Options& o) { return !o.to.empty() + (o.shift != 0) + !o.to_group.empty() + !o.from_file.empty(); }

// The partitions that are meant: those named, or all the group (or the source) has.
Expected<std::vector<PartitionKey>> choose(const Options& o, const client::ClusterInfo& cluster, const CommittedOffsets& known) {
  std::vector<PartitionKey> keys;
  for (const std::string& text : o.topics) {
    const auto wanted = parse_topic_partitions(text);
    if (!wanted) return failure(wanted.error());
    const auto some = partitions_of(cluster, wanted->topic, wanted->partitions);
    if (!some) return failure(some.error());
    keys.insert(keys.end(), some->begin(), some->end());
  }
  if (o.topics.empty())
    for (const auto& [key, offset] : known) keys.push_back(key);
  std::ranges::sort(keys);
  keys.erase(std::ranges::unique(keys).begin(), keys.end());
  return keys;
}

// Committed offsets of topics that are gone cannot be placed.
void leave_out_gone(std::vector<PartitionKey>& keys, const client::ClusterInfo& cluster, bool quiet) {
  std::erase_if(keys, [&](const PartitionKey& key) {
    const auto* topic = cluster.find(key.topic);
    if (topic && std::ranges::find(topic->partitions, key.partition, &client::PartitionInfo::index) != topic->partitions.end()) return false;
    if (!quiet) warn(fmt::format("{} partition {} does not exist any more; left as it is", key.topic, key.partition));
    return true;
  });
}

Expected<std::vector<OffsetChange>> to_position(const Options& o, AdminSession& session, const client::ClusterInfo& cluster, const std::vector<PartitionKey>& keys, const CommittedOffsets& current) {
  std::optional<Position> position;
  if (!o.to.empty()) {
    const auto parsed = parse_position_option("--to", o.to);
    if (!parsed) return failure(parsed.error());
    position = *parsed;
  }
  const auto marks = offset_marks(session, cluster, keys, position);
  if (!marks) return failure(marks.error());
  std::vector<OffsetChange> out;
  for (const PartitionKey& key : keys) {
    const auto found = current.find(key);
    if (position) {
      out.push_back({key, {}, {.offset = marks->place(key, *position)}});
    } else if (found == current.end()) {
      return failure(exit_code::failed, "leave it out: -t TOPIC:0,2", "{} partition {} has no committed offset to shift", key.topic, key.partition);
    } else {
      out.push_back({key, {}, {.offset = marks->place(key, {Position::Kind::offset, std::max<int64_t>(0, found->second.offset + o.shift)})}});
    }
  }
  return out;
}

Expected<CommittedOffsets> given_offsets(const Options& o, AdminSession& session) {
  if (!o.from_file.empty()) return read_offsets_csv(o.from_file, o.group);
  if (const auto exists = find_groups(session, {o.to_group}); !exists) return failure(exists.error());
  auto theirs = committed_offsets(session, o.to_group);
  if (theirs && theirs->empty()) return failure(exit_code::missing, "", "group {} has committed nothing", o.to_group);
  return theirs;
}

Outcome reset(Options& o) {
  const std::string example = fmt::format("evlog offsets reset {} -t TOPIC --to beginning", o.group);
  if (ways(o) != 1) return failure(exit_code::usage, example + "; or --shift-by N, --to-group GROUP, --from-file FILE", "{}", ways(o) == 0 ? "where to?" : "--to, --shift-by, --to-group and --from-file exclude each other");
  const bool given = !o.to_group.empty() || !o.from_file.empty();
  if (o.topics.empty() && !o.all_topics && !given) return failure(exit_code::usage, fmt::format("{}, or --all-topics: all that {} committed", example, o.group), "which topics?");
  if (!o.topics.empty() && o.all_topics) return failure(exit_code::usage, example, "-t and --all-topics exclude each other");
  auto opened = AdminSession::open(o.client);
  if (!opened) return failure(opened.error());
  AdminSession& session = **opened;
  const auto cluster = describe_cluster(session);
  if (!cluster) return failure(cluster.error());
  if (auto idle = check_idle(o.client, session, o.group, o.all_topics || o.shift != 0); !idle) return failure(idle.error());
  const auto current = committed_offsets(session, o.group);
  if (!current) return failure(current.error());
  CommittedOffsets theirs;
  if (given) {
    auto read = given_offsets(o, session);
    if (!read) return failure(read.error());
    theirs = std::move(*read);
  }
  auto keys = choose(o, *cluster, given ? theirs : *current);
  if (!keys) return failure(keys.error());
  leave_out_gone(*keys, *cluster, o.client.quiet);
  if (given) std::erase_if(*keys, [&](const PartitionKey& key) { return !theirs.contains(key); });
  auto changes = given ? place_given(o.client, session, *cluster, *keys, theirs) : to_position(o, session, *cluster, *keys, *current);
  if (!changes) return failure(changes.error());
  return carry_out(o.client, session, *current, {.group = o.group, .changes = std::move(*changes), .yes = o.yes, .dry_run = o.dry_run});
}

}  // namespace

void add_offsets_reset(Args& offsets) {
  Args& args = offsets.command("reset", "Set where a group goes on reading", {"set", "seek"});
  Options& o = args.keep<Options>();
  args.examples({"evlog offsets reset billing -t orders --to @-1h            # what was written in the last hour, again", "evlog offsets reset billing --all-topics --to end -y       # skip what there is",
                 "evlog offsets reset billing -t orders:0,2 --shift-by -100", "evlog offsets reset billing -t orders --to beginning --dry-run", "evlog offsets reset billing --from-file billing.csv"})
      .about("Prints where each partition stands and where it goes, asks, commits, and reads back what then stands there. The group must\n"
             "have no members. An offset before the first or behind the last record becomes that. Nothing is chosen unless you name it.")
      .positional("GROUP", o.group, "The group's name; it is made if it does not exist")
      .list("-t,--topic", o.topics, "TOPIC[:0,1]", "This topic, or these partitions of it; may be repeated")
      .flag("--all-topics", o.all_topics, "All that the group has committed")
      .text("--to", o.to, "OFFSET", "beginning, end, N, -N before the end, +N after the start, @TIME; evlog help offsets")
      .number("--shift-by", o.shift, "N", "So many records on, or back", INT64_MIN / 2, INT64_MAX / 2)
      .text("--to-group", o.to_group, "GROUP", "To where this group stands")
      .text("--from-file", o.from_file, "FILE", "To what evlog offsets export (or Kafka's --export) wrote; - is standard input")
      .flag("-y,--yes", o.yes, "Do not ask")
      .flag("--dry-run", o.dry_run, "Print the plan and stop");
  add_format_options(args, o.client);
  add_client_options(args, o.client);
  args.run([&o] { return reset(o); });
}

}  // namespace evlog::cmd
