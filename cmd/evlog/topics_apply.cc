// evlog topics export and apply: topics as a file under version control. apply is idempotent: it makes the plan out of what
// differs, shows it, and does nothing where nothing differs.
#include <algorithm>
#include <iostream>
#include <iterator>

#include "evlog/confirm.h"
#include "evlog/files.h"
#include "evlog/terminal.h"
#include "evlog/topic_file.h"
#include "evlog/topics.h"

namespace evlog::cmd {
namespace {

using client::ConfigOperation;
using client::ConfigOrigin;
using client::ResourceType;
using client::TopicDescription;
using Overrides = std::map<std::string, std::map<std::string, std::string>>;

Expected<Overrides> overrides_of(TopicSession& s, const std::vector<TopicDescription>& topics) {
  Overrides out;
  std::vector<client::ConfigResource> resources;
  for (const TopicDescription& topic : topics) resources.push_back({ResourceType::topic, topic.name});
  if (resources.empty()) return out;
  const auto answer = s.session->ask<std::vector<client::ResourceConfigs>>([&] { return s.admin().describe_configs(resources); });
  if (!answer) return failure(answer.error());
  for (const auto& resource : *answer) {
    if (resource.error != ErrorCode::NONE) return failure(explain_topic({resource.resource.name, resource.error, resource.message}, &s.cluster));
    auto& configs = out[resource.resource.name];
    for (const auto& entry : resource.entries)
      if (entry.origin() == ConfigOrigin::topic && entry.value) configs[entry.name] = *entry.value;
  }
  return out;
}

Outcome export_topics(TopicOptions& o) {
  auto s = open_topics(o.client);
  if (!s) return failure(s.error());
  std::vector<std::string> names = o.names;
  if (names.empty())
    for (const TopicDescription& topic : s->cluster.topics)
      if (!topic.internal) names.push_back(topic.name);
  const auto topics = select_topics(s->cluster, names);
  if (!topics) return failure(topics.error());
  const auto overrides = overrides_of(*s, *topics);
  if (!overrides) return failure(overrides.error());
  std::vector<WantedTopic> out;
  for (const TopicDescription& topic : *topics)
    out.push_back({topic.name, static_cast<int32_t>(topic.partitions.size()), static_cast<int16_t>(replicas_of(topic)), overrides->at(topic.name)});
  fmt::print("{}", topic_file(out));
  return exit_code::ok;
}

Expected<std::string> read_input(const std::string& path) {
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  auto text = read_file(path);
  if (!text) return failure(exit_code::missing, "evlog topics export > topics.json writes one", "cannot read {}", path);
  return *std::move(text);
}

// One thing to do; all of a topic's stand together.
struct Action {
  enum class Kind { create, add_partitions, set, unset } kind;
  std::string topic, what, from, to;
};

struct Plan {
  std::vector<Action> actions;
  std::vector<client::NewTopic> created;
  std::vector<client::NewPartitions> grown;
  std::vector<client::ResourceChanges> changed;
};

void plan_new(const WantedTopic& topic, Plan& plan) {
  client::NewTopic made{.name = topic.name, .partitions = topic.partitions.value_or(-1), .replicas = topic.replicas.value_or(-1), .configs = {}, .assignments = {}};
  for (const auto& [key, value] : topic.configs.value_or(std::map<std::string, std::string>())) made.configs.emplace_back(key, value);
  const std::string partitions = topic.partitions ? count_of(*topic.partitions, "partition") : "default partitions";
  const std::string settings = made.configs.empty() ? "" : ", " + count_of(static_cast<int64_t>(made.configs.size()), "setting");
  plan.actions.push_back({Action::Kind::create, topic.name, "create", "", partitions + settings});
  plan.created.push_back(std::move(made));
}

Expected<void> plan_partitions(const WantedTopic& wanted, const TopicDescription& now, Plan& plan) {
  const auto count = static_cast<int32_t>(now.partitions.size());
  if (wanted.replicas && *wanted.replicas != static_cast<int16_t>(replicas_of(now)))
    return failure(exit_code::failed, "leave replicas out of the file, or write what it has", "topic '{}' has {}, not {}; apply does not move replicas", wanted.name, count_of(static_cast<int64_t>(replicas_of(now)), "replica"), *wanted.replicas);
  if (!wanted.partitions || *wanted.partitions == count) return {};
  if (*wanted.partitions < count)
    return failure(exit_code::failed, "partitions can be added, never taken away", "topic '{}' has {}, the file wants {}", wanted.name, count_of(count, "partition"), *wanted.partitions);
  plan.actions.push_back({Action::Kind::add_partitions, wanted.name, "partitions", fmt::format("{}", count), fmt::format("{}", *wanted.partitions)});
  plan.grown.push_back({wanted.name, *wanted.partitions, {}});
  return {};
}

void plan_configs(const WantedTopic& wanted, const std::map<std::string, std::string>& now, Plan& plan) {
  if (!wanted.configs) return;
  client::ResourceChanges changes{{ResourceType::topic, wanted.name}, {}};
  for (const auto& [key, value] : *wanted.configs) {
    const auto found = now.find(key);
    if (found != now.end() && found->second == value) continue;
    plan.actions.push_back({Action::Kind::set, wanted.name, key, found == now.end() ? "" : found->second, value});
    changes.changes.push_back({key, ConfigOperation::set, value});
  }
  for (const auto& [key, value] : now) {
    if (wanted.configs->contains(key)) continue;
    plan.actions.push_back({Action::Kind::unset, wanted.name, key, value, "the default"});
    changes.changes.push_back({key, ConfigOperation::unset, std::nullopt});
  }
  if (!changes.changes.empty()) plan.changed.push_back(std::move(changes));
}

Expected<Plan> make_plan(TopicSession& s, const std::vector<WantedTopic>& wanted) {
  std::vector<TopicDescription> existing;
  for (const WantedTopic& topic : wanted)
    if (const TopicDescription* const now = s.cluster.find(topic.name)) existing.push_back(*now);
  const auto overrides = overrides_of(s, existing);
  if (!overrides) return failure(overrides.error());
  Plan plan;
  for (const WantedTopic& topic : wanted) {
    const TopicDescription* const now = s.cluster.find(topic.name);
    if (!now) {
      plan_new(topic, plan);
      continue;
    }
    if (auto planned = plan_partitions(topic, *now, plan); !planned) return failure(planned.error());
    plan_configs(topic, overrides->at(topic.name), plan);
  }
  return plan;
}

// The server judges everything before anything is done, and again when it is done.
Outcome carry_out(TopicSession& s, const Plan& plan, bool dry_run) {
  std::vector<Failure> failures;
  const int32_t timeout_ms = s.session->timeout_ms();
  const auto collect = [&](const Expected<std::vector<client::TopicResult>>& results) {
    if (!results) return failures.push_back(results.error());
    for (const auto& result : *results)
      if (result.error != ErrorCode::NONE) failures.push_back(explain_topic(result, &s.cluster));
  };
  using Results = std::vector<client::TopicResult>;
  if (!plan.created.empty()) collect(s.session->ask<Results>([&] { return s.admin().create_topics(plan.created, dry_run, timeout_ms); }));
  if (!plan.grown.empty()) collect(s.session->ask<Results>([&] { return s.admin().create_partitions(plan.grown, dry_run, timeout_ms); }));
  if (!plan.changed.empty()) {
    const auto results = s.session->ask<std::vector<client::ResourceResult>>([&] { return s.admin().incremental_alter_configs(plan.changed, dry_run); });
    if (!results) failures.push_back(results.error());
    for (const auto& result : results.value_or(std::vector<client::ResourceResult>()))
      if (result.error != ErrorCode::NONE) failures.push_back(explain_topic({result.resource.name, result.error, result.message}, &s.cluster));
  }
  wait_until(s, [&](const client::ClusterInfo& cluster) {
    return dry_run || !failures.empty() || (std::ranges::all_of(plan.created, [&](const auto& topic) { return cluster.find(topic.name) != nullptr; }) &&
                                            std::ranges::all_of(plan.grown, [&](const auto& topic) { return cluster.partition({topic.topic, topic.count - 1}) != nullptr; }));
  });
  return end_with(std::move(failures), false);
}

void print_plan(const TopicOptions& o, const Plan& plan) {
  Listing listing(o.client, {{"TOPIC", "topic"}, {"CHANGE", "change"}, {"FROM", "from"}, {"TO", "to"}});
  for (const Action& action : plan.actions) listing.row({Cell::text(action.topic), Cell::text(action.what), Cell::text(action.from), Cell::text(action.to)});
}

Outcome apply(TopicOptions& o) {
  const auto text = read_input(o.file);
  if (!text) return failure(text.error());
  const auto wanted = parse_topic_file(*text, o.file == "-" ? "stdin" : o.file);
  if (!wanted) return failure(wanted.error());
  auto s = open_topics(o.client);
  if (!s) return failure(s.error());
  const auto plan = make_plan(*s, *wanted);
  if (!plan) return failure(plan.error());
  const bool talk = !o.client.quiet && !for_scripts(o.client);
  const auto topics = count_of(static_cast<int64_t>(wanted->size()), "topic");
  if (plan->actions.empty()) {
    print_plan(o, *plan);
    if (talk) fmt::print(stderr, "{} {} as the file says; nothing to change\n", topics, wanted->size() == 1 ? "is" : "are");
    return exit_code::ok;
  }
  if (auto checked = carry_out(*s, *plan, true); !checked) return checked;
  print_plan(o, *plan);
  std::fflush(stdout);
  const auto changes = count_of(static_cast<int64_t>(plan->actions.size()), "change");
  if (o.dry_run) {
    if (talk) fmt::print(stderr, "would make {}\n", changes);
    return exit_code::ok;
  }
  if (auto yes = confirm(o.yes, fmt::format("Make {}?", changes), "nothing was changed"); !yes) return failure(yes.error());
  if (auto done = carry_out(*s, *plan, false); !done) return done;
  if (talk) fmt::print(stderr, "made {}\n", changes);
  return exit_code::ok;
}

}  // namespace

void add_topics_apply(Args& topics, TopicOptions& o) {
  Args& exported = topics.command("export", "Write topics with partitions and settings as JSON");
  exported.examples({"evlog topics export > topics.json", "evlog topics export 'orders-*'", "evlog topics export -b old:9092 | evlog topics apply - -b new:9092"})
      .positionals("NAME", o.names, "The topics' names; '*' and '?' stand for any letters. Default: all but internal ones", false);
  add_client_options(exported, o.client);
  exported.run([&o] { return export_topics(o); });

  Args& applied = topics.command("apply", "Make topics what a file says");
  applied.about("The file is what `evlog topics export` writes. Topics it does not name stay as they are. Where it names a topic's configs,\n"
                "they are all that topic has of its own: others go back to their defaults. Applying it twice changes nothing the second time.")
      .examples({"evlog topics apply topics.json", "evlog topics apply topics.json --dry-run        # the plan alone", "evlog topics export -b old:9092 | evlog topics apply - -y"})
      .positional("FILE", o.file, "The file; - is stdin")
      .flag("-y,--yes", o.yes, "Do not ask")
      .flag("--dry-run", o.dry_run, "Let the server check it, show the plan, and change nothing");
  add_format_options(applied, o.client);
  add_client_options(applied, o.client);
  applied.run([&o] { return apply(o); });
}

}  // namespace evlog::cmd
