// evlog topics create.
#include <algorithm>

#include "evlog/terminal.h"
#include "evlog/topics.h"

namespace evlog::cmd {
namespace {

Expected<std::vector<client::NewTopic>> wanted(const TopicOptions& o) {
  client::NewTopic like{.name = {}, .partitions = static_cast<int32_t>(o.partitions), .replicas = static_cast<int16_t>(o.replicas), .configs = {}, .assignments = {}};
  for (const std::string& config : o.configs) {
    auto pair = parse_key_value(config, "-c");
    if (!pair) return failure(pair.error());
    like.configs.push_back(std::move(*pair));
  }
  if (!o.assignment.empty()) {
    if (o.partitions >= 0 || o.replicas >= 0) return failure(exit_code::usage, "leave out -p and -r", "--replica-assignment says how many partitions and replicas there are");
    auto assignment = parse_assignment_option(o.assignment);
    if (!assignment) return failure(assignment.error());
    like.assignments = std::move(*assignment);
  }
  std::vector<client::NewTopic> out;
  for (const std::string& name : o.names) out.push_back(like), out.back().name = name;
  return out;
}

Outcome create(TopicOptions& o) {
  const auto topics = wanted(o);
  if (!topics) return failure(topics.error());
  auto s = open_topics(o.client);
  if (!s) return failure(s.error());
  auto results = s->session->ask<std::vector<client::TopicResult>>([&] { return s->admin().create_topics(*topics, o.dry_run, s->session->timeout_ms()); });
  if (!results) return failure(results.error());
  in_order(*results, o.names);
  std::vector<Failure> failures;
  Listing listing(o.client, {{"NAME", "name"}, {"CREATED", "created"}, {"PARTITIONS", "partitions"}, {"REPLICAS", "replicas"}});
  for (client::TopicResult result : *results) {
    const bool there = result.error == ErrorCode::TOPIC_ALREADY_EXISTS && o.if_not_exists;
    if (result.error != ErrorCode::NONE && !there) {
      result.replicas = static_cast<int16_t>(o.replicas);
      failures.push_back(explain_topic(result, &s->cluster));
    } else if (for_scripts(o.client)) {
      listing.row({Cell::text(result.name), Cell::flag(!there && !o.dry_run), Cell::number(result.partitions), Cell::number(result.replicas)});
    } else if (!o.client.quiet) {
      fmt::print(stderr, "{} {}{}\n", o.dry_run && !there ? "would create" : there ? "exists already:" : "created", result.name,
                 result.partitions > 0 ? " with " + count_of(result.partitions, "partition") : "");
    }
  }
  wait_until(*s, [&](const client::ClusterInfo& cluster) {
    return std::ranges::all_of(*results, [&](const client::TopicResult& result) { return o.dry_run || result.error != ErrorCode::NONE || cluster.find(result.name); });
  });
  return end_with(std::move(failures), for_scripts(o.client));
}

}  // namespace

void add_topics_create(Args& topics, TopicOptions& o) {
  Args& made = topics.command("create", "Create topics");
  made.examples({"evlog topics create orders", "evlog topics create orders -p 6 -r 3", "evlog topics create orders -c cleanup.policy=compact --if-not-exists",
                 "evlog topics create orders --replica-assignment 1:2,2:3,3:1     # three partitions, two replicas each"})
      .positionals("NAME", o.names, "The topics' names")
      .number("-p,--partitions", o.partitions, "N", "Partitions. Default: num.partitions of the server", 1, 1'000'000)
      .number("-r,--replicas,--replication-factor", o.replicas, "N", "Replicas. Default: default.replication.factor of the server", 1, 32'767)
      .list("-c,--config", o.configs, "KEY=VALUE", "A setting of the topic; may be repeated")
      .text("--replica-assignment", o.assignment, "LIST", "Which brokers hold each partition, instead of -p and -r: 1:2,2:3 is brokers 1 and 2, then 2 and 3")
      .flag("--if-not-exists", o.if_not_exists, "A topic that exists is no error")
      .flag("--dry-run", o.dry_run, "Let the server check it, and create nothing");
  add_format_options(made, o.client);
  add_client_options(made, o.client);
  made.run([&o] { return create(o); });
}

}  // namespace evlog::cmd
