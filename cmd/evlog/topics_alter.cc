// evlog topics alter and add-partitions: more partitions, other settings. The plan is what differs from now.
#include <algorithm>

#include "evlog/config_change.h"
#include "evlog/terminal.h"
#include "evlog/topics.h"

namespace evlog::cmd {
namespace {

using client::ConfigChange;
using client::ConfigOperation;
using client::ResourceType;
using client::TopicDescription;

Expected<std::vector<ConfigChange>> changes_of(const TopicOptions& o) {
  std::vector<ConfigChange> out;
  const std::vector<std::tuple<const std::vector<std::string>*, ConfigOperation, std::string_view>> kinds{
      {&o.set, ConfigOperation::set, "--set"}, {&o.append, ConfigOperation::append, "--append"}, {&o.subtract, ConfigOperation::subtract, "--subtract"}};
  for (const auto& [texts, operation, option] : kinds) {
    for (const std::string& text : *texts) {
      auto pair = parse_key_value(text, option);
      if (!pair) return failure(pair.error());
      out.push_back({pair->first, operation, pair->second});
    }
  }
  for (const std::string& name : o.unset) out.push_back({name, ConfigOperation::unset, std::nullopt});
  return out;
}

Expected<ConfigEntries> values_of(TopicSession& s, const std::string& topic) {
  return s.session->ask<ConfigEntries>([&] { return s.admin().topic_configs(topic); });
}

struct Line { std::string topic, what, from, to; };

void print_lines(const TopicOptions& o, const std::vector<Line>& lines) {
  Listing listing(o.client, {{"TOPIC", "topic"}, {"SETTING", "setting"}, {"FROM", "from"}, {"TO", "to"}});
  for (const Line& line : lines) listing.row({Cell::text(line.topic), Cell::text(line.what), Cell::text(line.from), Cell::text(line.to)});
}

// Partitions first: that is what the server refuses most often, and it cannot be taken back by trying again.
Expected<void> add_partitions(TopicSession& s, const TopicOptions& o, const std::vector<TopicDescription>& topics, const std::map<std::string, int32_t>& counts, std::vector<Line>& lines) {
  std::vector<client::NewPartitions> wanted;
  for (const TopicDescription& topic : topics) {
    const auto now = static_cast<int32_t>(topic.partitions.size());
    const int32_t count = counts.at(topic.name);
    if (count == now) continue;
    if (count < now) return failure(exit_code::failed, "partitions can be added, never taken away; fewer need a new topic: evlog topics clone", "topic '{}' has {} partitions already", topic.name, now);
    client::NewPartitions& made = wanted.emplace_back(client::NewPartitions{.topic = topic.name, .count = count, .assignments = {}});
    if (!o.assignment.empty()) {
      auto assignment = parse_assignment_option(o.assignment);
      if (!assignment) return failure(assignment.error());
      made.assignments = std::move(*assignment);
    }
    lines.push_back({topic.name, "partitions", fmt::format("{}", now), fmt::format("{}", count)});
  }
  if (wanted.empty()) return {};
  const auto results = s.session->ask<std::vector<client::TopicResult>>([&] { return s.admin().create_partitions(wanted, o.dry_run, s.session->timeout_ms()); });
  if (!results) return failure(results.error());
  for (const auto& result : *results)
    if (result.error != ErrorCode::NONE) return failure(explain_topic(result, &s.cluster));
  if (!o.dry_run) wait_until(s, [&](const client::ClusterInfo& cluster) {
    return std::ranges::all_of(wanted, [&](const client::NewPartitions& topic) { return cluster.partition({topic.topic, topic.count - 1}) != nullptr; });
  });
  return {};
}

Expected<void> change_configs(TopicSession& s, const TopicOptions& o, const std::vector<TopicDescription>& topics, const std::vector<ConfigChange>& changes, std::vector<Line>& lines) {
  if (changes.empty()) return {};
  std::vector<client::ResourceChanges> resources;
  std::map<std::string, ConfigEntries> before;
  for (const TopicDescription& topic : topics) {
    resources.push_back({{ResourceType::topic, topic.name}, changes});
    auto values = values_of(s, topic.name);
    if (!values) return failure(values.error());
    before[topic.name] = std::move(*values);
  }
  const auto results = s.session->ask<std::vector<client::ResourceResult>>([&] { return s.admin().incremental_alter_configs(resources, o.dry_run); });
  if (!results) return failure(results.error());
  for (const auto& result : *results)
    if (result.error != ErrorCode::NONE) return failure(explain_topic({result.resource.name, result.error, result.message}, &s.cluster));
  for (const TopicDescription& topic : topics) {
    const auto after = o.dry_run ? Expected<ConfigEntries>(before[topic.name]) : read_settled({{ResourceType::topic, topic.name}, changes}, [&] { return values_of(s, topic.name); });
    if (!after) return failure(after.error());
    for (const ConfigChange& change : changes)
      lines.push_back({topic.name, change.name, value_text(before[topic.name], change.name), o.dry_run ? wanted_text(change) : value_text(*after, change.name)});
  }
  return {};
}

void say(const TopicOptions& o, const std::vector<Line>& lines, bool more_partitions) {
  if (for_scripts(o.client)) return print_lines(o, lines);
  if (o.client.quiet) return;
  if (lines.empty()) return fmt::print(stderr, "nothing to change\n");
  for (const Line& line : lines) fmt::print(stderr, "{}{}: {} {} -> {}\n", o.dry_run ? "would change " : "", line.topic, line.what, line.from, line.to);
  if (more_partitions && !o.dry_run) fmt::print(stderr, "note: records with a key may go to another partition than before\n");
}

Outcome change(TopicOptions& o, const std::function<int32_t(const TopicDescription&)>& count_of_topic) {
  const auto changes = changes_of(o);
  if (!changes) return failure(changes.error());
  auto s = open_topics(o.client);
  if (!s) return failure(s.error());
  const auto topics = select_topics(s->cluster, o.names);
  if (!topics) return failure(topics.error());
  std::map<std::string, int32_t> counts;
  for (const TopicDescription& topic : *topics) counts[topic.name] = count_of_topic(topic);
  std::vector<Line> lines;
  if (auto added = add_partitions(*s, o, *topics, counts, lines); !added) return failure(added.error());
  const bool more_partitions = !lines.empty();
  if (auto changed = change_configs(*s, o, *topics, *changes, lines); !changed) {
    if (more_partitions) say(o, lines, more_partitions);
    return failure(changed.error());
  }
  say(o, lines, more_partitions);
  return exit_code::ok;
}

Outcome alter(TopicOptions& o) {
  if (o.partitions < 0 && o.set.empty() && o.unset.empty() && o.append.empty() && o.subtract.empty())
    return failure(exit_code::usage, "-p N, --set KEY=VALUE, --unset KEY, --append KEY=VALUE or --subtract KEY=VALUE", "nothing to change was named");
  return change(o, [&o](const TopicDescription& topic) { return o.partitions < 0 ? static_cast<int32_t>(topic.partitions.size()) : static_cast<int32_t>(o.partitions); });
}

Outcome add(TopicOptions& o) {
  if (o.added < 1) return failure(exit_code::usage, "evlog topics add-partitions orders -n 2", "-n is missing: how many to add");
  return change(o, [&o](const TopicDescription& topic) { return static_cast<int32_t>(static_cast<int64_t>(topic.partitions.size()) + o.added); });
}

}  // namespace

void add_topics_alter(Args& topics, TopicOptions& o) {
  Args& altered = topics.command("alter", "Change settings of topics, or give them more partitions", {"set"});
  altered.examples({"evlog topics alter orders --set retention.ms=3600000 --unset segment.bytes", "evlog topics alter orders -p 12",
                    "evlog topics alter orders --append cleanup.policy=compact    # a list keeps what it had", "evlog topics alter 'orders-*' --set max.message.bytes=2000000 --dry-run"})
      .positionals("NAME", o.names, "The topics' names; '*' and '?' stand for any letters")
      .number("-p,--partitions", o.partitions, "N", "So many partitions; never fewer than there are", 1, 1'000'000)
      .list("--set", o.set, "KEY=VALUE", "Set this; may be repeated")
      .list("--unset", o.unset, "KEY", "Back to the default; may be repeated")
      .list("--append", o.append, "KEY=VALUE", "Add to a list, as cleanup.policy")
      .list("--subtract", o.subtract, "KEY=VALUE", "Take from a list")
      .text("--replica-assignment", o.assignment, "LIST", "Which brokers hold each new partition, as 1:2,2:3")
      .flag("--dry-run", o.dry_run, "Let the server check it, say what would change, and change nothing");
  add_format_options(altered, o.client);
  add_client_options(altered, o.client);
  altered.run([&o] { return alter(o); });

  Args& added = topics.command("add-partitions", "Give topics more partitions");
  added.examples({"evlog topics add-partitions orders -n 2             # two more than now", "evlog topics add-partitions orders -n 2 --replica-assignment 1:2,2:3", "evlog topics alter orders -p 12                     # twelve altogether"})
      .positionals("NAME", o.names, "The topics' names; '*' and '?' stand for any letters")
      .number("-n,--num", o.added, "N", "How many to add", 1, 1'000'000)
      .text("--replica-assignment", o.assignment, "LIST", "Which brokers hold each new partition, as 1:2,2:3")
      .flag("--dry-run", o.dry_run, "Let the server check it, and add nothing");
  add_format_options(added, o.client);
  add_client_options(added, o.client);
  added.run([&o] { return add(o); });
}

}  // namespace evlog::cmd
