// kafka-get-offsets: one offset of each partition, by time.
#include <algorithm>

#include "base/text.h"
#include "evlog/kafka/java.h"
#include "evlog/kafka/session.h"
#include "evlog/kafka/tool.h"

namespace evlog::cmd::kafka {
namespace {

using client::PartitionKey;

constexpr Option options[] = {
    {"bootstrap-server", Takes::value, "HOST:PORT,…", "Where the cluster is. Required."},
    {"command-config", Takes::value, "FILE", "A file of client properties."},
    {"topic", Takes::value, "TOPIC", "Only topics that match this regular expression."},
    {"partitions", Takes::value, "N,N,…", "Only these partitions."},
    {"topic-partitions", Takes::value, "TOPIC:N,TOPIC:N-N,…", "Topics (regular expressions) with partitions: a number, N-M without M, N- or -M; without a colon all."},
    {"time", Takes::value, "TIME", "earliest (-2), latest (-1), max-timestamp (-3), earliest-local (-4), latest-tiered (-5), earliest-pending-upload (-6), or milliseconds since 1970: the first record from then on. Default: latest."},
    {"exclude-internal-topics", Takes::nothing, "", "Leave out the topics that servers keep for themselves."},
};

constexpr std::string_view examples[] = {
    "kafka-get-offsets --bootstrap-server localhost:9092 --topic orders",
    "kafka-get-offsets --bootstrap-server localhost:9092 --topic-partitions 'orders:0-3,pay.*' --time earliest",
};

constexpr std::string_view times_text = "-1 or latest / -2 or earliest / -3 or max-timestamp / -4 or earliest-local / -5 or latest-tiered / -6 or earliest-pending-upload";

Or<int64_t> parse_time(const std::string& text) {
  static constexpr std::pair<std::string_view, int64_t> named[] = {{"latest", -1}, {"earliest", -2}, {"max-timestamp", -3}, {"earliest-local", -4}, {"latest-tiered", -5}, {"earliest-pending-upload", -6}};
  for (const auto& [name, time] : named)
    if (text == name) return time;
  const auto number = parse_int(text);
  if (!number) return stop(fmt::format("Malformed time argument {}. Please use {}, or a specified long format timestamp", text, times_text));
  return *number;
}

struct Rule {
  Pattern topic;
  std::vector<int64_t> partitions;   // empty: by range
  int64_t low = 0, high = INT32_MAX; // high is not included
  bool takes(const PartitionKey& key) const {
    if (!topic.matches(key.topic)) return false;
    if (!partitions.empty()) return std::ranges::find(partitions, key.partition) != partitions.end();
    return key.partition >= low && key.partition < high;
  }
};

std::optional<int64_t> digits(std::string_view text) {
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
  return parse_int(text);
}

// TOPIC, TOPIC:N, TOPIC:N-M, TOPIC:N-, TOPIC:-M; the topic may be missing.
Or<Rule> parse_rule(std::string_view text) {
  const auto wrong = [&] { return stop(fmt::format("Invalid rule specification: {}", text)); };
  const size_t colon = text.find(':');
  const std::string_view topic = text.substr(0, colon);
  auto pattern = Pattern::of_topics(topic.empty() ? ".*" : topic);
  if (!pattern) return stop(pattern.error());
  Rule rule{.topic = std::move(*pattern), .partitions = {}};
  if (colon == std::string_view::npos) return rule;
  const std::string_view range = text.substr(colon + 1);
  const size_t dash = range.find('-');
  const std::string_view low = range.substr(0, dash), high = dash == std::string_view::npos ? "" : range.substr(dash + 1);
  if ((!low.empty() && !digits(low)) || (!high.empty() && !digits(high))) return wrong();
  if (dash == std::string_view::npos && !low.empty()) return rule.partitions = {*digits(low)}, rule;
  if (!low.empty()) rule.low = *digits(low);
  if (!high.empty()) rule.high = *digits(high);
  return rule;
}

Or<std::vector<Rule>> parse_rules(std::string_view list) {
  std::vector<Rule> out;
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    auto rule = parse_rule(list.substr(at, end - at));
    if (!rule) return stop(rule.error());
    out.push_back(std::move(*rule));
    at = end + 1;
  }
  return out;
}

Or<std::vector<Rule>> rules_of(const Options& o) {
  if (o.has("topic-partitions")) return parse_rules(o.text("topic-partitions"));
  auto topic = Pattern::of_topics(o.text("topic", ".*"));
  if (!topic) return stop(topic.error());
  Rule rule{.topic = std::move(*topic), .partitions = {}};
  const std::string list = o.text("partitions");
  for (size_t at = 0; !list.empty() && at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    const auto number = parse_int(list.substr(at, end - at));
    if (!number) return stop(fmt::format("--partitions expects a comma separated list of numeric partition ids, but received: {}", list));
    rule.partitions.push_back(*number);
    at = end + 1;
  }
  return std::vector<Rule>{std::move(rule)};
}

Or<int> run(const Options& o) {
  if (auto required = o.require({"bootstrap-server"}); !required) return stop(required.error());
  if (auto single = o.check_single({"topic", "partitions", "topic-partitions", "time"}); !single) return stop(single.error());
  if (o.has("topic-partitions") && o.count({"topic", "partitions"}) > 0) return stop("--topic-partitions cannot be used with --topic or --partitions");
  const auto time = parse_time(o.text("time", "latest"));
  if (!time) return stop(time.error());
  const auto rules = rules_of(o);
  if (!rules) return stop(rules.error());
  auto session = Session::open(o);
  if (!session) return stop(session.error());
  const auto cluster = session->cluster();
  if (!cluster) return stop(cluster.error());
  std::map<PartitionKey, int64_t> times;
  for (const auto& topic : cluster->topics) {
    if (o.has("exclude-internal-topics") && internal_topic(topic.name)) continue;
    for (const auto& p : topic.partitions) {
      const PartitionKey key{topic.name, p.index};
      if (std::ranges::any_of(*rules, [&](const Rule& rule) { return rule.takes(key); })) times[key] = *time;
    }
  }
  if (times.empty()) return stop("Could not match any topic-partitions with the specified filters");
  const auto offsets = session->ask<std::map<PartitionKey, client::ListedOffset>>([&] { return session->admin().list_offsets(*cluster, times); });
  if (!offsets) return stop(offsets.error());
  std::map<std::string, std::string> lines;  // in the order of "topic-partition", as text
  for (const auto& [key, listed] : *offsets) {
    const std::string name = fmt::format("{}-{}", key.topic, key.partition);
    if (listed.error != ErrorCode::NONE) fmt::print(stderr, "Skip getting offsets for topic-partition {} due to error: {}\n", name, error_message(listed.error));
    else if (listed.offset >= 0) lines[name] = fmt::format("{}:{}:{}", key.topic, key.partition, listed.offset);
  }
  for (const auto& [name, line] : lines) say("{}", line);
  return exit_code::ok;
}

}  // namespace

const Tool get_offsets_tool{"kafka-get-offsets", "One offset of each partition: the last, the first, or that of a time", examples, options, run};

}  // namespace evlog::cmd::kafka
