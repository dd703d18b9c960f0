// evlog offsets export, import and copy: a group's offsets as lines "topic,partition,offset", and from one group to another.
#include <algorithm>
#include <fstream>
#include <iostream>

#include "base/text.h"
#include "evlog/group_report.h"
#include "evlog/offsets.h"
#include "evlog/offset_marks.h"
#include "evlog/partition_list.h"
#include "evlog/output.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

using client::PartitionKey;

struct Options {
  ClientOptions client;
  std::string group, other, file;
  std::vector<std::string> topics;
  bool yes = false, dry_run = false;
};

// Fields between commas; quotes around one are Kafka's for names it thinks are odd.
std::vector<std::string> split_csv(std::string_view line) {
  std::vector<std::string> out;
  for (size_t at = 0; at <= line.size();) {
    const size_t end = std::min(line.find(',', at), line.size());
    std::string_view field = line.substr(at, end - at);
    while (!field.empty() && (field.front() == ' ' || field.front() == '\t')) field.remove_prefix(1);
    while (!field.empty() && (field.back() == ' ' || field.back() == '\r')) field.remove_suffix(1);
    if (field.size() >= 2 && field.front() == '"' && field.back() == '"') field = field.substr(1, field.size() - 2);
    out.emplace_back(field);
    at = end + 1;
  }
  return out;
}

Expected<void> read_line(std::string_view line, const std::string& group, CommittedOffsets& out) {
  std::vector<std::string> fields = split_csv(line);
  if (fields.size() == 4) {
    if (fields[0] != group) return {};
    fields.erase(fields.begin());
  }
  const auto bad = [&] { return failure(exit_code::failed, "a line is topic,partition,offset", "'{}' is no offset of a partition", line); };
  if (fields.size() != 3 || fields[0].empty()) return bad();
  const auto partition = parse_int(fields[1]), offset = parse_int(fields[2]);
  if (!partition || *partition < 0 || *partition > INT32_MAX || !offset || *offset < 0) return bad();
  out[{fields[0], static_cast<int32_t>(*partition)}].offset = *offset;
  return {};
}

Outcome export_offsets(Options& o) {
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  if (const auto exists = find_groups(**session, {o.group}); !exists) return failure(exists.error());
  const auto offsets = committed_offsets(**session, o.group);
  if (!offsets) return failure(offsets.error());
  for (const auto& [key, offset] : *offsets) {
    if (o.client.json) JsonLine().text("topic", key.topic).number("partition", key.partition).number("offset", offset.offset).print();
    else fmt::print("{},{},{}\n", key.topic, key.partition, offset.offset);
  }
  if (!o.client.quiet && offsets->empty()) fmt::print(stderr, "group {} has committed nothing\n", o.group);
  return exit_code::ok;
}

Expected<bool> is_wanted(const std::vector<std::string>& topics, const PartitionKey& key) {
  for (const std::string& text : topics) {
    const auto wanted = parse_topic_partitions(text);
    if (!wanted) return failure(wanted.error());
    if (wanted->topic == key.topic && (wanted->partitions.empty() || wanted->partitions.contains(key.partition))) return true;
  }
  return topics.empty();
}

// Partitions that are gone are left out; offsets beyond what a partition has become its nearest.
Outcome set_all(Options& o, AdminSession& session, const std::string& group, const CommittedOffsets& offsets) {
  const auto cluster = describe_cluster(session);
  if (!cluster) return failure(cluster.error());
  if (auto idle = check_idle(o.client, session, group, false); !idle) return failure(idle.error());
  std::vector<PartitionKey> keys;
  for (const auto& [key, offset] : offsets) {
    const auto wanted = is_wanted(o.topics, key);
    if (!wanted) return failure(wanted.error());
    if (!*wanted) continue;
    const auto exists = partitions_of(*cluster, key.topic, {key.partition});
    if (!exists && o.topics.empty() && !o.other.empty()) warn(fmt::format("{} partition {} does not exist any more; left out", key.topic, key.partition));
    else if (!exists) return failure(exists.error());
    else keys.push_back(key);
  }
  const auto current = committed_offsets(session, group);
  if (!current) return failure(current.error());
  auto changes = place_given(o.client, session, *cluster, keys, offsets);
  if (!changes) return failure(changes.error());
  return carry_out(o.client, session, *current, {.group = group, .changes = std::move(*changes), .yes = o.yes, .dry_run = o.dry_run});
}

