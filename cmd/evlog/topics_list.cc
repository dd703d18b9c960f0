// evlog topics list: what topics there are, how large they are, and which of them are in trouble.
#include <fnmatch.h>
#include <regex.h>

#include <algorithm>

#include "base/text.h"
#include "evlog/terminal.h"
#include "evlog/topics.h"

namespace evlog::cmd {
namespace {

using client::ConfigOrigin;
using client::PartitionKey;
using client::TopicDescription;

struct Size { std::optional<int64_t> records, bytes, in_last_minute; };
struct Settings { std::string policy, retention; int64_t min_isr = 1; bool overrides = false; };
struct Trouble { int64_t under_replicated = 0, unavailable = 0, under_min_isr = 0, at_min_isr = 0; };

constexpr int64_t rate_window_ms = 60'000;

std::map<PartitionKey, int64_t> times_of(const std::vector<TopicDescription>& topics, int64_t time) {
  std::map<PartitionKey, int64_t> out;
  for (const TopicDescription& topic : topics)
    for (const auto& p : topic.partitions) out[{topic.name, p.index}] = time;
  return out;
}

// Records by offsets, bytes by log directories; a server that cannot tell leaves them out.
std::map<std::string, Size> measure(TopicSession& s, const std::vector<TopicDescription>& topics, bool rates) {
  std::map<std::string, Size> out;
  const auto ends = s.admin().list_offsets(s.cluster, times_of(topics, client::latest_time));
  const auto starts = s.admin().list_offsets(s.cluster, times_of(topics, client::earliest_time));
  const auto lately = rates ? s.admin().list_offsets(s.cluster, times_of(topics, wall_ms() - rate_window_ms)) : Result<std::map<PartitionKey, client::ListedOffset>>(fail(ErrorCode::NONE));
  for (const auto& [key, time] : times_of(topics, 0)) {
    if (!ends || !starts || ends->at(key).offset < 0 || starts->at(key).offset < 0) continue;
    Size& size = out[key.topic];
    const int64_t end = ends->at(key).offset;
    size.records = size.records.value_or(0) + end - starts->at(key).offset;
    if (lately) size.in_last_minute = size.in_last_minute.value_or(0) + (lately->at(key).offset < 0 ? 0 : end - lately->at(key).offset);
  }
  if (const auto sizes = s.admin().log_sizes()) {
    for (const auto& [key, bytes] : *sizes) {
      auto& sum = out[key.topic].bytes;
      sum = sum.value_or(0) + bytes;
    }
  }
  return out;
}

std::string retention_text(const std::string& ms) {
  const auto n = parse_int(ms);
  if (!n || *n == 0) return ms;
  if (*n < 0) return "forever";
  for (const auto& [unit_ms, unit] : {std::pair(86'400'000, "d"), std::pair(3'600'000, "h"), std::pair(60'000, "m")})
    if (*n % unit_ms == 0) return fmt::format("{}{}", *n / unit_ms, unit);
  return human_duration(*n);
}

std::map<std::string, Settings> settings_of(TopicSession& s, const std::vector<TopicDescription>& topics) {
  std::map<std::string, Settings> out;
  std::vector<client::ConfigResource> resources;
  for (const TopicDescription& topic : topics) resources.push_back({client::ResourceType::topic, topic.name});
  if (resources.empty()) return out;
  const auto answer = s.admin().describe_configs(resources);
  if (!answer) return out;
  for (const auto& resource : *answer) {
    Settings& settings = out[resource.resource.name];
    for (const auto& entry : resource.entries) {
      settings.overrides = settings.overrides || entry.origin() == ConfigOrigin::topic;
      if (!entry.value) continue;
      if (entry.name == "cleanup.policy") settings.policy = *entry.value;
      else if (entry.name == "retention.ms") settings.retention = *entry.value;
      else if (entry.name == "min.insync.replicas") settings.min_isr = parse_int(*entry.value).value_or(1);
    }
  }
  return out;
}

Trouble trouble_of(const TopicDescription& topic, const Settings& settings) {
  Trouble out;
  for (const auto& p : topic.partitions) {
    const auto in_sync = static_cast<int64_t>(p.isr.size());
    out.unavailable += p.leader < 0;
    out.under_replicated += p.isr.size() < p.replicas.size();
    out.under_min_isr += in_sync < std::min(settings.min_isr, static_cast<int64_t>(p.replicas.size()));  // more than there are is not asked for
    out.at_min_isr += in_sync == settings.min_isr;
  }
  return out;
}

std::string state_text(const TopicOptions& o, const Trouble& t) {
  std::vector<std::string> words;
  if (t.unavailable) words.push_back(fmt::format("{} without a leader", t.unavailable));
  if (t.under_min_isr) words.push_back(fmt::format("{} under min ISR", t.under_min_isr));
  else if (t.under_replicated) words.push_back(fmt::format("{} under-replicated", t.under_replicated));
  if (o.at_min_isr && t.at_min_isr) words.push_back(fmt::format("{} at min ISR", t.at_min_isr));
  return words.empty() ? "ok" : fmt::format("{}", fmt::join(words, ", "));
}

bool filtered(const TopicOptions& o) { return o.under_replicated || o.unavailable || o.under_min_isr || o.at_min_isr || o.with_overrides; }

bool passes(const TopicOptions& o, const Trouble& t, const Settings& settings) {
  if (!filtered(o)) return true;
  return (o.under_replicated && t.under_replicated) || (o.unavailable && t.unavailable) || (o.under_min_isr && t.under_min_isr) || (o.at_min_isr && t.at_min_isr) ||
         (o.with_overrides && settings.overrides);
}

// The names that GLOB or --regex keep. POSIX' matcher: no backtracking that a pattern could make endless.
Expected<std::vector<TopicDescription>> named(const TopicOptions& o, const client::ClusterInfo& cluster) {
  regex_t expression;
  if (!o.regex.empty()) {
    if (const int fault = ::regcomp(&expression, o.regex.c_str(), REG_EXTENDED | REG_NOSUB)) {
      char text[200];
      ::regerror(fault, &expression, text, sizeof text);
      return failure(exit_code::usage, "an extended regular expression, as '^orders-[0-9]+$'", "--regex: {}", text);
    }
  }
  std::vector<TopicDescription> out;
  for (const TopicDescription& topic : cluster.topics) {
    if (topic.internal && !o.internal) continue;
    if (!o.pattern.empty() && ::fnmatch(o.pattern.c_str(), topic.name.c_str(), 0) != 0) continue;
    if (!o.regex.empty() && ::regexec(&expression, topic.name.c_str(), 0, nullptr, 0) != 0) continue;
    out.push_back(topic);
  }
  if (!o.regex.empty()) ::regfree(&expression);
  return out;
}

void say_none(const TopicOptions& o, const client::ClusterInfo& cluster) {
  if (for_scripts(o.client) || !is_terminal(stderr)) return;
  const bool any = std::ranges::any_of(cluster.topics, [](const TopicDescription& topic) { return !topic.internal; });
  if (filtered(o)) fmt::print(stderr, "no topic is like that\n");
  else if (!o.pattern.empty() || !o.regex.empty()) fmt::print(stderr, "no topic has such a name; all topics: evlog topics\n");
  else if (!any) fmt::print(stderr, "no topics; the first: echo hello | evlog produce greetings\n");
}

Outcome list(TopicOptions& o) {
  if (o.wide && o.client.format.empty()) o.client.format = "wide";
  auto s = open_topics(o.client);
  if (!s) return failure(s.error());
  auto topics = named(o, s->cluster);
  if (!topics) return failure(topics.error());
  const Format format = chosen_format(o.client);
  const bool names_alone = format == Format::name, everything = format != Format::table && !names_alone;
  const auto settings = filtered(o) || everything ? settings_of(*s, *topics) : std::map<std::string, Settings>();
  const auto of = [&](const TopicDescription& topic) {
    const auto found = settings.find(topic.name);
    return found == settings.end() ? Settings{} : found->second;
  };
  std::erase_if(*topics, [&](const TopicDescription& topic) { return !passes(o, trouble_of(topic, of(topic)), of(topic)); });
  auto sizes = names_alone ? std::map<std::string, Size>() : measure(*s, *topics, everything);
  using Show = Listing::Show;
  Listing listing(o.client, {{"NAME", "name"}, {"PARTITIONS", "partitions"}, {"REPLICAS", "replicas"}, {"RECORDS", "records"}, {"SIZE", "bytes"}, {"POLICY", "cleanup_policy", Show::wide},
                             {"RETENTION", "retention_ms", Show::wide}, {"IN/MIN", "records_last_minute", Show::wide}, {"STATE", "state", filtered(o) ? Show::always : Show::wide},
                             {"INTERNAL", "internal", o.internal ? Show::wide : Show::scripts}});
  for (const TopicDescription& topic : *topics) {
    const Size size = sizes[topic.name];
    const Settings set = of(topic);
    listing.row({Cell::text(topic.name), Cell::number(static_cast<int64_t>(topic.partitions.size())), Cell::number(static_cast<int64_t>(replicas_of(topic))), Cell::number(size.records),
                 Cell::bytes(size.bytes), Cell::text(set.policy), Cell::shown_as(retention_text(set.retention), set.retention), Cell::number(size.in_last_minute),
                 Cell::text(state_text(o, trouble_of(topic, set))), Cell::flag(topic.internal)});
  }
  if (listing.empty()) say_none(o, s->cluster);
  return exit_code::ok;
}

void add_options(Args& args, TopicOptions& o) {
  args.flag("-i,--internal", o.internal, "Also the topics the servers keep for themselves")
      .text("--regex", o.regex, "RE", "Only names that this extended regular expression finds something in")
      .flag("--wide", o.wide, "Also policy, retention, records in the last minute, and state: --format wide")
      .flag("--under-replicated", o.under_replicated, "Only topics with a partition whose replicas are not all in sync")
      .flag("--unavailable", o.unavailable, "Only topics with a partition that has no leader")
      .flag("--under-min-isr", o.under_min_isr, "Only topics with a partition that refuses writes with acks=all: in sync are fewer than min.insync.replicas")
      .flag("--at-min-isr", o.at_min_isr, "Only topics with a partition that one more failure would make refuse such writes")
      .flag("--with-overrides", o.with_overrides, "Only topics with settings of their own");
  add_format_options(args, o.client);
  add_client_options(args, o.client);
  args.run([&o] { return list(o); });
}

}  // namespace

void add_topics_list(Args& topics, TopicOptions& o) {
  add_options(topics, o);
  Args& listed = topics.command("list", "What topics there are, with their sizes", {"ls"});
  listed.examples({"evlog topics list", "evlog topics list 'inventory_*' --wide", "evlog topics list --regex '^orders-[0-9]+$' --format name", "evlog topics list --under-replicated"})
      .positional("GLOB", o.pattern, "Only names like this, as 'inventory_*'", false);
  add_options(listed, o);
}

}  // namespace evlog::cmd
