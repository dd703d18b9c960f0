// kafka-topics: lists, describes, creates, extends and deletes topics.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "evlog/kafka/java.h"
#include "evlog/kafka/session.h"
#include "evlog/kafka/tool.h"
#include "evlog/kafka/topic_description.h"

namespace evlog::cmd::kafka {
namespace {

constexpr Option options[] = {
    {"bootstrap-server", Takes::value, "HOST:PORT,…", "Where the cluster is. Required."},
    {"command-config", Takes::value, "FILE", "A file of client properties."},
    {"list", Takes::nothing, "", "The topics' names."},
    {"describe", Takes::nothing, "", "Partitions, leaders, replicas and the topics' own settings."},
    {"create", Takes::nothing, "", "Make a topic."},
    {"alter", Takes::nothing, "", "Add partitions, up to --partitions. (Settings are changed with kafka-configs.)"},
    {"delete", Takes::nothing, "", "Delete topics and their records."},
    {"topic", Takes::value, "TOPIC", "The topic; with all but --create a regular expression, commas between alternatives."},
    {"topic-id", Takes::value, "ID", "The topic to describe, by its id."},
    {"config", Takes::value, "NAME=VALUE", "A setting of the topic that is made; may be repeated."},
    {"delete-config", Takes::value, "NAME", "Has had no effect since Kafka 4.0."},
    {"partitions", Takes::value, "N", "How many partitions the topic gets. Default: num.partitions of the server."},
    {"replication-factor", Takes::value, "N", "How many replicas each partition gets. Default: default.replication.factor of the server."},
    {"replica-assignment", Takes::value, "ID:ID,ID:ID,…", "Which brokers each partition lies on, instead of the two numbers."},
    {"under-replicated-partitions", Takes::nothing, "", "Describe only partitions with replicas out of sync."},
    {"unavailable-partitions", Takes::nothing, "", "Describe only partitions without a leader that is alive."},
    {"under-min-isr-partitions", Takes::nothing, "", "Describe only partitions with fewer replicas in sync than min.insync.replicas."},
    {"at-min-isr-partitions", Takes::nothing, "", "Describe only partitions with just min.insync.replicas replicas in sync."},
    {"topics-with-overrides", Takes::nothing, "", "Describe only topics with settings of their own, without partitions."},
    {"if-exists", Takes::nothing, "", "No fault when there is no such topic."},
    {"if-not-exists", Takes::nothing, "", "No fault when the topic is there already."},
    {"exclude-internal", Takes::nothing, "", "Leave out the topics that servers keep for themselves."},
    {"partition-size-limit-per-response", Takes::value, "N", "How many partitions the server describes in one answer."},
};

constexpr std::string_view examples[] = {
    "kafka-topics --bootstrap-server localhost:9092 --list",
    "kafka-topics --bootstrap-server localhost:9092 --create --topic orders --partitions 6 --config retention.ms=86400000",
    "kafka-topics --bootstrap-server localhost:9092 --describe --topic 'orders.*'",
    "kafka-topics --bootstrap-server localhost:9092 --alter --topic orders --partitions 12",
};

Or<void> check_actions(const Options& o) {
  if (o.count({"create", "list", "alter", "describe", "delete"}) != 1)
    return wrong_usage("Command must include exactly one action: --list, --describe, --create, --alter or --delete");
  if (o.has("delete-config")) fmt::print(stderr, "warning: --delete-config has no effect; settings are removed with kafka-configs\n");
  if (!o.has("bootstrap-server")) return wrong_usage("--bootstrap-server must be specified");
  if (o.has("describe") && o.has("if-exists")) {
    if (!o.has("topic") && !o.has("topic-id")) return wrong_usage("--topic or --topic-id is required to describe a topic");
    if (o.has("topic") && o.has("topic-id")) say("Only topic id will be used when both --topic and --topic-id are specified and topicId is not Uuid.ZERO_UUID");
  }
  if (!o.has("list") && !o.has("describe"))
    if (auto r = o.require({"topic"}); !r) return r;
  if (o.has("alter") && o.has("config")) return wrong_usage("--config is for --create; settings of a topic that exists are changed with kafka-configs");
  if (o.has("alter")) return o.require({"partitions"});
  return {};
}

struct Rule { std::string_view option; std::initializer_list<std::string_view> not_with; };

Or<void> check_combinations(const Options& o) {
  static const Rule rules[] = {
      {"config", {"describe", "list", "delete"}},
      {"partitions", {"describe", "list", "delete"}},
      {"replication-factor", {"alter", "describe", "list", "delete"}},
      {"replica-assignment", {"describe", "list", "delete"}},
      {"under-replicated-partitions", {"alter", "create", "list", "delete", "topics-with-overrides"}},
      {"under-min-isr-partitions", {"alter", "create", "list", "delete", "topics-with-overrides"}},
      {"at-min-isr-partitions", {"alter", "create", "list", "delete", "topics-with-overrides"}},
      {"unavailable-partitions", {"alter", "create", "list", "delete", "topics-with-overrides"}},
      {"topics-with-overrides", {"alter", "create", "list", "delete", "under-replicated-partitions", "under-min-isr-partitions", "at-min-isr-partitions", "unavailable-partitions"}},
      {"if-exists", {"create", "list"}},
      {"if-not-exists", {"alter", "describe", "list", "delete"}},
      {"exclude-internal", {"alter", "create", "delete"}},
  };
  for (const Rule& rule : rules)
    if (auto r = o.forbid(rule.option, rule.not_with); !r) return r;
  if (o.has("create")) return o.forbid("replica-assignment", {"partitions", "replication-factor"});
  return {};
}

// A fault after the command line was understood is a line of stdout.
std::unexpected<Stop> failed(std::string_view message) {
  say("Error while executing topic command : {}", message);
  return std::unexpected(Stop{std::string(message), {}, false, true});
}
std::unexpected<Stop> failed(Session& session, const Error& error) {
  const Stop fault = session.explain(error);
  const auto out = failed(fault.message);
  std::fflush(stdout);
  if (!fault.hint.empty()) fmt::print(stderr, "hint: {}\n", fault.hint);
  return out;
}

// What --topic chooses out of all.
Or<std::vector<std::string>> chosen(const Options& o, const client::ClusterInfo& cluster) {
  std::optional<Pattern> pattern;
  if (o.has("topic")) {
    auto made = Pattern::of_topics(o.text("topic"));
    if (!made) return failed(made.error().message);
    pattern = std::move(*made);
  }
  std::vector<std::string> out;
  for (const auto& topic : cluster.topics)
    if ((!pattern || pattern->matches(topic.name)) && !(o.has("exclude-internal") && internal_topic(topic.name))) out.push_back(topic.name);
  if (!o.has("list") && out.empty() && !o.text("topic").empty() && !o.has("if-exists"))
    return failed(fmt::format("Topic '{}' does not exist as expected", o.text("topic")));
  return out;
}

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> out;
  for (size_t at = 0; at <= text.size();) {
    const size_t end = std::min(text.find(separator, at), text.size());
    out.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  while (!out.empty() && out.back().empty()) out.pop_back();
  return out;
}

std::string trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(" \t"), last = text.find_last_not_of(" \t");
  return first == std::string_view::npos ? std::string() : std::string(text.substr(first, last - first + 1));
}

Or<std::vector<std::vector<int32_t>>> replica_assignment(const Options& o) {
  std::vector<std::vector<int32_t>> out;
  for (const std::string& partition : split(o.text("replica-assignment"), ',')) {
    std::vector<int32_t>& replicas = out.emplace_back();
    for (const std::string& text : split(partition, ':')) {
      const auto id = parse_int(trimmed(text));
      if (!id || *id < INT32_MIN || *id > INT32_MAX) return failed(fmt::format("For input string: \"{}\"", trimmed(text)));
      if (std::ranges::find(replicas, *id) != replicas.end()) return failed(fmt::format("Partition replica lists may not contain duplicate entries: {}", *id));
      replicas.push_back(static_cast<int32_t>(*id));
    }
    if (replicas.size() != out.front().size()) return failed(fmt::format("Partition {} has different replication factor: [{}]", out.size() - 1, fmt::join(replicas, ", ")));
  }
  return out;
}

Or<std::vector<std::pair<std::string, std::string>>> parse_configs(const Options& o) {
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& text : o.all("config")) {
    const auto parts = split(text, '=');
    if (parts.size() != 2) return failed("requirement failed: Invalid topic config: all configs to be added must be in the format \"key=val\".");
    const std::string name = trimmed(parts[0]);
    std::erase_if(out, [&](const auto& pair) { return pair.first == name; });
    out.emplace_back(name, trimmed(parts[1]));
  }
  return out;
}

