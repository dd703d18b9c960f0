// evlog offsets delete: a group forgets where it stood in a topic.
#include <algorithm>

#include "evlog/confirm.h"
#include "evlog/group_report.h"
#include "evlog/offsets.h"
#include "evlog/partition_list.h"
#include "evlog/output.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

using client::PartitionKey;

struct Options {
  ClientOptions client;
  std::string group;
  std::vector<std::string> topics;
  bool yes = false, dry_run = false;
};

Expected<std::set<PartitionKey>> choose(const Options& o, const CommittedOffsets& committed) {
  std::set<PartitionKey> out;
  std::vector<std::string> names;
  for (const auto& [key, offset] : committed)
    if (names.empty() || names.back() != key.topic) names.push_back(key.topic);
  for (const std::string& text : o.topics) {
    const auto wanted = parse_topic_partitions(text);
    if (!wanted) return failure(wanted.error());
    const size_t before = out.size();
    for (const auto& [key, offset] : committed)
      if (key.topic == wanted->topic && (wanted->partitions.empty() || wanted->partitions.contains(key.partition))) out.insert(key);
    if (out.size() == before) return failure(exit_code::missing, did_you_mean(wanted->topic, names) + fmt::format("what it committed: evlog offsets get {}", o.group), "group {} has committed nothing in {}", o.group, text);
  }
  return out;
}

Failure explain_subscribed(const Options& o, const PartitionKey& key) {
  return {exit_code::failed, fmt::format("group {} has members that subscribe to {}", o.group, key.topic), fmt::format("stop the consumers first (evlog groups describe {} --members)", o.group), "GROUP_SUBSCRIBED_TO_TOPIC"};
}

void print(const Options& o, const CommittedOffsets& committed, const std::set<PartitionKey>& keys, bool deleted) {
  Listing listing(o.client, {{"GROUP", "group"}, {"TOPIC", "topic"}, {"PARTITION", "partition"}, {"CURRENT", "current"}, {"DELETED", "deleted", Listing::Show::scripts}});
  for (const PartitionKey& key : keys) listing.row({Cell::text(o.group), Cell::text(key.topic), Cell::number(key.partition), Cell::number(committed.at(key).offset), Cell::flag(deleted)});
}

Outcome remove(Options& o) {
  if (o.topics.empty()) return failure(exit_code::usage, fmt::format("evlog offsets delete {} -t TOPIC; the whole group: evlog groups delete {}", o.group, o.group), "which topics?");
  auto opened = AdminSession::open(o.client);
  if (!opened) return failure(opened.error());
  AdminSession& session = **opened;
  if (const auto exists = find_groups(session, {o.group}); !exists) return failure(exists.error());
  const auto committed = committed_offsets(session, o.group);
  if (!committed) return failure(committed.error());
  const auto keys = choose(o, *committed);
  if (!keys) return failure(keys.error());
  if (!for_scripts(o.client) || o.dry_run) print(o, *committed, *keys, false);
  std::fflush(stdout);
  const std::string count = fmt::format("{} offset{}", keys->size(), keys->size() == 1 ? "" : "s");
  if (o.dry_run) return fmt::print(stderr, "would delete {}\n", count), exit_code::ok;
  if (auto sure = confirm(o.yes, fmt::format("Delete {}? The group begins there anew.", count), "nothing was deleted"); !sure) return failure(sure.error());
  const auto errors = session.ask<std::map<PartitionKey, ErrorCode>>([&] { return session.admin().delete_offsets(o.group, *keys); });
  if (!errors) return failure(errors.error());
  for (const auto& [key, error] : *errors) {
    if (error == ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC) return failure(explain_subscribed(o, key));
    if (error != ErrorCode::NONE) return failure(exit_code::failed, "", "{} partition {}: {}", key.topic, key.partition, error_text(error));
  }
  if (for_scripts(o.client)) print(o, *committed, *keys, true);
  if (!o.client.quiet) fmt::print(stderr, "deleted {} of {}\n", count, o.group);
  return exit_code::ok;
}

}  // namespace

void add_offsets_delete(Args& offsets) {
  Args& args = offsets.command("delete", "Forget what a group committed in a topic", {"rm"});
  Options& o = args.keep<Options>();
  args.examples({"evlog offsets delete billing -t old-orders", "evlog offsets delete billing -t orders:3,4 -y", "evlog groups delete billing                  # the group and all its offsets"})
      .about("Refused while a member of the group subscribes to the topic.")
      .positional("GROUP", o.group, "The group's name")
      .list("-t,--topic", o.topics, "TOPIC[:0,1]", "This topic, or these partitions of it; may be repeated")
      .flag("-y,--yes", o.yes, "Do not ask")
      .flag("--dry-run", o.dry_run, "Print what would be deleted and stop");
  add_format_options(args, o.client);
  add_client_options(args, o.client);
  args.run([&o] { return remove(o); });
}

}  // namespace evlog::cmd
