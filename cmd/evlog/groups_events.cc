// evlog groups describe --events: why did this group rebalance?
//
//   the group's records in __consumer_offsets since --since are compared, each with the one before;
//   then they are followed, and between them the group's state is watched: who is waited for while it rebalances.
//
// Where the topic may not be read the state alone is followed: changes of membership still show, generations do not.
#include <unistd.h>

#include <algorithm>

#include "client/record_json.h"
#include "client/time_spec.h"
#include "evlog/group_history.h"
#include "evlog/group_log.h"
#include "evlog/group_report.h"
#include "evlog/groups.h"
#include "evlog/signals.h"
#include "evlog/table.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

constexpr int64_t look_interval_ms = 300;

class Follower {
 public:
  Follower(const ClientOptions& client, const GroupEventsOptions& options, AdminSession& session) : client_(client), o_(options), session_(session) {}
  Outcome run(int64_t since_ms);

 private:
  Expected<std::unique_ptr<GroupLogReader>> open_log(const client::ClusterInfo& cluster, int64_t since_ms);
  void take(const GroupLogReader::Entry& entry);
  void take_generation(Generation generation);
  Expected<void> look();
  void print(const Generation& generation, const GroupChange& change);
  void print_line(int64_t at_ms, const std::string& text);
  bool wait() const;

  const ClientOptions& client_;
  const GroupEventsOptions& o_;
  AdminSession& session_;
  std::optional<Generation> latest_;
  std::string state_;
  std::vector<std::string> waiting_;     // identities seen while the group rebalances
  int64_t rebalance_began_ms_ = -1;
  uint64_t printed_ = 0;
};

Expected<std::unique_ptr<GroupLogReader>> Follower::open_log(const client::ClusterInfo& cluster, int64_t since_ms) {
  const auto partition = group_log_partition(cluster, o_.group);
  if (!partition) return nullptr;
  const auto offsets = group_log_offsets(session_, cluster, {*partition}, since_ms);
  if (!offsets) return failure(offsets.error());
  return std::make_unique<GroupLogReader>(session_, cluster, *partition, offsets->at(*partition));
}

void Follower::take(const GroupLogReader::Entry& entry) {
  const auto key = group::decode_key(entry.key);
  const auto* const group = key ? std::get_if<group::GroupKey>(&*key) : nullptr;
  if (!group || group->group != o_.group) return;
  if (!entry.value) {
    print_line(entry.timestamp_ms, "the group was deleted, or forgotten after its offsets expired");
    latest_.reset();
    return;
  }
  const auto value = group::decode_group_value(*entry.value);
  if (value) take_generation(make_generation(*value, entry.timestamp_ms));
  else print_line(entry.timestamp_ms, "a record that this evlog cannot read: " + value.error().message);
}

void Follower::take_generation(Generation generation) {
  if (!latest_ && generation.members.empty()) {
    latest_ = std::move(generation);  // a group that is made, or was empty when the story begins
    return;
  }
  const Generation nobody;
  GroupChange change = compare(latest_ ? *latest_ : nobody, generation, waiting_);
  if (!latest_ && generation.number > 1) {  // what was before lies behind --since, or compaction took it
    change.reason = "first seen";
    for (std::string& line : change.lines)
      if (line.starts_with("joined: ")) line.replace(0, 8, "member: ");
  }
  print(generation, change);
  waiting_.clear();
  rebalance_began_ms_ = -1;
  latest_ = std::move(generation);
}

void Follower::print_line(int64_t at_ms, const std::string& text) {
  ++printed_;
  if (client_.json) JsonLine().number("ts", at_ms).text("group", o_.group).text("event", text).print();
  else fmt::print("{}  {}\n", client::iso_time(at_ms), text);
  std::fflush(stdout);
}

