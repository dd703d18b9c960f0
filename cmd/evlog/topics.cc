// evlog topics: what topics there are, and making, describing and deleting them.
#include <fnmatch.h>

#include <algorithm>
#include <iostream>

#include "evlog/admin_session.h"
#include "evlog/commands.h"
#include "evlog/table.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

using client::ClusterInfo;
using client::PartitionKey;
using client::TopicDescription;

struct Options {
  ClientOptions client;
  std::string pattern;
  std::vector<std::string> names, configs;
  int64_t partitions = -1, replicas = -1;
  bool internal = false, if_not_exists = false, if_exists = false, dry_run = false, yes = false, show_all = false;
};

struct Size { std::optional<int64_t> records, bytes; };

// Records by offsets, bytes by log directories; a server that cannot tell leaves them out.
std::map<std::string, Size> measure(AdminSession& session, const ClusterInfo& cluster) {
  std::map<PartitionKey, int64_t> latest, earliest;
  for (const TopicDescription& topic : cluster.topics)
    for (const auto& p : topic.partitions) latest[{topic.name, p.index}] = client::latest_time, earliest[{topic.name, p.index}] = client::earliest_time;
  std::map<std::string, Size> out;
  const auto ends = session.admin().list_offsets(cluster, latest);
  const auto starts = session.admin().list_offsets(cluster, earliest);
  for (const auto& [key, time] : latest) {
    if (!ends || !starts || ends->at(key).offset < 0 || starts->at(key).offset < 0) continue;
    auto& records = out[key.topic].records;
    records = records.value_or(0) + ends->at(key).offset - starts->at(key).offset;
  }
  if (const auto sizes = session.admin().log_sizes()) {
    for (const auto& [key, bytes] : *sizes) {
      auto& sum = out[key.topic].bytes;
      sum = sum.value_or(0) + bytes;
    }
  }
  return out;
}

size_t replicas_of(const TopicDescription& topic) { return topic.partitions.empty() ? 0 : topic.partitions[0].replicas.size(); }

Outcome list(Options& o) {
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  auto cluster = describe_cluster(**session);
  if (!cluster) return failure(cluster.error());
  std::erase_if(cluster->topics, [&](const TopicDescription& topic) {
    return (topic.internal && !o.internal) || (!o.pattern.empty() && ::fnmatch(o.pattern.c_str(), topic.name.c_str(), 0) != 0);
  });
  auto sizes = measure(**session, *cluster);
  Table table({"NAME", "PARTITIONS", "REPLICAS", "RECORDS", "SIZE"});
  for (const TopicDescription& topic : cluster->topics) {
    const Size size = sizes[topic.name];
    if (o.client.json) {
      JsonLine().text("name", topic.name).number("partitions", static_cast<int64_t>(topic.partitions.size())).number("replicas", static_cast<int64_t>(replicas_of(topic)))
          .number_or_null("records", size.records).number_or_null("bytes", size.bytes).boolean("internal", topic.internal).print();
    } else {
      table.row({topic.name, fmt::format("{}", topic.partitions.size()), fmt::format("{}", replicas_of(topic)), size.records ? fmt::format("{}", *size.records) : "-",
                 size.bytes ? human_bytes(static_cast<uint64_t>(*size.bytes)) : "-"});
    }
  }
  if (!o.client.json && !table.empty()) table.print();
  if (!o.client.json && table.empty() && is_terminal(stderr)) fmt::print(stderr, "no topics; the first: echo hello | evlog produce greetings\n");
  return exit_code::ok;
}

Failure explain_result(const client::TopicResult& result, const ClusterInfo* cluster) {
  Failure f{exit_code::failed, fmt::format("topic '{}': {}", result.name, result.message.empty() ? error_text(result.error) : result.message), {}, std::string(error_name(result.error))};
  switch (result.error) {
    case ErrorCode::TOPIC_ALREADY_EXISTS: f.hint = "--if-not-exists makes that no error"; break;
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION: return no_such_topic(result.name, cluster ? cluster->topic_names() : std::vector<std::string>{});
    case ErrorCode::INVALID_REPLICATION_FACTOR: f.hint = "-r 1, or as many as there are brokers"; break;
    case ErrorCode::INVALID_TOPIC_EXCEPTION: f.hint = "letters, digits, '.', '_' and '-', at most 249 of them"; break;
    case ErrorCode::INVALID_CONFIG: f.hint = "all keys of a topic: evlog topics describe TOPIC -a, or evlog-config(5)"; break;
    case ErrorCode::TOPIC_DELETION_DISABLED: f.hint = "delete.topic.enable=true on the server"; break;
    case ErrorCode::TOPIC_AUTHORIZATION_FAILED:
    case ErrorCode::CLUSTER_AUTHORIZATION_FAILED: f.exit = exit_code::refused; break;
    default: break;
  }
  return f;
}

