// evlog health: one word and an exit code, for people, for a container's HEALTHCHECK, Nagios and Prometheus.
#include "evlog/commands.h"
#include "evlog/health_report.h"
#include "evlog/table.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

using Status = HealthCheck::Status;

struct Options {
  ClientOptions client;
  std::string format = "text";
  DiskLimits disk;
};

void print_text(const HealthReport& report, bool quiet) {
  size_t width = 0;
  for (const HealthCheck& check : report.checks) width = std::max(width, check.name.size());
  for (const HealthCheck& check : report.checks) {
    if (quiet && check.status == Status::ok) continue;
    fmt::print("{}{}  {:<{}}  {}\n", paint_status(check.status), std::string(8 - status_word(check.status).size(), ' '), check.name, width, check.found);
    if (!check.hint.empty()) fmt::print("          {:<{}}  {}: {}\n", "", width, paint(Colour::cyan, "hint", stdout), check.hint);
  }
}

// One line: the state, what is wrong, and numbers behind a bar.
void print_nagios(const HealthReport& report) {
  std::vector<std::string> words;
  for (const HealthCheck& check : report.checks)
    if (check.status != Status::ok) words.push_back(fmt::format("{}: {}", check.name, check.found));
  const HealthNumbers& n = report.numbers;
  if (words.empty()) words.push_back(fmt::format("{} broker{}, {} partition{}", n.brokers, n.brokers == 1 ? "" : "s", n.partitions, n.partitions == 1 ? "" : "s"));
  const char* const state = report.status() == Status::ok ? "OK" : report.status() == Status::warning ? "WARNING" : "CRITICAL";
  fmt::print("EVLOG {} - {} | brokers={} brokers_down={} partitions={} offline={} under_min_isr={} under_replicated={}\n", state, fmt::join(words, "; "), n.brokers, n.brokers_down, n.partitions,
             n.offline, n.under_min_isr, n.under_replicated);
}

void print_json(const HealthReport& report) {
  std::vector<std::string> checks;
  for (const HealthCheck& check : report.checks)
    checks.push_back(JsonLine().text("check", check.name).text("status", status_word(check.status)).text("found", check.found).text_or_null("hint", check.hint.empty() ? std::nullopt : std::optional(check.hint)).object());
  const HealthNumbers& n = report.numbers;
  JsonLine().text("status", status_word(report.status())).text("cluster", report.cluster_id).number("brokers", n.brokers).number("brokers_down", n.brokers_down).number("topics", n.topics)
      .number("partitions", n.partitions).number("offline", n.offline).number("under_min_isr", n.under_min_isr).number("under_replicated", n.under_replicated).raw("checks", JsonLine::array(checks)).print();
}

void print_gauge(std::string_view name, std::string_view help, int64_t value) { fmt::print("# HELP evlog_health_{0} {1}\n# TYPE evlog_health_{0} gauge\nevlog_health_{0} {2}\n", name, help, value); }

void print_prometheus(const HealthReport& report) {
  const HealthNumbers& n = report.numbers;
  print_gauge("status", "0 ok, 1 warning, 2 critical.", static_cast<int64_t>(report.status()));
  print_gauge("brokers", "Brokers the cluster knows.", n.brokers);
  print_gauge("brokers_down", "Brokers that do not answer.", n.brokers_down);
  print_gauge("partitions", "Partitions of all topics.", n.partitions);
  print_gauge("partitions_offline", "Partitions without a leader.", n.offline);
  print_gauge("partitions_under_min_isr", "Partitions with fewer replicas in sync than min.insync.replicas.", n.under_min_isr);
  print_gauge("partitions_under_replicated", "Partitions whose replicas are not all in sync.", n.under_replicated);
}

// Nobody there is a finding too, not a fault of the command.
HealthReport unreachable(const Failure& f) { return {.cluster_id = {}, .numbers = {}, .checks = {{"contact", Status::critical, f.message, f.hint}}}; }

Outcome health(Options& o) {
  if (o.client.json) o.format = "json";
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto cluster = describe_cluster(**session);
  const HealthReport report = cluster ? examine(**session, *cluster, o.disk) : unreachable(cluster.error());
  if (o.format == "nagios") print_nagios(report);
  else if (o.format == "json") print_json(report);
  else if (o.format == "prometheus") print_prometheus(report);
  else print_text(report, o.client.quiet);
  return static_cast<int>(report.status());
}

}  // namespace

void add_health(Args& root) {
  Args& args = root.command("health", "Is the cluster well? In words and as exit code");
  Options& o = args.keep<Options>();
  args.about("The exit code says it too: 0 well, 1 a warning, 2 critical. Critical are a broker that does not answer, no controller, partitions\n"
             "without a leader or that refuse acks=all, a log directory offline, and less than 5 % of a disk free; a warning are replicas out of sync,\n"
             "fenced brokers, and less than 15 % free. All brokers are asked.")
      .examples({"evlog health", "evlog health -q                         # only what is not well", "evlog health --format nagios", "evlog health --format prometheus > /var/lib/node_exporter/evlog.prom"})
      .choice("--format", o.format, {"text", "nagios", "json", "prometheus"}, "Default: text")
      .number("--disk-warning", o.disk.warning_percent, "PERCENT", "Less of a disk free is a warning. Default: 15", 0, 100)
      .number("--disk-critical", o.disk.critical_percent, "PERCENT", "Less of a disk free is critical. Default: 5", 0, 100)
      .flag("--json", o.client.json, "The same as --format json");
  add_client_options(args, o.client);
  args.run([&o] { return health(o); });
}

}  // namespace evlog::cmd
