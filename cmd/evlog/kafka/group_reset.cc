// `kafka-consumer-groups --reset-offsets`: a plan for each group, and its execution.
#include "evlog/kafka/group_reset.h"

#include <algorithm>

#include "evlog/files.h"
#include "evlog/kafka/java.h"
#include "evlog/kafka/tool.h"
#include "evlog/terminal.h"

namespace evlog::cmd::kafka {
namespace {

using client::PartitionKey;
using Listed = std::map<PartitionKey, client::ListedOffset>;
using Committed = std::map<PartitionKey, client::CommittedOffset>;

class Reset {
 public:
  Reset(Session& session, const Options& options, const client::ClusterInfo& cluster) : session_(session), o_(options), cluster_(cluster) {}
  // The group's new offsets, written unless it is only a plan.
  Or<Offsets> run(const std::string& group);

 private:
  Or<std::set<PartitionKey>> scope(const std::string& group);
  Or<void> check_exist(const std::set<PartitionKey>& keys) const;
  Or<Offsets> plan(const std::string& group, const std::set<PartitionKey>& keys);
  Or<Offsets> from_file(const std::string& group);
  Or<Offsets> shifted(const std::string& group, const std::set<PartitionKey>& keys);
  Or<Offsets> current(const std::string& group, const std::set<PartitionKey>& keys);
  Or<Offsets> at_time(const std::set<PartitionKey>& keys, int64_t time);
  Or<Offsets> at_end(const std::set<PartitionKey>& keys, int64_t special_time);
  Or<Offsets> within_range(const Offsets& wanted);
  Or<Listed> listed(const std::set<PartitionKey>& keys, int64_t time);
  Or<Committed> committed(const std::string& group);
  Or<void> write(const std::string& group, const Offsets& offsets);

