// evlog cluster: brokers, quorum, features, log directories and health of a cluster.
#include <unistd.h>

#include <algorithm>

#include "evlog/commands.h"
#include "evlog/health_report.h"
#include "evlog/metadata_level.h"
#include "evlog/output.h"
#include "evlog/signals.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

using client::BrokerInfo;
using client::ClusterInfo;
using client::LogDir;
using client::TopicDescription;
using Show = Listing::Show;
using Status = HealthCheck::Status;

struct Options {
  ClientOptions client;
  bool watch = false, exit_when_healthy = false;
};

struct Opened { std::unique_ptr<AdminSession> session; ClusterInfo cluster; client::Admin& admin() { return session->admin(); } };

Expected<Opened> open(const ClientOptions& options) {
  auto session = AdminSession::open(options);
  if (!session) return failure(session.error());
  auto cluster = describe_cluster(**session);
  if (!cluster) return failure(cluster.error());
  return Opened{std::move(*session), std::move(*cluster)};
}

struct Held { int64_t leaders = 0, replicas = 0, bytes = 0; std::optional<int64_t> free; bool answers = true; };

std::map<int32_t, Held> held_by(const ClusterInfo& cluster, const std::vector<LogDir>& dirs) {
  std::map<int32_t, Held> out;
  for (const TopicDescription& topic : cluster.topics) {
    for (const auto& p : topic.partitions) {
      ++out[p.leader].leaders;
      for (const int32_t id : p.replicas) ++out[id].replicas;
    }
  }
  for (const LogDir& dir : dirs) {
    Held& held = out[dir.broker];
    held.bytes += dir.size_bytes();
    held.answers = held.answers && !dir.path.empty();
    if (dir.usable_bytes >= 0) held.free = held.free.value_or(0) + dir.usable_bytes;
  }
  return out;
}

void print_brokers(const Options& o, Opened& c, const std::vector<LogDir>& dirs) {
  const auto held = held_by(c.cluster, dirs);
  const auto fenced = c.admin().fenced_brokers().value_or(std::vector<int32_t>());
  Listing listing(o.client, {{"BROKER", "broker"}, {"ADDRESS", "address"}, {"RACK", "rack"}, {"CONTROLLER", "controller"}, {"LEADERS", "leaders"}, {"REPLICAS", "replicas"}, {"SIZE", "bytes"}, {"FREE", "free_bytes"}, {"STATE", "state"}});
  for (const BrokerInfo& broker : c.cluster.brokers) {
    const auto found = held.find(broker.id);
    const Held h = found == held.end() ? Held{} : found->second;
    listing.row({Cell::number(broker.id), Cell::text(fmt::format("{}:{}", broker.address.host, broker.address.port)), Cell::text(broker.rack), Cell::flag(broker.id == c.cluster.controller), Cell::number(h.leaders), Cell::number(h.replicas),
                 Cell::bytes(h.answers ? std::optional(h.bytes) : std::nullopt), Cell::bytes(h.free), Cell::text(h.answers ? "up" : "no answer")});
  }
  for (const int32_t id : fenced)
    listing.row({Cell::number(id), Cell::text(""), Cell::text(""), Cell::flag(false), Cell::number(0), Cell::number(0), Cell::bytes(std::nullopt), Cell::bytes(std::nullopt), Cell::text("fenced")});
}

void print_quorum(const Options& o, const client::QuorumInfo& q) {
  Listing listing(o.client, {{"NODE", "node"}, {"ROLE", "role"}, {"END", "end"}, {"LAG", "lag"}, {"CAUGHT-UP", "last_caught_up_ms"}, {"DIRECTORY", "directory", Show::wide}, {"EPOCH", "epoch", Show::wide}, {"HIGH-WATERMARK", "high_watermark", Show::wide}});
  const auto leader = std::ranges::find(q.voters, q.leader, &client::QuorumReplica::id);
  const int64_t end = leader == q.voters.end() ? q.high_watermark : leader->end;
  const auto rows = [&](const std::vector<client::QuorumReplica>& replicas, std::string_view role) {
    for (const auto& r : replicas) {
      const int64_t caught_up = r.last_caught_up_ms;
      const std::string ago = r.id == q.leader ? "now" : caught_up < 0 ? "-" : human_duration(std::max<int64_t>(0, wall_ms() - caught_up)) + " ago";
      listing.row({Cell::number(r.id), Cell::text(r.id == q.leader ? "leader" : role), Cell::number(r.end), Cell::number(std::max<int64_t>(0, end - r.end)), Cell::shown_as(ago, caught_up < 0 ? "" : fmt::format("{}", caught_up)),
                   Cell::text(r.directory.text()), Cell::number(q.epoch), Cell::number(q.high_watermark)});
    }
  };
  rows(q.voters, "voter");
  rows(q.observers, "observer");
}