void Follower::print(const Generation& g, const GroupChange& change) {
  ++printed_;
  if (client_.json) {
    std::vector<std::string> lines(change.lines.size());
    for (size_t i = 0; i < lines.size(); ++i) client::append_json_string(lines[i], change.lines[i]);
    JsonLine().number("ts", g.at_ms).text("group", o_.group).number("generation", g.number).text("reason", change.reason).number("members", static_cast<int64_t>(g.members.size()))
        .text("strategy", g.protocol).number("partitions_moved", change.partitions_moved).raw("changes", JsonLine::array(lines)).print();

  } else {
    static const std::map<std::string, std::string> because{
        {"formed", "the group formed"}, {"joined", "a member joined"}, {"gone", "a member is gone"}, {"joined and gone", "members came and went"},
        {"restarted", "a static member restarted"}, {"subscription", "a subscription changed"}, {"partitions", "a topic changed"},
        {"strategy", "the strategy changed"}, {"first seen", "the first one seen"}, {"emptied", "the last member is gone"}, {"rejoined", "a member joined again"}};
    std::string took;
    if (rebalance_began_ms_ >= 0 && g.at_ms >= rebalance_began_ms_) took = fmt::format(", took {}", human_duration(g.at_ms - rebalance_began_ms_));
    const std::string moved = change.partitions_moved > 0 ? fmt::format(", {} partition{} moved", change.partitions_moved, change.partitions_moved == 1 ? "" : "s") : "";
    fmt::print("{}  {}  {} member{}{}{}{}\n", client::iso_time(g.at_ms), paint(Colour::bold, fmt::format("generation {}: {}", g.number, because.at(change.reason)), stdout), g.members.size(),
               g.members.size() == 1 ? "" : "s", g.protocol.empty() ? "" : ", " + g.protocol, moved, took);
    for (const std::string& line : change.lines) fmt::print("    {}\n", line);
  }
  std::fflush(stdout);
}

// Between two generations only the state tells what goes on.
Expected<void> Follower::look() {
  const auto group = session_.admin().describe_group(o_.group);
  if (!group && group.error().code != ErrorCode::GROUP_ID_NOT_FOUND) {
    if (AdminSession::not_yet(group.error())) return {};
    return failure(session_.explain_admin(group.error()));
  }
  const std::string state = group ? group->state : "Dead";
  const bool rebalancing = state == "PreparingRebalance" || state == "CompletingRebalance";
  if (rebalancing && group) {
    for (const auto& m : group->members) {
      const std::string& identity = m.instance_id.empty() ? m.member_id : m.instance_id;
      if (std::ranges::find(waiting_, identity) == waiting_.end()) waiting_.push_back(identity);
    }
  }
  if (state == "PreparingRebalance" && state_ != state) {
    rebalance_began_ms_ = wall_ms();
    if (!client_.quiet) print_line(rebalance_began_ms_, fmt::format("rebalancing: waiting for {} member{} to join", group->members.size(), group->members.size() == 1 ? "" : "s"));
  }
  state_ = state;
  return {};
}

bool Follower::wait() const {
  for (const int64_t until = mono_ms() + look_interval_ms; mono_ms() < until && !interrupted();) ::usleep(20'000);
  return !interrupted();
}

Outcome Follower::run(int64_t since_ms) {
  const auto found = find_groups(session_, {});
  if (!found) return failure(found.error());
  const bool exists = std::ranges::find(*found, o_.group, &client::GroupListing::group) != found->end();
  if (!exists && o_.exit_at_end) return failure(no_such_group(o_.group, *found));
  if (!exists && !client_.quiet) warn(fmt::format("group '{}' does not exist yet; waiting for it", o_.group));
  const auto cluster = describe_cluster(session_);
  if (!cluster) return failure(cluster.error());
  auto opened = open_log(*cluster, since_ms);
  if (!opened) return failure(opened.error());
  std::unique_ptr<GroupLogReader> log = std::move(*opened);
  client::ClusterInfo later = *cluster;
  do {
    if (!log) {  // the topic is made with the first group
      auto again = describe_cluster(session_);
      if (!again) return failure(again.error());
      later = std::move(*again);
      opened = open_log(later, since_ms);
      if (!opened) return failure(opened.error());
      log = std::move(*opened);
    }
    if (auto looked = look(); !looked) return failure(looked.error());
    if (log)
      if (auto read = log->read([this](const GroupLogReader::Entry& entry) { take(entry); }); !read) return failure(read.error());
    if (printed_ == 0 && !o_.exit_at_end && !client_.quiet && is_terminal(stderr) && state_ != "") {
      fmt::print(stderr, "following {} ({}); nothing happened since {}; Ctrl-C to stop\n", o_.group, state_, client::iso_time(since_ms));
      ++printed_;
    }
  } while (!o_.exit_at_end && wait());
  if (o_.exit_at_end && printed_ == 0 && !client_.quiet) fmt::print(stderr, "nothing happened to {} since {}\n", o_.group, client::iso_time(since_ms));
  return interrupted();
}

}  // namespace

Outcome follow_group_events(const ClientOptions& client, const GroupEventsOptions& o) {
  const auto since = client::parse_time(o.since.empty() ? "-24h" : o.since, wall_ms());
  if (!since) return failure(exit_code::usage, "as --since -1h or --since 2026-01-31", "--since: {}", since.error().message);
  watch_signals();
  auto session = AdminSession::open(client);
  if (!session) return failure(session.error());
  return Follower(client, o, **session).run(*since);
}

}  // namespace evlog::cmd