Or<int> list(Session& session, const Options& o) {
  const auto cluster = session.ask_raw<client::ClusterInfo>([&] { return session.admin().cluster(); });
  if (!cluster) return failed(session, cluster.error());
  const auto topics = chosen(o, *cluster);
  if (!topics) return stop(topics.error());
  say("{}", fmt::join(*topics, "\n"));
  return exit_code::ok;
}

Or<client::NewTopic> new_topic(const Options& o) {
  const auto partitions = o.number("partitions"), replicas = o.number("replication-factor");
  if (!partitions) return failed(partitions.error().message);
  if (!replicas) return failed(replicas.error().message);
  client::NewTopic topic{.name = o.text("topic")};
  auto assignment = replica_assignment(o);
  if (!assignment) return stop(assignment.error());
  auto configs = parse_configs(o);
  if (!configs) return stop(configs.error());
  if (o.has("create") && topic.name.find_first_of("._") != std::string::npos)
    say("WARNING: Due to limitations in metric names, topics with a period ('.') or underscore ('_') could collide. To avoid issues it is best to use either, but not both.");
  if (*replicas && (**replicas < 1 || **replicas > INT16_MAX)) return failed("The replication factor must be between 1 and 32767 inclusive");
  if (*partitions && **partitions < 1) return failed("The partitions must be greater than 0");
  topic.partitions = static_cast<int32_t>(partitions->value_or(-1));
  topic.replicas = static_cast<int16_t>(replicas->value_or(-1));
  topic.assignments = std::move(*assignment);
  topic.configs = std::move(*configs);
  return topic;
}