Outcome quorum(Options& o) {
  auto c = open(o.client);
  if (!c) return failure(c.error());
  const auto q = c->session->ask<client::QuorumInfo>([&] { return c->admin().quorum(); });
  if (!q) return failure(q.error());
  print_quorum(o, *q);
  return exit_code::ok;
}

Outcome brokers(Options& o) {
  auto c = open(o.client);
  if (!c) return failure(c.error());
  print_brokers(o, *c, c->admin().log_dirs(c->cluster).value_or(std::vector<LogDir>()));
  return exit_code::ok;
}

Outcome features(Options& o) {
  auto c = open(o.client);
  if (!c) return failure(c.error());
  const auto levels = c->session->ask<client::FeatureLevels>([&] { return c->admin().features(); });
  if (!levels) return failure(levels.error());
  Listing listing(o.client, {{"FEATURE", "feature"}, {"LEVEL", "level"}, {"SUPPORTED-MIN", "supported_min"}, {"SUPPORTED-MAX", "supported_max"}, {"EPOCH", "epoch", Show::wide}});
  for (const auto& f : levels->features) listing.row({Cell::text(f.name), Cell::shown_as(feature_level_text(f.name, f.finalized), fmt::format("{}", f.finalized)), Cell::number(f.supported_min), Cell::number(f.supported_max), Cell::number(levels->epoch)});
  return exit_code::ok;
}

Outcome log_dirs(Options& o) {
  auto c = open(o.client);
  if (!c) return failure(c.error());
  const auto dirs = c->session->ask<std::vector<LogDir>>([&] { return c->admin().log_dirs(c->cluster); });
  if (!dirs) return failure(dirs.error());
  Listing listing(o.client, {{"BROKER", "broker"}, {"DIRECTORY", "directory"}, {"PARTITIONS", "partitions"}, {"SIZE", "bytes"}, {"FREE", "free_bytes"}, {"TOTAL", "total_bytes"}, {"STATE", "state"}});
  const auto known = [](int64_t n) { return n < 0 ? std::nullopt : std::optional(n); };
  for (const LogDir& dir : *dirs)
    listing.row({Cell::number(dir.broker), Cell::text(dir.path), Cell::number(static_cast<int64_t>(dir.replicas.size())), Cell::bytes(dir.size_bytes()), Cell::bytes(known(dir.usable_bytes)), Cell::bytes(known(dir.total_bytes)),
                 Cell::text(dir.error == ErrorCode::NONE ? "online" : dir.path.empty() ? "no answer" : "offline")});
  return exit_code::ok;
}

std::string features_text(client::Admin& admin) {
  const auto levels = admin.features();
  if (!levels) return "-";
  std::vector<std::string> words;
  for (const auto& f : levels->features)
    if (f.finalized > 0) words.push_back(fmt::format("{}={}", f.name, feature_level_text(f.name, f.finalized)));
  return words.empty() ? "-" : fmt::format("{}", fmt::join(words, " "));
}

void print_overview(const Options& o, Opened& c, const HealthReport& report) {
  if (for_scripts(o.client)) {
    std::vector<std::string> ids;
    for (const BrokerInfo& broker : c.cluster.brokers) ids.push_back(JsonLine().number("broker", broker.id).text("host", broker.address.host).number("port", broker.address.port).text_or_null("rack", broker.rack.empty() ? std::nullopt : std::optional(broker.rack)).object());
    const std::string object = JsonLine().text("cluster", c.cluster.cluster_id).text("status", status_word(report.status())).number("controller", c.cluster.controller).number("topics", report.numbers.topics)
        .number("partitions", report.numbers.partitions).raw("brokers", JsonLine::array(ids)).object();
    if (chosen_format(o.client) == Format::json) fmt::print("[\n  {}\n]\n", object);
    else fmt::print("{}\n", object);
    return;
  }
  const std::string id = c.cluster.cluster_id.empty() ? "cluster" : "cluster " + c.cluster.cluster_id;
  fmt::print("{}  {}  {} topic{}, {} partition{}\n", paint(Colour::bold, id, stdout), paint_status(report.status()), report.numbers.topics, report.numbers.topics == 1 ? "" : "s", report.numbers.partitions,
             report.numbers.partitions == 1 ? "" : "s");
  for (const HealthCheck& check : report.checks)
    if (check.status != Status::ok) fmt::print("  {}: {}: {}\n", paint_status(check.status), check.name, check.found);
  fmt::print("  features {}\n", features_text(c.admin()));
  fmt::print("\n");
  print_brokers(o, c, c.admin().log_dirs(c.cluster).value_or(std::vector<LogDir>()));
}