  Session& session_;
  const Options& o_;
  const client::ClusterInfo& cluster_;
};

Or<Committed> Reset::committed(const std::string& group) {
  return session_.ask<Committed>([&] { return session_.admin().committed(group); });
}

Or<Listed> Reset::listed(const std::set<PartitionKey>& keys, int64_t time) {
  std::map<PartitionKey, int64_t> times;
  for (const auto& key : keys) times[key] = time;
  auto out = session_.ask<Listed>([&] { return session_.admin().list_offsets(cluster_, times); });
  if (!out) return out;
  for (const auto& [key, offset] : *out)
    if (offset.error != ErrorCode::NONE) return stop(fmt::format("java.util.concurrent.ExecutionException: {}: {}", exception_class(offset.error), error_message(offset.error)));
  return out;
}

Or<std::set<PartitionKey>> Reset::scope(const std::string& group) {
  std::set<PartitionKey> out;
  if (o_.has("all-topics")) {
    const auto offsets = committed(group);
    if (!offsets) return stop(offsets.error());
    for (const auto& [key, offset] : *offsets) out.insert(key);
    return out;
  }
  if (!o_.has("topic") && !o_.has("from-file")) return wrong_usage("One of the reset scopes should be defined: --all-topics, --topic.");
  for (const std::string& text : o_.all("topic")) {
    const auto keys = parse_topic_argument(text);
    if (!keys) return stop(keys.error());
    for (const auto& key : *keys) {
      const auto* topic = cluster_.find(key.topic);
      if (key.partition >= 0) out.insert(key);
      else if (!topic) return stop(error_message(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION));
      else for (const auto& p : topic->partitions) out.insert({key.topic, p.index});
    }
  }
  return out;
}

Or<void> Reset::check_exist(const std::set<PartitionKey>& keys) const {
  std::vector<std::string> missing, leaderless;
  for (const auto& key : keys) {
    if (!cluster_.find(key.topic))
      return stop(fmt::format("java.util.concurrent.ExecutionException: {}: {}", exception_class(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION), error_message(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)));
    const auto* partition = cluster_.partition(key);
    if (!partition) missing.push_back(fmt::format("{}-{}", key.topic, key.partition));
    else if (partition->leader < 0) leaderless.push_back(fmt::format("{}-{}", key.topic, key.partition));
  }
  if (!missing.empty()) return stop(fmt::format("The partitions \"{}\" do not exist", fmt::join(missing, ",")));
  if (!leaderless.empty()) return stop(fmt::format("The partitions \"{}\" have no leader", fmt::join(leaderless, ",")));
  return {};
}

Or<Offsets> Reset::within_range(const Offsets& wanted) {
  std::set<PartitionKey> keys;
  for (const auto& [key, offset] : wanted) keys.insert(key);
  const auto starts = listed(keys, client::earliest_time), ends = listed(keys, client::latest_time);
  if (!starts) return stop(starts.error());
  if (!ends) return stop(ends.error());
  Offsets out;
  for (const auto& [key, offset] : wanted) {
    const int64_t low = starts->at(key).offset, high = ends->at(key).offset;
    out[key] = offset > high ? high : offset < low ? low : offset;
    if (out[key] != offset)
      fmt::print(stderr, "warning: New offset ({}) is {} offset for topic partition {}-{}. Value will be set to {}\n", offset, offset > high ? "higher than latest" : "lower than earliest", key.topic, key.partition, out[key]);
  }
  return out;
}

Or<Offsets> Reset::at_end(const std::set<PartitionKey>& keys, int64_t special_time) {
  const auto offsets = listed(keys, special_time);
  if (!offsets) return stop(offsets.error());
  Offsets out;
  for (const auto& [key, offset] : *offsets) out[key] = offset.offset;
  return out;
}

Or<Offsets> Reset::at_time(const std::set<PartitionKey>& keys, int64_t time) {
  const auto found = listed(keys, time);
  if (!found) return stop(found.error());
  Offsets out;
  std::set<PartitionKey> after_the_last;
  for (const auto& [key, offset] : *found) {
    if (offset.offset >= 0) out[key] = offset.offset;
    else after_the_last.insert(key);
  }
  for (const auto& key : after_the_last) say("\nWarn: Partition {} from topic {} is empty. Falling back to latest known offset.", key.partition, key.topic);
  const auto ends = at_end(after_the_last, client::latest_time);
  if (!ends) return ends;
  out.insert(ends->begin(), ends->end());
  return out;
}

Or<Offsets> Reset::shifted(const std::string& group, const std::set<PartitionKey>& keys) {
  const auto by = o_.number("shift-by", INT64_MIN, INT64_MAX);
  if (!by) return stop(by.error());
  const auto offsets = committed(group);
  if (!offsets) return stop(offsets.error());
  Offsets out;
  for (const auto& key : keys) {
    const auto found = offsets->find(key);
    if (found == offsets->end()) return wrong_usage(fmt::format("Cannot shift offset for partition {}-{} since there is no current committed offset", key.topic, key.partition));
    out[key] = static_cast<int64_t>(static_cast<uint64_t>(found->second.offset) + static_cast<uint64_t>(**by));
  }
  return within_range(out);
}

Or<Offsets> Reset::current(const std::string& group, const std::set<PartitionKey>& keys) {
  const auto offsets = committed(group);
  if (!offsets) return stop(offsets.error());
  Offsets out;
  std::set<PartitionKey> without;
  for (const auto& key : keys) {
    const auto found = offsets->find(key);
    if (found != offsets->end()) out[key] = found->second.offset;
    else without.insert(key);
  }
  const auto ends = at_end(without, client::latest_time);
  if (!ends) return ends;
  out.insert(ends->begin(), ends->end());
  return out;
}

Or<Offsets> Reset::from_file(const std::string& group) {
  const auto text = read_file(o_.text("from-file"));
  if (!text) return stop(fmt::format("cannot read {}", o_.text("from-file")));
  const auto plans = parse_plan(*text, o_.all("group"));
  if (!plans) return stop(fmt::format("{} is no plan: lines of topic,partition,offset or of group,topic,partition,offset", o_.text("from-file")));
  const auto found = plans->find(group);
  if (found == plans->end()) return say_error(fmt::format("No reset plan for group {} found", group)), Offsets();
  return within_range(found->second);
}

Or<Offsets> Reset::plan(const std::string& group, const std::set<PartitionKey>& keys) {
  if (o_.has("to-offset")) {
    const auto offset = o_.number("to-offset", INT64_MIN, INT64_MAX);
    if (!offset) return stop(offset.error());
    Offsets wanted;
    for (const auto& key : keys) wanted[key] = **offset;
    return within_range(wanted);
  }
  if (o_.has("to-earliest")) return at_end(keys, client::earliest_time);
  if (o_.has("to-latest")) return at_end(keys, client::latest_time);
  if (o_.has("shift-by")) return shifted(group, keys);
  if (o_.has("to-datetime")) {
    const auto time = parse_datetime(o_.text("to-datetime"));
    if (o_.text("to-datetime").find('T') == std::string::npos) return stop("java.text.ParseException: Error parsing timestamp. It does not contain a 'T' according to ISO8601 format", "as 2026-01-31T12:00:00.000");
    if (!time) return stop(fmt::format("java.text.ParseException: Unparseable date: \"{}\"", o_.text("to-datetime")), "as 2026-01-31T12:00:00.000");
    return at_time(keys, *time);
  }
  if (o_.has("by-duration")) {
    const auto duration = parse_duration(o_.text("by-duration"));
    if (!duration) return stop("Text cannot be parsed to a Duration", "as PT1H30M or P7D");
    return at_time(keys, wall_ms() - *duration);
  }
  if (o_.has("from-file")) return from_file(group);
  if (o_.has("to-current")) return current(group, keys);
  return wrong_usage("Option '[reset-offsets]' requires one of the following scenarios: --to-offset, --shift-by, --to-datetime, --by-duration, --to-earliest, --to-latest, --to-current, --from-file");
}

Or<void> Reset::write(const std::string& group, const Offsets& offsets) {
  if (offsets.empty()) return {};
  Committed values;
  for (const auto& [key, offset] : offsets) values[key] = {.offset = offset, .leader_epoch = -1, .metadata = ""};
  const auto results = session_.ask<std::map<PartitionKey, ErrorCode>>([&] { return session_.admin().commit_offsets(group, values); });
  if (!results) return stop(results.error());
  for (const auto& [key, error] : *results)
    if (error != ErrorCode::NONE) return stop(error_message(error));
  return {};
}

Or<Offsets> Reset::run(const std::string& group) {
  const auto description = session_.ask_raw<client::GroupDescription>([&] { return session_.admin().describe_group(group); });
  if (!description && description.error().code != ErrorCode::GROUP_ID_NOT_FOUND) return stop(session_.explain(description.error()));
  if (description && description->state != "Empty" && description->state != "Dead") {
    say_error(fmt::format("Assignments can only be reset if the group '{}' is inactive, but the current state is {}.", group, description->state));
    return Offsets();
  }
  const auto keys = scope(group);
  if (!keys) return stop(keys.error());
  if (auto exist = check_exist(*keys); !exist) return stop(exist.error());
  auto offsets = plan(group, *keys);
  if (!offsets) return offsets;
  if (o_.has("dry-run") || !o_.has("execute")) return offsets;
  if (auto written = write(group, *offsets); !written) return stop(written.error());
  return offsets;
}

void print_plan(const ResetPlan& plan) {
  size_t groups = 15, topics = 15;
  for (const auto& [group, offsets] : plan) {
    groups = std::max(groups, group.size());
    for (const auto& [key, offset] : offsets) topics = std::max(topics, key.topic.size());
  }
  if (!plan.empty()) fmt::print("\n{:<{}} {:<{}} {:<10} {}", "GROUP", groups, "TOPIC", topics, "PARTITION", "NEW-OFFSET");
  for (const auto& [group, offsets] : plan)
    for (const auto& [key, offset] : offsets) fmt::print("\n{:<{}} {:<{}} {:<10} {}", group, groups, key.topic, topics, key.partition, offset);
  fmt::print("\n");
}

}  // namespace

Or<int> reset_offsets(Session& session, const Options& o) {
  const auto groups = chosen_groups(session, o);
  if (!groups) return command_failed(groups.error().message);
  const auto cluster = session.cluster();
  if (!cluster) return command_failed(cluster.error().message);
  Reset reset(session, o, *cluster);
  ResetPlan plan;
  for (const std::string& group : *groups) {
    auto offsets = reset.run(group);
    if (!offsets && offsets.error().usage) return stop(offsets.error());
    if (!offsets) {
      if (!offsets.error().hint.empty()) fmt::print(stderr, "hint: {}\n", offsets.error().hint);
      return command_failed(offsets.error().message);
    }
    plan[group] = std::move(*offsets);
  }
  if (o.has("export")) say("{}", format_plan(plan, o.all("group").size() != 1));
  else print_plan(plan);
  return exit_code::ok;
}

}  // namespace evlog::cmd::kafka