Outcome import_offsets(Options& o) {
  const auto offsets = read_offsets_csv(o.file.empty() ? "-" : o.file, o.group);
  if (!offsets) return failure(offsets.error());
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  return set_all(o, **session, o.group, *offsets);
}

Outcome copy_offsets(Options& o) {
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  if (const auto exists = find_groups(**session, {o.group}); !exists) return failure(exists.error());
  const auto offsets = committed_offsets(**session, o.group);
  if (!offsets) return failure(offsets.error());
  return set_all(o, **session, o.other, *offsets);
}

void add_changing(Args& args, Options& o) {
  args.list("-t,--topic", o.topics, "TOPIC[:0,1]", "Only this topic, or these partitions of it; may be repeated")
      .flag("-y,--yes", o.yes, "Do not ask")
      .flag("--dry-run", o.dry_run, "Print the plan and stop");
  add_format_options(args, o.client);
  add_client_options(args, o.client);
}

}  // namespace

Expected<CommittedOffsets> read_offsets_csv(const std::string& path, const std::string& group) {
  std::ifstream file;
  if (path != "-") file.open(path);
  if (path != "-" && !file) return failure(exit_code::missing, "", "cannot read {}", path);
  std::istream& in = path == "-" ? std::cin : file;
  CommittedOffsets out;
  std::string line;
  for (size_t number = 1; std::getline(in, line); ++number) {
    if (line.find_first_not_of(" \t\r") == std::string::npos || line.starts_with('#')) continue;
    if (auto read = read_line(line, group, out); !read) {
      Failure f = read.error();
      f.message = fmt::format("{}:{}: {}", path == "-" ? "standard input" : path, number, f.message);
      return failure(f);
    }
  }
  if (out.empty()) return failure(exit_code::failed, "a line is topic,partition,offset", "{} has no offsets", path == "-" ? "standard input" : path);
  return out;
}

void add_offsets_files(Args& offsets) {
  Args& exported = offsets.command("export", "Print a group's offsets as CSV");
  Options& e = exported.keep<Options>();
  exported.examples({"evlog offsets export billing > billing.csv", "evlog offsets export billing | evlog offsets import billing -b 10.0.0.9:9092 -y", "evlog offsets export billing --json"})
      .about("Lines are topic,partition,offset: those of kafka-consumer-groups --export, both ways.")
      .positional("GROUP", e.group, "The group's name")
      .flag("--json", e.client.json, "One JSON object per line");
  add_client_options(exported, e.client);
  exported.run([&e] { return export_offsets(e); });

  Args& imported = offsets.command("import", "Set a group's offsets to what a file says");
  Options& i = imported.keep<Options>();
  imported.examples({"evlog offsets import billing billing.csv", "evlog offsets import billing billing.csv --dry-run", "echo orders,0,42 | evlog offsets import billing -y"})
      .about("Of lines with a group in front, those of the group are taken. The group must have no members.")
      .positional("GROUP", i.group, "The group's name; it is made if it does not exist")
      .positional("FILE", i.file, "Default: standard input", false);
  add_changing(imported, i);
  imported.run([&i] { return import_offsets(i); });

  Args& copied = offsets.command("copy", "Set one group to where another stands", {"cp"});
  Options& c = copied.keep<Options>();
  copied.examples({"evlog offsets copy billing billing-blue", "evlog offsets copy billing billing-blue -t orders -y", "evlog offsets copy billing backup --dry-run"})
      .positional("FROM-GROUP", c.group, "The group whose offsets are taken")
      .positional("TO-GROUP", c.other, "The group that is set; it is made if it does not exist, and must have no members");
  add_changing(copied, c);
  copied.run([&c] { return copy_offsets(c); });
}

}  // namespace evlog::cmd