Outcome overview(Options& o) {
  auto c = open(o.client);
  if (!c) return failure(c.error());
  print_overview(o, *c, examine(*c->session, c->cluster));
  return exit_code::ok;
}

// Again and again until Ctrl-C, or with -e until everything is well. A cluster that is not there yet is waited for.
Outcome watch(Options& o) {
  constexpr int interval_us = 1'000'000;
  watch_signals();
  const DiskLimits limits = o.exit_when_healthy ? DiskLimits{0, 0} : DiskLimits{};  // space does not come by waiting
  const int64_t deadline = o.watch ? INT64_MAX : mono_ms() + o.client.timeout_s * 1000;
  std::string last;
  for (;;) {
    auto c = open(o.client);
    std::optional<HealthReport> report;
    if (c) report = examine(*c->session, c->cluster, limits);
    const bool well = report && report->status() == Status::ok;
    if (o.watch) {
      if (is_terminal(stdout)) fmt::print("\033[H\033[2J");
      if (c) print_overview(o, *c, *report);
      else fmt::print("{}\n", c.error().message);
      std::fflush(stdout);
    }
    if (well && o.exit_when_healthy) return o.watch || o.client.quiet ? exit_code::ok : (fmt::print(stderr, "cluster {} is well\n", c->cluster.cluster_id), exit_code::ok);
    if (interrupted()) return interrupted();
    if (mono_ms() >= deadline) {
      if (!c) return failure(c.error());
      for (const HealthCheck& check : report->checks)
        if (check.status != Status::ok) last = check.name + ": " + check.found;
      return failure(exit_code::unreachable, "wait longer: --timeout SECONDS; all findings: evlog health", "not well after {} s: {}", o.client.timeout_s, last);
    }
    for (int i = 0; i < 10 && !interrupted(); ++i) ::usleep(interval_us / 10);
  }
}

void add_verb(Args& cluster, std::string_view name, std::string_view summary, std::initializer_list<std::string_view> examples, Options& o, Outcome (*run)(Options&), std::initializer_list<std::string_view> aliases = {}) {
  Args& args = cluster.command(name, summary, aliases);
  args.examples(examples);
  add_format_options(args, o.client);
  add_client_options(args, o.client);
  args.run([&o, run] { return run(o); });
}

}  // namespace

void add_cluster(Args& root) {
  Args& cluster = root.command("cluster", "Brokers, quorum, features, log directories and health");
  Options& o = cluster.keep<Options>();
  cluster.examples({"evlog cluster                            # who is there, and is it well", "evlog cluster -w                         # the same, again and again", "evlog cluster -e --timeout 60            # wait until it is well, as a script does after a start",
                    "evlog cluster log-dirs", "evlog cluster quorum --json"})
      .flag("-w,--watch", o.watch, "Show it every second, until Ctrl-C")
      .flag("-e,--exit-when-healthy", o.exit_when_healthy, "Wait until everything is well, then end; with --timeout's limit unless -w is given");
  add_format_options(cluster, o.client);
  add_client_options(cluster, o.client);
  cluster.run([&o] { return o.watch || o.exit_when_healthy ? watch(o) : overview(o); });
  add_verb(cluster, "brokers", "The brokers with what they hold", {"evlog cluster brokers", "evlog cluster brokers --format csv", "evlog cluster brokers -b 10.0.0.9:9092"}, o, brokers);
  add_verb(cluster, "quorum", "Who keeps the metadata log, and who is behind", {"evlog cluster quorum", "evlog cluster quorum --format wide", "evlog cluster quorum --json"}, o, quorum);
  add_verb(cluster, "features", "Feature levels, agreed and possible", {"evlog cluster features", "evlog cluster features --json", "evlog cluster features --format wide"}, o, features);
  add_verb(cluster, "log-dirs", "Log directories with sizes and free space", {"evlog cluster log-dirs", "evlog cluster log-dirs --json", "evlog cluster log-dirs -b 10.0.0.9:9092"}, o, log_dirs, {"logdirs"});
}

}  // namespace evlog::cmd