Or<int> judge(Session& session, const Result<std::vector<client::TopicResult>>& results, ErrorCode forgiven = ErrorCode::NONE) {
  if (!results) return failed(session, results.error());
  for (const auto& result : *results)
    if (result.error != ErrorCode::NONE && result.error != forgiven) return failed(error_message(result.error, result.message));
  return exit_code::ok;
}

Or<int> create(Session& session, const Options& o) {
  const auto topic = new_topic(o);
  if (!topic) return stop(topic.error());
  const auto results = session.ask_raw<std::vector<client::TopicResult>>([&] { return session.admin().create_topics({*topic}, false, session.timeout_ms()); });
  const auto judged = judge(session, results, o.has("if-not-exists") ? ErrorCode::TOPIC_ALREADY_EXISTS : ErrorCode::NONE);
  if (!judged) return judged;
  if (!results->empty() && results->front().error == ErrorCode::NONE) say("Created topic {}.", topic->name);
  return exit_code::ok;
}

Or<int> alter(Session& session, const Options& o) {
  const auto wanted = new_topic(o);
  if (!wanted) return stop(wanted.error());
  const auto cluster = session.ask_raw<client::ClusterInfo>([&] { return session.admin().cluster(); });
  if (!cluster) return failed(session, cluster.error());
  const auto topics = chosen(o, *cluster);
  if (!topics) return stop(topics.error());
  if (topics->empty()) return exit_code::ok;
  std::vector<client::NewPartitions> changes;
  for (const std::string& name : *topics) {
    client::NewPartitions& change = changes.emplace_back(client::NewPartitions{name, wanted->partitions, {}});
    const size_t had = cluster->find(name)->partitions.size();
    for (size_t i = had; i < wanted->assignments.size(); ++i) change.assignments.push_back(wanted->assignments[i]);
  }
  return judge(session, session.ask_raw<std::vector<client::TopicResult>>([&] { return session.admin().create_partitions(changes, false, session.timeout_ms()); }));
}

Or<int> remove(Session& session, const Options& o) {
  const auto cluster = session.ask_raw<client::ClusterInfo>([&] { return session.admin().cluster(); });
  if (!cluster) return failed(session, cluster.error());
  const auto topics = chosen(o, *cluster);
  if (!topics) return stop(topics.error());
  if (topics->empty()) return exit_code::ok;
  return judge(session, session.ask_raw<std::vector<client::TopicResult>>([&] { return session.admin().delete_topics(*topics, session.timeout_ms()); }));
}

// The one with the id; 22 letters of base64.
Or<std::vector<std::string>> by_id(const Options& o, const Uuid& id, const client::ClusterInfo& cluster) {
  std::vector<std::string> out;
  for (const auto& topic : cluster.topics)
    if (topic.id == id && !(o.has("exclude-internal") && internal_topic(topic.name))) out.push_back(topic.name);
  if (out.empty() && !o.has("if-exists")) return failed(fmt::format("TopicId '{}' does not exist as expected", id.text()));
  return out;
}

Or<int> describe(Session& session, const Options& o) {
  std::optional<Uuid> id;
  if (o.has("topic-id")) {
    id = Uuid::parse(o.text("topic-id"));
    if (!id) return failed(fmt::format("Input string `{}` is not a topic id", o.text("topic-id")));
    if (*id == Uuid()) id.reset();
  }
  const auto cluster = session.ask_raw<client::ClusterInfo>([&] { return session.admin().cluster(); });
  if (!cluster) return failed(session, cluster.error());
  const auto names = id ? by_id(o, *id, *cluster) : chosen(o, *cluster);
  if (!names) return stop(names.error());
  const auto limit = o.number("partition-size-limit-per-response");
  if (!limit) return failed(limit.error().message);
  TopicDescriptions descriptions(session, *cluster, o, /*with_elr=*/!id, static_cast<int32_t>(limit->value_or(2000)));
  if (auto got = descriptions.fetch(*names); !got) return failed(session, got.error());
  descriptions.print();
  return exit_code::ok;
}

Or<int> run(const Options& o) {
  if (auto checked = check_actions(o); !checked) return stop(checked.error());
  if (auto checked = check_combinations(o); !checked) return stop(checked.error());
  if (auto single = o.check_single({"topic", "topic-id", "replica-assignment"}); !single) return stop(single.error());
  auto session = Session::open(o);
  if (!session) return stop(session.error());
  if (o.has("create")) return create(*session, o);
  if (o.has("alter")) return alter(*session, o);
  if (o.has("list")) return list(*session, o);
  if (o.has("describe")) return describe(*session, o);
  return remove(*session, o);
}

}  // namespace

const Tool topics_tool{"kafka-topics", "List, describe, create, extend and delete topics", examples, options, run};

}  // namespace evlog::cmd::kafka
