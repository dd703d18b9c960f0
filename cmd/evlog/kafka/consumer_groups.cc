// kafka-consumer-groups: lists, describes and deletes groups, and changes their offsets.
#include "evlog/kafka/consumer_groups.h"

#include <algorithm>

#include "base/text.h"
#include "evlog/kafka/java.h"
#include "evlog/kafka/tool.h"

namespace evlog::cmd::kafka {
namespace {

constexpr Option options[] = {
    {"bootstrap-server", Takes::value, "HOST:PORT,…", "Where the cluster is. Required."},
    {"command-config", Takes::value, "FILE", "A file of client properties."},
    {"list", Takes::nothing, "", "The groups' names; with --state or --type a table."},
    {"describe", Takes::nothing, "", "Offsets and lag of groups; or their --members, or --state."},
    {"delete", Takes::nothing, "", "Delete groups without members."},
    {"reset-offsets", Takes::nothing, "", "Change the offsets of a group without members; shows the plan unless --execute."},
    {"delete-offsets", Takes::nothing, "", "Delete a group's offsets of topics that no member subscribes to."},
    {"group", Takes::value, "GROUP", "The group; may be repeated."},
    {"all-groups", Takes::nothing, "", "All groups."},
    {"topic", Takes::value, "TOPIC[:N,N…]", "The topic, or some of its partitions; may be repeated."},
    {"all-topics", Takes::nothing, "", "All topics that the group has offsets of."},
    {"offsets", Takes::nothing, "", "Describe offsets and lag, which is the default.", "describe"},
    {"members", Takes::nothing, "", "Describe members.", "describe"},
    {"state", Takes::maybe, "STATE,STATE", "Describe the groups' states; with --list show them, or only groups in these states.", "describe list"},
    {"type", Takes::maybe, "TYPE,TYPE", "With --list, show the groups' types, or only groups of these: classic, consumer.", "list"},
    {"verbose", Takes::nothing, "", "Describe more: leader epochs, assignments, epochs of groups.", "describe"},
    {"to-earliest", Takes::nothing, "", "Reset to the first record."},
    {"to-latest", Takes::nothing, "", "Reset to the end."},
    {"to-current", Takes::nothing, "", "Reset to the offset as it is; without one, to the end."},
    {"to-offset", Takes::value, "OFFSET", "Reset to this offset, or the nearest that exists."},
    {"shift-by", Takes::value, "N", "Reset by so many records, forwards or backwards."},
    {"to-datetime", Takes::value, "TIME", "Reset to the first record from then on: 2026-01-31T12:00:00.000, in UTC unless it ends with a zone."},
    {"by-duration", Takes::value, "DURATION", "Reset to so long ago: PnDTnHnMnS."},
    {"from-file", Takes::value, "FILE", "Reset to what a file says that --export wrote."},
    {"dry-run", Takes::nothing, "", "Show the plan, which is the default."},
    {"execute", Takes::nothing, "", "Change the offsets."},
    {"export", Takes::nothing, "", "Print the plan as CSV."},
    {"timeout", Takes::value, "MS", "How long to wait for an answer. Default: 30000."},
    {"validate-regex", Takes::value, "REGEX", "", "", "patterns of topics belong to the consumer group protocol, which evlog does not have so far"},
};

constexpr std::string_view examples[] = {
    "kafka-consumer-groups --bootstrap-server localhost:9092 --list",
    "kafka-consumer-groups --bootstrap-server localhost:9092 --describe --group billing",
    "kafka-consumer-groups --bootstrap-server localhost:9092 --reset-offsets --group billing --topic orders --to-earliest --execute",
};

constexpr std::initializer_list<std::string_view> scenarios = {"to-offset", "shift-by", "to-datetime", "by-duration", "to-earliest", "to-latest", "to-current", "from-file"};

Or<void> check_describe(const Options& o) {
  if (!o.has("describe")) return {};
  if (o.count({"group", "all-groups"}) == 0) return wrong_usage("Option [describe] takes one of these options: [group], [all-groups]");
  if (o.count({"members", "offsets", "state"}) > 1) return wrong_usage("Option [describe] takes at most one of these options: [members], [offsets], [state]");
  if (!o.all("state").empty()) return wrong_usage("Option [describe] does not take a value for [state]");
  return {};
}

Or<void> check_delete(const Options& o) {
  if (o.has("delete") && o.count({"group", "all-groups"}) == 0) return wrong_usage("Option [delete] takes one of these options: [group], [all-groups]");
  if (o.has("delete") && o.has("topic")) return wrong_usage("The consumer does not support topic-specific offset deletion from a consumer group.");
  if (o.has("delete-offsets") && o.count({"group", "topic"}) < 2) return wrong_usage("Option [delete-offsets] takes the following options: [group], [topic]");
  return {};
}

Or<void> check_reset(const Options& o) {
  if (!o.has("reset-offsets")) return {};
  if (o.has("dry-run") && o.has("execute")) return wrong_usage("Option [reset-offsets] only accepts one of [execute] and [dry-run]");
  if (o.count({"group", "all-groups"}) == 0) return wrong_usage("Option [reset-offsets] takes one of these options: [group], [all-groups]");
  for (std::string_view scenario : scenarios)
    if (auto r = o.forbid(scenario, scenarios); !r) return r;
  if (o.count({"dry-run", "execute"}) == 0) fmt::print(stderr, "warning: nothing is changed without --execute; say --dry-run if that is what you want\n");
  return {};
}

Or<void> check(const Options& o) {
  if (auto r = o.require({"bootstrap-server"}); !r) return r;
  for (auto* part : {check_describe, check_delete, check_reset})
    if (auto r = part(o); !r) return r;
  if (auto r = o.forbid("group", {"all-groups", "list"}); !r) return r;
  if (auto r = o.forbid("topic", {"list", "describe"}); !r) return r;
  if (o.count({"list", "describe", "delete", "reset-offsets", "delete-offsets"}) != 1)
    return wrong_usage("Command must include exactly one action: --list, --describe, --delete, --reset-offsets, --delete-offsets, --validate-regex");
  return o.check_single({"state", "type", "to-offset", "shift-by", "to-datetime", "by-duration", "from-file"});
}

std::string lower(std::string_view text) {
  std::string out;
  for (char c : text)
    if (c != ' ') out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return out;
}

std::vector<std::string> words(std::string_view list) {
  std::vector<std::string> out;
  for (size_t at = 0; at <= list.size();) {
    const size_t end = std::min(list.find(',', at), list.size());
    out.emplace_back(list.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

std::string capital(std::string text) {
  if (!text.empty()) text[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(text[0])));
  return text.empty() ? "Unknown" : text;
}

// The words behind --state or --type, of those that are allowed.
Or<std::vector<std::string>> filter(const Options& o, std::string_view option, std::string_view what, const std::vector<std::string>& allowed) {
  std::vector<std::string> out;
  if (o.text(option).empty()) return out;
  for (const std::string& word : words(o.text(option))) {
    const auto found = std::ranges::find_if(allowed, [&](const std::string& name) { return lower(name) == lower(word); });
    if (found == allowed.end()) return wrong_usage(fmt::format("Invalid {} list '{}'. Valid {} are: {}", what, o.text(option), what == "state" ? "states" : "types", fmt::join(allowed, ", ")));
    out.push_back(*found);
  }
  return out;
}

Or<int> list(Session& session, const Options& o) {
  const auto states = filter(o, "state", "state", {"PreparingRebalance", "CompletingRebalance", "Stable", "Dead", "Empty", "Assigning", "Reconciling"});
  if (!states) return stop(states.error());
  const auto types = filter(o, "type", "types", {"Consumer", "Classic"});
  if (!types) return stop(types.error());
  const auto groups = list_consumer_groups(session);
  if (!groups) return command_failed(groups.error().message);
  std::vector<client::GroupListing> shown;
  size_t width = 15;
  for (const auto& group : *groups) {
    if (!states->empty() && std::ranges::find(*states, group.state) == states->end()) continue;
    if (!types->empty() && std::ranges::find(*types, capital(group.type)) == types->end()) continue;
    shown.push_back(group), width = std::max(width, group.group.size());
  }
  if (o.count({"type", "state"}) == 0) {
    for (const auto& group : shown) say("{}", group.group);
    return exit_code::ok;
  }
  const auto row = [&](std::string_view group, std::string_view type, std::string_view state) {
    say("{:<{}}{}{}", group, width + 10, o.has("type") ? " " + padded(type, 20) : "", o.has("state") ? " " + padded(state, 20) : "");
  };
  row("GROUP", "TYPE", "STATE");
  for (const auto& group : shown) row(group.group, capital(group.type), capital(group.state));
  return exit_code::ok;
}

Or<int> remove(Session& session, const Options& o) {
  const auto groups = chosen_groups(session, o);
  if (!groups) return command_failed(groups.error().message);
  const auto results = session.ask<std::map<std::string, ErrorCode>>([&] { return session.admin().delete_groups(*groups); });
  if (!results) {
    say_error("Deletion of some consumer groups failed:");
    for (const std::string& group : *groups) say("* Group '{}' could not be deleted due to: {}", group, results.error().message);
    return exit_code::ok;
  }
  std::vector<std::string> deleted, failed;
  for (const auto& [group, error] : *results) {
    if (error == ErrorCode::NONE) deleted.push_back(fmt::format("'{}'", group));
    else failed.push_back(fmt::format("* Group '{}' could not be deleted due to: {}: {}", group, exception_class(error), error_message(error)));
  }
  if (failed.empty()) return say("Deletion of requested consumer groups ({}) was successful.", fmt::join(deleted, ", ")), exit_code::ok;
  say_error("Deletion of some consumer groups failed:");
  for (const std::string& line : failed) say("{}", line);
  if (!deleted.empty()) say("\nThese consumer groups were deleted successfully: {}", fmt::join(deleted, ", "));
  return exit_code::ok;
}

struct Deletion { std::map<client::PartitionKey, ErrorCode> rows; ErrorCode worst = ErrorCode::NONE; };

// Topics that do not exist have a row too, without a partition; they are no fault of the whole.
Or<Deletion> delete_offsets_of(Session& session, const Options& o) {
  const auto cluster = session.cluster();
  if (!cluster) return stop(cluster.error());
  Deletion out;
  std::set<client::PartitionKey> keys;
  for (const std::string& text : o.all("topic")) {
    const auto parsed = parse_topic_argument(text);
    if (!parsed) return stop(parsed.error());
    for (const auto& key : *parsed) {
      const auto* topic = cluster->find(key.topic);
      if (key.partition >= 0) keys.insert(key);
      else if (!topic) out.rows[key] = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
      else for (const auto& p : topic->partitions) keys.insert({key.topic, p.index});
    }
  }
  const auto results = session.ask_raw<std::map<client::PartitionKey, ErrorCode>>([&] { return session.admin().delete_offsets(o.text("group"), keys); });
  if (!results) out.worst = results.error().code;
  for (const auto& key : keys) {
    const ErrorCode error = results ? (results->contains(key) ? results->at(key) : ErrorCode::NONE) : results.error().code;
    out.rows[key] = error;
    if (out.worst == ErrorCode::NONE) out.worst = error;
  }
  return out;
}

Or<int> delete_offsets(Session& session, const Options& o) {
  if (auto single = o.check_single({"group"}); !single) return command_failed(single.error().message);
  const auto deletion = delete_offsets_of(session, o);
  if (!deletion) return deletion.error().usage ? Or<int>(stop(deletion.error())) : command_failed(deletion.error().message);
  switch (deletion->worst) {
    case ErrorCode::NONE: say("Request succeeded for deleting offsets from group {}.", o.text("group")); break;
    case ErrorCode::INVALID_GROUP_ID:
    case ErrorCode::GROUP_ID_NOT_FOUND:
    case ErrorCode::GROUP_AUTHORIZATION_FAILED:
    case ErrorCode::NON_EMPTY_GROUP: say_error(error_message(deletion->worst)); break;
    case ErrorCode::GROUP_SUBSCRIBED_TO_TOPIC:
    case ErrorCode::TOPIC_AUTHORIZATION_FAILED:
    case ErrorCode::UNKNOWN_TOPIC_OR_PARTITION: say_error("Encountered some partition-level error, see the follow-up details."); break;
    default: say_error(fmt::format("Encountered some unknown error: {}", error_name(deletion->worst)));
  }
  size_t width = 15;
  for (const auto& [key, error] : deletion->rows) width = std::max(width, key.topic.size());
  fmt::print("\n{:<{}} {:<10} {:<15}", "TOPIC", width, "PARTITION", "STATUS");
  std::map<std::string, std::string> lines;  // in the order of topic and partition as one text
  for (const auto& [key, error] : deletion->rows) {
    const std::string status = error == ErrorCode::NONE ? "Successful" : fmt::format("Error: {}: {}", exception_class(error), error_message(error));
    lines[fmt::format("{}{}", key.topic, key.partition)] = fmt::format("\n{:<{}} {:<10} {:<15}", key.topic, width, key.partition < 0 ? "-" : fmt::format("{}", key.partition), status);
  }
  for (const auto& [name, line] : lines) fmt::print("{}", line);
  fmt::print("\n");
  return exit_code::ok;
}

Or<int> run(const Options& o) {
  if (auto checked = check(o); !checked) return stop(checked.error());
  const auto timeout = o.number("timeout", 1, INT32_MAX);
  if (!timeout) return stop(timeout.error());
  auto session = Session::open(o, static_cast<int>(timeout->value_or(30'000)));
  if (!session) return stop(session.error());
  if (o.has("list")) return list(*session, o);
  if (o.has("describe")) return describe_groups(*session, o);
  if (o.has("delete")) return remove(*session, o);
  if (o.has("reset-offsets")) return reset_offsets(*session, o);
  return delete_offsets(*session, o);
}

}  // namespace

void say_error(std::string_view text) { say("\nError: {}", text); }
int command_failed(std::string_view text) { return say_error(fmt::format("Executing consumer group command failed due to {}", text)), exit_code::ok; }

Or<std::vector<client::GroupListing>> list_consumer_groups(Session& session) {
  auto groups = session.ask<std::vector<client::GroupListing>>([&] { return session.admin().list_groups(); });
  if (!groups) return groups;
  std::erase_if(*groups, [](const client::GroupListing& g) { return g.protocol_type != "consumer" && !g.protocol_type.empty(); });
  return groups;
}

Or<std::vector<std::string>> chosen_groups(Session& session, const Options& o) {
  if (!o.has("all-groups")) return o.all("group");
  const auto groups = list_consumer_groups(session);
  if (!groups) return stop(groups.error());
  std::vector<std::string> out;
  for (const auto& group : *groups) out.push_back(group.group);
  return out;
}

Or<std::vector<client::PartitionKey>> parse_topic_argument(const std::string& text) {
  const size_t colon = text.find(':');
  if (colon == std::string::npos) return std::vector<client::PartitionKey>{{text, -1}};
  if (colon + 1 == text.size() || text.find(':', colon + 1) != std::string::npos) return wrong_usage(fmt::format("Invalid topic arg '{}', expected topic name and partitions", text));
  std::vector<client::PartitionKey> out;
  for (const std::string& word : words(std::string_view(text).substr(colon + 1))) {
    const auto number = parse_int(word);
    if (!number || *number < 0 || *number > INT32_MAX) return wrong_usage(fmt::format("Invalid partition '{}' specified in topic arg '{}''", word, text));
    out.push_back({text.substr(0, colon), static_cast<int32_t>(*number)});
  }
  return out;
}

const Tool consumer_groups_tool{"kafka-consumer-groups", "List, describe and delete groups; change their offsets", examples, options, run};

}  // namespace evlog::cmd::kafka
