// evlog groups lag: who is behind, by how much, and when they will have caught up.
#include <unistd.h>

#include <algorithm>
#include <cctype>

#include "client/time_spec.h"
#include "evlog/group_report.h"
#include "evlog/groups.h"
#include "evlog/signals.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

constexpr const char* watch_default = "2s";

struct Options {
  ClientOptions client;
  std::vector<std::string> groups;
  std::string watch, by = "topic";
  bool only_lagging = false;
  int64_t rounds = 0;
};

// One line: a partition, or all of a topic, or all of a group.
struct Line {
  std::string group, topic;
  std::optional<int32_t> partition;
  std::string state;
  int64_t members = 0;
  std::optional<int64_t> current, end, lag, time_lag_ms;  // sums; the greatest of the time lags
};
using LineKey = std::tuple<std::string, std::string, int32_t>;

// Where the line stood one look earlier, and when that was.
struct Seen { int64_t at_ms, current, end; };

struct Rates { double in = 0, out = 0; };

template <class T>
void add(std::optional<T>& sum, const std::optional<T>& more) {
  if (more) sum = sum.value_or(0) + *more;
}

std::vector<Line> make_lines(const std::vector<GroupReport>& reports, const Options& o) {
  std::map<LineKey, Line> lines;
  for (const GroupReport& report : reports) {
    const auto& g = report.group;
    for (const GroupRow& row : report.rows) {
      const std::string topic = o.by == "group" ? "" : row.key.topic;
      const int32_t partition = o.by == "partition" ? row.key.partition : -1;
      Line& line = lines[{g.group, topic, partition}];
      line.group = g.group, line.topic = topic, line.state = g.state, line.members = static_cast<int64_t>(g.members.size());
      if (partition >= 0) line.partition = partition;
      if (!row.lag()) continue;
      add(line.current, row.current);
      add(line.end, row.end);
      add(line.lag, row.lag());
      if (row.time_lag_ms) line.time_lag_ms = std::max(line.time_lag_ms.value_or(0), *row.time_lag_ms);
    }
  }
  std::vector<Line> out;
  for (auto& [key, line] : lines)
    if (!o.only_lagging || line.lag.value_or(0) > 0) out.push_back(std::move(line));
  return out;
}

class Lag {
 public:
  Lag(const Options& options, AdminSession& session, int64_t interval_ms) : o_(options), session_(session), interval_ms_(interval_ms) {}
  Outcome run();

 private:
  Expected<void> look();
  std::optional<Rates> rates(const Line& line, int64_t now);
  void print(const std::vector<Line>& lines);
  std::vector<Listing::Column> columns() const;
  std::vector<Cell> cells(const Line& line, const std::optional<Rates>& rates) const;
  bool wait() const;
  bool watching() const { return interval_ms_ > 0; }

  const Options& o_;
  AdminSession& session_;
  int64_t interval_ms_;
  std::map<LineKey, Seen> seen_;
  int64_t looked_ms_ = 0;
  int64_t round_ = 0;
};

std::optional<Rates> Lag::rates(const Line& line, int64_t now) {
  if (!line.current || !line.end) return std::nullopt;
  const LineKey key{line.group, line.topic, line.partition.value_or(-1)};
  const auto found = seen_.find(key);
  std::optional<Rates> out;
  if (found != seen_.end() && now > found->second.at_ms) {
    const double seconds = static_cast<double>(now - found->second.at_ms) / 1000;
    out = Rates{.in = static_cast<double>(*line.end - found->second.end) / seconds, .out = static_cast<double>(*line.current - found->second.current) / seconds};
  }
  seen_[key] = {now, *line.current, *line.end};
  return out;
}

std::optional<int64_t> eta_ms(const Line& line, const Rates& rates) {
  if (!line.lag || rates.out <= rates.in) return std::nullopt;
  return static_cast<int64_t>(static_cast<double>(*line.lag) * 1000 / (rates.out - rates.in));
}

std::string eta_text(const Line& line, const std::optional<Rates>& rates) {
  if (!rates || line.lag.value_or(0) == 0) return "-";
  const auto ms = eta_ms(line, *rates);
  return ms ? human_duration(std::max<int64_t>(1000, (*ms + 500) / 1000 * 1000)) : "never";
}

Cell rate_cell(const std::optional<Rates>& rates, double Rates::* which) {
  if (!rates) return {"-", "null", ""};
  const std::string plain = fmt::format("{:.1f}", (*rates).*which);
  return {human_rate((*rates).*which), plain, plain};
}

std::vector<Listing::Column> Lag::columns() const {
  std::vector<Listing::Column> out{{"GROUP", "group"}};
  if (watching()) out.push_back({"TS", "ts", Listing::Show::scripts});
  if (o_.by != "group") out.push_back({"TOPIC", "topic"});
  if (o_.by == "partition") out.push_back({"PARTITION", "partition"});
  out.insert(out.end(), {{"LAG", "lag"}, {"TIME-LAG", "time_lag_ms"}});
  if (watching()) out.insert(out.end(), {{"IN/s", "in_per_second"}, {"OUT/s", "out_per_second"}, {"ETA", "eta_ms"}});
  out.insert(out.end(), {{"STATE", "state"}, {"MEMBERS", "members", Listing::Show::scripts}});
  return out;
}