Outcome create(Options& o) {
  std::vector<client::NewTopic> topics;
  for (const std::string& name : o.names) {
    client::NewTopic& topic = topics.emplace_back(client::NewTopic{.name = name, .partitions = static_cast<int32_t>(o.partitions), .replicas = static_cast<int16_t>(o.replicas), .configs = {}});
    for (const std::string& config : o.configs) {
      const size_t equals = config.find('=');
      if (equals == std::string::npos) return failure(exit_code::usage, "as -c retention.ms=3600000", "-c: '{}' is no key=value", config);
      topic.configs.emplace_back(config.substr(0, equals), config.substr(equals + 1));
    }
  }
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto results = (*session)->ask<std::vector<client::TopicResult>>([&] { return (*session)->admin().create_topics(topics, o.dry_run, (*session)->timeout_ms()); });
  if (!results) return failure(results.error());
  for (const auto& result : *results) {
    const bool there = result.error == ErrorCode::TOPIC_ALREADY_EXISTS && o.if_not_exists;
    if (result.error != ErrorCode::NONE && !there) return failure(explain_result(result, nullptr));
    if (o.client.json) JsonLine().text("name", result.name).boolean("created", !there && !o.dry_run).number("partitions", result.partitions).number("replicas", result.replicas).print();
    else if (!o.client.quiet) fmt::print(stderr, "{} {}{}\n", o.dry_run ? "would create" : there ? "exists already:" : "created", result.name,
                                         result.partitions > 0 ? fmt::format(" with {} partition{}", result.partitions, result.partitions == 1 ? "" : "s") : "");
  }
  return exit_code::ok;
}

void print_partitions(const TopicDescription& topic, const std::map<PartitionKey, client::ListedOffset>& starts, const std::map<PartitionKey, client::ListedOffset>& ends) {
  Table table({"PARTITION", "LEADER", "EPOCH", "REPLICAS", "ISR", "START", "END"});
  const auto offset = [&](const auto& map, int32_t p) {
    const auto found = map.find({topic.name, p});
    return found == map.end() || found->second.offset < 0 ? std::string("-") : fmt::format("{}", found->second.offset);
  };
  for (const auto& p : topic.partitions) {
    table.row({fmt::format("{}", p.index), p.leader < 0 ? "none" : fmt::format("{}", p.leader), fmt::format("{}", p.leader_epoch), fmt::format("{}", fmt::join(p.replicas, ",")),
               fmt::format("{}", fmt::join(p.isr, ",")), offset(starts, p.index), offset(ends, p.index)});
  }
  table.print();
}

void print_json(const TopicDescription& topic, const std::vector<client::ConfigEntry>& configs) {
  std::vector<std::string> partitions, entries;
  for (const auto& p : topic.partitions)
    partitions.push_back(JsonLine().number("partition", p.index).number("leader", p.leader).number("epoch", p.leader_epoch).raw("replicas", JsonLine::numbers(p.replicas)).raw("isr", JsonLine::numbers(p.isr)).object());
  JsonLine values;
  for (const auto& entry : configs) values.text_or_null(entry.name, entry.value);
  JsonLine().text("name", topic.name).text("id", topic.id.text()).boolean("internal", topic.internal).raw("partitions", JsonLine::array(partitions)).raw("configs", values.object()).print();
}

Outcome describe_one(Options& o, AdminSession& session, const ClusterInfo& cluster, const TopicDescription& topic) {
  constexpr int8_t source_topic = 1;
  auto configs = session.ask<std::vector<client::ConfigEntry>>([&] { return session.admin().topic_configs(topic.name); });
  if (!configs) return failure(configs.error());
  if (!o.show_all) std::erase_if(*configs, [](const client::ConfigEntry& entry) { return entry.source != source_topic; });
  if (o.client.json) return print_json(topic, *configs), exit_code::ok;
  std::map<PartitionKey, int64_t> latest, earliest;
  for (const auto& p : topic.partitions) latest[{topic.name, p.index}] = client::latest_time, earliest[{topic.name, p.index}] = client::earliest_time;
  const auto ends = session.admin().list_offsets(cluster, latest);
  const auto starts = session.admin().list_offsets(cluster, earliest);
  fmt::print("{}  id {}  {} partition{}  {} replica{}{}\n", paint(Colour::bold, topic.name, stdout), topic.id.text(), topic.partitions.size(), topic.partitions.size() == 1 ? "" : "s",
             replicas_of(topic), replicas_of(topic) == 1 ? "" : "s", topic.internal ? "  internal" : "");
  for (const auto& entry : *configs) fmt::print("  {}={}\n", entry.name, entry.value.value_or("null"));
  static const std::map<PartitionKey, client::ListedOffset> none;
  print_partitions(topic, starts ? *starts : none, ends ? *ends : none);
  return exit_code::ok;
}

Outcome describe(Options& o) {
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto cluster = describe_cluster(**session);
  if (!cluster) return failure(cluster.error());
  for (const std::string& name : o.names) {
    const auto topic = find_topic(*cluster, name);
    if (!topic) return failure(topic.error());
    if (auto described = describe_one(o, **session, *cluster, **topic); !described) return described;
  }
  return exit_code::ok;
}

