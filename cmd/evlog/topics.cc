// evlog topics: the table of its verbs, and what they share.
#include "evlog/topics.h"

#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>

#include "base/text.h"
#include "evlog/commands.h"
#include "evlog/config_hints.h"
#include "evlog/terminal.h"

namespace evlog::cmd {

using client::ClusterInfo;
using client::PartitionKey;
using client::TopicDescription;

std::string count_of(int64_t n, std::string_view noun) { return fmt::format("{} {}{}", human_count(static_cast<uint64_t>(n)), noun, n == 1 ? "" : "s"); }

size_t replicas_of(const TopicDescription& topic) { return topic.partitions.empty() ? 0 : topic.partitions[0].replicas.size(); }

Expected<TopicSession> open_topics(const ClientOptions& options) {
  auto session = AdminSession::open(options);
  if (!session) return failure(session.error());
  auto cluster = describe_cluster(**session);
  if (!cluster) return failure(cluster.error());
  return TopicSession{std::move(*session), std::move(*cluster)};
}

Expected<std::vector<TopicDescription>> select_topics(const ClusterInfo& cluster, const std::vector<std::string>& names) {
  std::vector<TopicDescription> out;
  const auto add = [&](const TopicDescription& topic) {
    if (std::ranges::find(out, topic.name, &TopicDescription::name) == out.end()) out.push_back(topic);
  };
  for (const std::string& name : names) {
    if (name.find_first_of("*?[") == std::string::npos) {
      const auto topic = find_topic(cluster, name);
      if (!topic) return failure(topic.error());
      add(**topic);
      continue;
    }
    size_t found = 0;
    for (const TopicDescription& topic : cluster.topics)
      if (!topic.internal && ::fnmatch(name.c_str(), topic.name.c_str(), 0) == 0) add(topic), ++found;
    if (found == 0) return failure(exit_code::missing, "all topics: evlog topics", "no topic is like '{}'", name);
  }
  return out;
}

void wait_until(TopicSession& s, const std::function<bool(const ClusterInfo&)>& seen) {
  constexpr int64_t wait_ms_max = 2'000;
  for (const int64_t deadline = mono_ms() + wait_ms_max; mono_ms() < deadline; ::usleep(20'000)) {
    const auto cluster = s.admin().cluster();
    if (!cluster || seen(*cluster)) return;
  }
}

namespace {

std::string replication_text(const client::TopicResult& result, const ClusterInfo* cluster) {
  if (!cluster || result.replicas < 1) return result.message;
  return fmt::format("topic '{}': replication factor {} needs {} brokers, {} {} alive", result.name, result.replicas, result.replicas, cluster->brokers.size(),
                     cluster->brokers.size() == 1 ? "is" : "are");
}

}  // namespace

Failure explain_topic(const client::TopicResult& result, const ClusterInfo* cluster) {
  Failure f{exit_code::failed, fmt::format("topic '{}': {}", result.name, result.message.empty() ? error_text(result.error) : result.message), {}, std::string(error_name(result.error))};
  switch (result.error) {
    case ErrorCode::TOPIC_ALREADY_EXISTS:
      f.message = fmt::format("topic '{}' exists already", result.name);
      f.hint = "--if-not-exists makes that no error"; break;
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION: return no_such_topic(result.name, cluster ? cluster->topic_names() : std::vector<std::string>{});
    case ErrorCode::INVALID_REPLICATION_FACTOR:
      f.message = replication_text(result, cluster);
      f.hint = "-r 1, or add brokers: evlog cluster";
      break;
    case ErrorCode::INVALID_PARTITIONS: f.hint = "partitions can be added, never taken away"; break;
    case ErrorCode::INVALID_REPLICA_ASSIGNMENT: f.hint = "one list of broker ids per partition, all of one length, as 1:2,2:3; the brokers: evlog cluster"; break;
    case ErrorCode::INVALID_TOPIC_EXCEPTION: f.hint = "letters, digits, '.', '_' and '-', at most 249 of them"; break;
    case ErrorCode::INVALID_CONFIG:
      f.hint = config_hint(client::ResourceType::topic, result.message);
      if (const auto key = unknown_key(result.message); !key.empty()) f.exit = exit_code::usage, f.message = fmt::format("topic '{}': there is no setting '{}'", result.name, key);
      break;
    case ErrorCode::TOPIC_DELETION_DISABLED: f.hint = "delete.topic.enable=true on the server"; break;
    case ErrorCode::POLICY_VIOLATION: f.hint = "a rule of this cluster forbids it; ask who runs it"; break;
    case ErrorCode::TOPIC_AUTHORIZATION_FAILED:
    case ErrorCode::CLUSTER_AUTHORIZATION_FAILED: f.exit = exit_code::refused, f.hint = "ask for the right to this topic"; break;
    default: break;
  }
  return f;
}

void in_order(std::vector<client::TopicResult>& results, const std::vector<std::string>& names) {
  std::ranges::sort(results, {}, [&](const client::TopicResult& result) { return std::ranges::find(names, result.name) - names.begin(); });
}

Outcome end_with(std::vector<Failure> failures, bool json) {
  if (failures.empty()) return exit_code::ok;
  for (size_t i = 0; i + 1 < failures.size(); ++i) print_failure(failures[i], json);
  return failure(std::move(failures.back()));
}

Expected<std::vector<std::vector<int32_t>>> parse_assignment_option(const std::string& text) {
  std::vector<std::vector<int32_t>> out;
  for (size_t at = 0; at <= text.size();) {
    const size_t comma = std::min(text.find(',', at), text.size());
    std::vector<int32_t>& brokers = out.emplace_back();
    for (size_t from = at; from <= comma;) {
      const size_t colon = std::min({text.find(':', from), comma});
      const auto id = parse_int(std::string_view(text).substr(from, colon - from));
      if (!id || *id < 0 || *id > INT32_MAX) return failure(exit_code::usage, "brokers of a partition between colons, partitions between commas, as 1:2,2:3", "--replica-assignment: '{}' is no list of broker ids", text);
      brokers.push_back(static_cast<int32_t>(*id));
      from = colon + 1;
    }
    at = comma + 1;
  }
  return out;
}

Expected<std::pair<std::string, std::string>> parse_key_value(const std::string& text, std::string_view option) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return failure(exit_code::usage, fmt::format("as {} retention.ms=3600000", option), "{}: '{}' is no key=value", option, text);
  return std::pair(text.substr(0, equals), text.substr(equals + 1));
}

Expected<std::map<PartitionKey, Marks>> topic_marks(TopicSession& s, const std::vector<TopicDescription>& topics) {
  std::map<PartitionKey, int64_t> earliest, latest;
  for (const TopicDescription& topic : topics)
    for (const auto& p : topic.partitions) earliest[{topic.name, p.index}] = client::earliest_time, latest[{topic.name, p.index}] = client::latest_time;
  using Listed = std::map<PartitionKey, client::ListedOffset>;
  const auto starts = s.session->ask<Listed>([&] { return s.admin().list_offsets(s.cluster, earliest); });
  if (!starts) return failure(starts.error());
  const auto ends = s.session->ask<Listed>([&] { return s.admin().list_offsets(s.cluster, latest); });
  if (!ends) return failure(ends.error());
  std::map<PartitionKey, Marks> out;
  for (const auto& [key, time] : latest) {
    const auto start = starts->find(key), end = ends->find(key);
    if (start == starts->end() || end == ends->end()) out[key] = {.error = ErrorCode::LEADER_NOT_AVAILABLE};
    else out[key] = {start->second.offset, end->second.offset, end->second.error};
  }
  return out;
}

void add_topics(Args& root) {
  Args& topics = root.command("topics", "List, create, change, trim, copy and delete topics", {"topic"});
  TopicOptions& o = topics.keep<TopicOptions>();
  topics.examples({"evlog topics                                      # the same as: evlog topics list", "evlog topics create orders -p 6 -c retention.ms=86400000",
                   "evlog topics describe orders", "evlog topics alter orders --set retention.ms=3600000", "evlog topics delete orders"});
  add_topics_list(topics, o);
  add_topics_create(topics, o);
  add_topics_describe(topics, o);
  add_topics_alter(topics, o);
  add_topics_delete(topics, o);
  add_topics_trim(topics, o);
  add_topics_clone(topics, o);
  add_topics_offsets(topics, o);
  add_topics_apply(topics, o);
}

}  // namespace evlog::cmd