std::vector<Cell> Lag::cells(const Line& line, const std::optional<Rates>& rates) const {
  std::vector<Cell> out{Cell::text(line.group)};
  if (watching()) out.push_back(Cell::number(wall_ms()));
  if (o_.by != "group") out.push_back(Cell::text(line.topic));
  if (o_.by == "partition") out.push_back(Cell::number(*line.partition));
  out.push_back(Cell::number(line.lag));
  out.push_back(duration_cell(line.time_lag_ms));
  if (watching()) {
    out.push_back(rate_cell(rates, &Rates::in));
    out.push_back(rate_cell(rates, &Rates::out));
    out.push_back(Cell::number(rates ? eta_ms(line, *rates) : std::nullopt));
    out.back().shown = eta_text(line, rates);
  }
  out.push_back(Cell::text(line.state));
  if (line.members > 0) out.back().shown = fmt::format("{} ({} member{})", line.state, line.members, line.members == 1 ? "" : "s");
  out.push_back(Cell::number(line.members));
  return out;
}

void Lag::print(const std::vector<Line>& lines) {
  std::vector<std::vector<Cell>> rows;
  for (const Line& line : lines) rows.push_back(cells(line, watching() ? rates(line, looked_ms_) : std::nullopt));
  const bool people = !for_scripts(o_.client);
  if (people && watching() && is_terminal(stdout)) fmt::print("\033[H\033[J");  // the screen anew, from its top
  else if (people && round_ > 1) fmt::print("\n");
  Listing listing(o_.client, columns());
  for (auto& row : rows) listing.row(std::move(row));
  listing.finish();
  if (listing.empty() && people && !o_.client.quiet && is_terminal(stderr)) fmt::print(stderr, "{}\n", o_.only_lagging ? "nobody is behind" : "no group has committed anything");
  std::fflush(stdout);
}

Expected<void> Lag::look() {
  const auto reports = report_groups(session_, o_.groups, true);
  if (!reports) return failure(reports.error());
  looked_ms_ = mono_ms();
  ++round_;
  print(make_lines(*reports, o_));
  return {};
}

bool Lag::wait() const {
  for (const int64_t until = looked_ms_ + interval_ms_; mono_ms() < until && !interrupted();) ::usleep(20'000);
  return !interrupted();
}

Outcome Lag::run() {
  do {
    if (auto looked = look(); !looked) return failure(looked.error());
  } while (watching() && (o_.rounds == 0 || round_ < o_.rounds) && wait());
  return interrupted();
}

// "-w 5s": the flag takes no value, so the time comes here among the groups. "5" may be a group, "5s" is taken for a time.
void take_time_behind(Options& o) {
  const auto time = std::ranges::find_if(o.groups, [](const std::string& word) {
    return word.size() > 1 && std::isdigit(static_cast<unsigned char>(word.front())) && std::isalpha(static_cast<unsigned char>(word.back())) && client::parse_duration(word);
  });
  if (o.watch != watch_default || time == o.groups.end()) return;
  o.watch = *time;
  o.groups.erase(time);
}

Outcome lag(Options& o) {
  int64_t interval_ms = 0;
  if (!o.watch.empty()) {
    take_time_behind(o);
    const auto interval = client::parse_duration(o.watch);
    if (!interval || *interval < 50) return failure(exit_code::usage, "as --watch=5s", "--watch: '{}' is no time between looks", o.watch);
    interval_ms = *interval;
    watch_signals();
  }
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  return Lag(o, **session, interval_ms).run();
}

}  // namespace

void add_groups_lag(Args& groups) {
  Args& args = groups.command("lag", "Who is behind, by how much, and until when");
  Options& o = args.keep<Options>();
  args.examples({"evlog groups lag                       # every group and topic", "evlog groups lag billing -w            # every two seconds, with rates and the time to catch up",
                 "evlog groups lag --only-lagging --by group", "evlog groups lag --watch=10s --json >> lag.jsonl"})
      .about("TIME-LAG is the age of the next record to be read: of the partition furthest behind. With -w, IN/s and OUT/s are what was\n"
             "written and what was committed since the last look, and ETA is when the lag is gone at that pace.")
      .positionals("GROUP", o.groups, "Default: all groups", false)
      .flag("--only-lagging", o.only_lagging, "Leave out who has nothing to read")
      .choice("--by", o.by, {"group", "topic", "partition"}, "A line for each of these. Default: topic")
      .optional_text("-w,--watch", o.watch, "TIME", watch_default, "Look again and again, every 2 seconds or as --watch=10s, until Ctrl-C")
      .number("-n,--count", o.rounds, "N", "With -w: stop after N looks", 1, INT64_MAX);
  add_format_options(args, o.client);
  add_client_options(args, o.client);
  args.run([&o] { return lag(o); });
}

}  // namespace evlog::cmd