// Asks on a terminal; elsewhere -y must have been given.
Expected<void> confirm(const Options& o) {
  if (o.yes || o.dry_run) return {};
  const std::string names = fmt::format("{}", fmt::join(o.names, " "));
  if (!is_terminal(stdin) || !is_terminal(stderr)) return failure(exit_code::usage, fmt::format("evlog topics delete {} -y", names), "deleting needs to be confirmed");
  fmt::print(stderr, "Delete {} and all records? [y/N] ", names);
  std::string answer;
  std::getline(std::cin, answer);
  if (answer == "y" || answer == "Y" || answer == "yes") return {};
  return failure(exit_code::failed, "", "nothing was deleted");
}

Outcome remove(Options& o) {
  if (auto confirmed = confirm(o); !confirmed) return failure(confirmed.error());
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto cluster = describe_cluster(**session);
  if (!cluster) return failure(cluster.error());
  std::vector<std::string> names;
  for (const std::string& name : o.names) {
    if (cluster->find(name)) names.push_back(name);
    else if (!o.if_exists) return failure(no_such_topic(name, cluster->topic_names()));
  }
  if (o.dry_run) return fmt::print(stderr, "would delete {}\n", fmt::join(names, " ")), exit_code::ok;
  if (names.empty()) return exit_code::ok;
  const auto results = (*session)->ask<std::vector<client::TopicResult>>([&] { return (*session)->admin().delete_topics(names, (*session)->timeout_ms()); });
  if (!results) return failure(results.error());
  for (const auto& result : *results) {
    if (result.error != ErrorCode::NONE) return failure(explain_result(result, &*cluster));
    if (o.client.json) JsonLine().text("name", result.name).boolean("deleted", true).print();
    else if (!o.client.quiet) fmt::print(stderr, "deleted {}\n", result.name);
  }
  return exit_code::ok;
}

void add_list(Args& args, Options& o) {
  args.positional("GLOB", o.pattern, "Only names like this, as 'inventory_*'", false)
      .flag("-i,--internal", o.internal, "Also the topics the servers keep for themselves")
      .flag("--json", o.client.json, "One JSON object per line");
  add_client_options(args, o.client);
  args.run([&o] { return list(o); });
}

}  // namespace

void add_topics(Args& root) {
  Args& topics = root.command("topics", "List, create, describe and delete topics", {"topic"});
  Options& o = topics.keep<Options>();
  topics.examples({"evlog topics                                      # the same as: evlog topics list", "evlog topics create orders -p 6 -c retention.ms=86400000",
                   "evlog topics describe orders", "evlog topics delete orders -y", "evlog topics list --json"});
  topics.flag("-i,--internal", o.internal, "Also the topics the servers keep for themselves").flag("--json", o.client.json, "One JSON object per line");
  add_client_options(topics, o.client);
  topics.run([&o] { return list(o); });

  add_list(topics.command("list", "What topics there are, with their sizes", {"ls"}).examples({"evlog topics list", "evlog topics list 'inventory_*'", "evlog topics list -i --json"}), o);

  Args& made = topics.command("create", "Create topics");
  made.examples({"evlog topics create orders", "evlog topics create orders -p 6 -r 3", "evlog topics create orders -c cleanup.policy=compact --if-not-exists"})
      .positionals("NAME", o.names, "The topics' names")
      .number("-p,--partitions", o.partitions, "N", "Partitions. Default: num.partitions of the server", 1, 1'000'000)
      .number("-r,--replicas,--replication-factor", o.replicas, "N", "Replicas. Default: default.replication.factor of the server", 1, 32'767)
      .list("-c,--config", o.configs, "KEY=VALUE", "A setting of the topic; may be repeated")
      .flag("--if-not-exists", o.if_not_exists, "A topic that exists is no error")
      .flag("--dry-run", o.dry_run, "Let the server check it, and create nothing")
      .flag("--json", o.client.json, "One JSON object per line");
  add_client_options(made, o.client);
  made.run([&o] { return create(o); });

  Args& described = topics.command("describe", "Partitions, leaders, replicas and settings of topics");
  described.examples({"evlog topics describe orders", "evlog topics describe orders -a             # every setting, not only the topic's own", "evlog topics describe orders --json"})
      .positionals("NAME", o.names, "The topics' names")
      .flag("-a,--all", o.show_all, "All settings, with their defaults")
      .flag("--json", o.client.json, "One JSON object per line");
  add_client_options(described, o.client);
  described.run([&o] { return describe(o); });

  Args& removed = topics.command("delete", "Delete topics and all their records", {"rm"});
  removed.examples({"evlog topics delete orders", "evlog topics delete orders payments -y", "evlog topics delete orders --if-exists -y"})
      .positionals("NAME", o.names, "The topics' names")
      .flag("-y,--yes", o.yes, "Do not ask")
      .flag("--if-exists", o.if_exists, "A topic that does not exist is no error")
      .flag("--dry-run", o.dry_run, "Say what would be deleted")
      .flag("--json", o.client.json, "One JSON object per line");
  add_client_options(removed, o.client);
  removed.run([&o] { return remove(o); });
}

}  // namespace evlog::cmd
