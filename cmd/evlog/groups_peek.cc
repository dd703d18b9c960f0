// evlog groups peek: the records around the place where a group stands. What stopped it is usually the next one.
#include <algorithm>

#include "client/consumer.h"
#include "client/record_format.h"
#include "client/record_json.h"
#include "client/time_spec.h"
#include "evlog/group_report.h"
#include "evlog/groups.h"
#include "evlog/partition_list.h"
#include "evlog/signals.h"
#include "evlog/table.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

using client::PartitionKey;

struct Options {
  ClientOptions client;
  std::string group, topic, partitions, format;
  int64_t before = 2, after = 2;
};

struct Place { int64_t committed, start, end; };
using Places = std::map<PartitionKey, Place>;

// A record kept beyond the poll that brought it.
struct Kept { int64_t offset; std::string line; };

Expected<Places> find_places(const Options& o, AdminSession& session) {
  const auto report = report_group(session, o.group, false);
  if (!report) return failure(report.error());
  const auto partitions = parse_partition_list(o.partitions);
  if (!partitions) return failure(partitions.error());
  const auto cluster = describe_cluster(session);
  if (!cluster) return failure(cluster.error());
  if (!o.topic.empty())
    if (const auto topic = find_topic(*cluster, o.topic); !topic) return failure(topic.error());
  Places out;
  std::map<PartitionKey, int64_t> times;
  for (const GroupRow& row : report->rows) {
    if (!row.current || !row.end || (!o.topic.empty() && row.key.topic != o.topic) || (!partitions->empty() && !partitions->contains(row.key.partition))) continue;
    out[row.key] = {*row.current, 0, *row.end};
    times[row.key] = client::earliest_time;
  }
  if (out.empty()) return failure(exit_code::missing, fmt::format("what it committed: evlog offsets get {}", o.group), "group {} has committed nothing{}", o.group, o.topic.empty() ? "" : " in topic " + o.topic);
  const auto starts = session.ask<std::map<PartitionKey, client::ListedOffset>>([&] { return session.admin().list_offsets(*cluster, times); });
  if (!starts) return failure(starts.error());
  for (auto& [key, place] : out) place.start = std::max<int64_t>(0, starts->at(key).offset);
  return out;
}

class Peek {
 public:
  Peek(const Options& options, client::RecordFormat format, const client::Settings& settings) : o_(options), format_(std::move(format)), settings_(settings) {}
  Outcome run(const Places& places);

 private:
  Expected<void> read(const Places& places);
  std::string render(const client::Record& record);
  void print(const PartitionKey& key, const Place& place) const;

  const Options& o_;
  client::RecordFormat format_;
  const client::Settings& settings_;
  std::map<PartitionKey, std::vector<Kept>> records_;
};

std::string Peek::render(const client::Record& record) {
  std::string out;
  if (o_.client.json) client::append_json(out, record);
  else if (!o_.format.empty()) format_.append(out, record);
  else {
    const auto shown = [](const std::optional<std::string_view>& bytes) { std::string text; if (bytes) client::append_json_string(text, *bytes); return bytes ? text : std::string("null"); };
    out = fmt::format("{}  {}  {}", client::iso_time(record.timestamp_ms), shown(record.key), shown(record.value));
    const size_t width = static_cast<size_t>(std::max(40, terminal_width() - 24));
    if (is_terminal(stdout) && display_width(out) > width) out = cut_utf8(out, width) + "…";
  }
  return out;
}

Expected<void> Peek::read(const Places& places) {
  std::vector<client::PartitionRange> ranges;
  size_t open = 0;
  for (const auto& [key, place] : places) {
    const int64_t start = std::max(place.start, std::min(place.committed, place.end) - o_.before);
    const int64_t stop = std::min(place.end, std::max(place.committed, place.start) + o_.after);
    if (start < stop) ranges.push_back({key.topic, key.partition, start, stop}), ++open;
  }
  auto consumer = client::Consumer::open(settings_);
  if (!consumer) return failure(explain(consumer.error()));
  show_log(o_.client, (*consumer)->events());
  if (const auto error = (*consumer)->start(ranges)) return failure(explain(error, (*consumer)->events(), settings_));
  std::map<PartitionKey, int64_t> stops;
  for (const auto& range : ranges) stops[{range.topic, range.partition}] = range.stop;
  client::Record record;
  for (const int64_t deadline = mono_ms() + o_.client.timeout_s * 1000; !stops.empty() && !interrupted();) {
    if (mono_ms() > deadline) return failure(exit_code::unreachable, "wait longer: --timeout SECONDS", "the records did not come in time");
    for (const rd_kafka_message_t* message : (*consumer)->poll(100)) {
      const PartitionKey key{rd_kafka_topic_name(message->rkt), message->partition};
      const auto stop = stops.find(key);
      if (stop == stops.end()) continue;
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        stops.erase(stop);
        continue;
      }
      if (message->err) continue;
      if (message->offset < stop->second) {
        client::view_message(*message, record);
        records_[key].push_back({message->offset, render(record)});
      }
      if (message->offset + 1 >= stop->second) stops.erase(stop);
    }
  }
  return {};
}

void Peek::print(const PartitionKey& key, const Place& place) const {
  const auto found = records_.find(key);
  if (o_.client.json || !o_.format.empty()) {
    if (found != records_.end())
      for (const Kept& kept : found->second) fmt::print("{}{}", kept.line, o_.client.json ? "\n" : "");
    return;
  }
  const int64_t lag = std::max<int64_t>(0, place.end - place.committed);
  std::string note = lag == 0 ? "at the end" : fmt::format("{} to read", human_count(static_cast<uint64_t>(lag)));
  if (place.committed < place.start) note = fmt::format("the records before {} are gone", place.start);
  if (place.committed > place.end) note = fmt::format("behind the end, which is {}", place.end);
  fmt::print("{}\n", paint(Colour::bold, fmt::format("{} {}: committed {}, {}", key.topic, key.partition, place.committed, note), stdout));
  bool marked = false;
  for (const Kept& kept : found == records_.end() ? std::vector<Kept>{} : found->second) {
    const bool next = !marked && kept.offset >= place.committed;
    marked = marked || next;
    fmt::print("{}{:>10}  {}\n", next ? paint(Colour::green, "→", stdout) : " ", kept.offset, kept.line);
  }
  if (!marked) fmt::print("{}{:>10}  (nothing yet)\n", paint(Colour::green, "→", stdout), place.committed);
}

Outcome Peek::run(const Places& places) {
  if (auto done = read(places); !done) return failure(done.error());
  for (const auto& [key, place] : places) print(key, place);
  return interrupted();
}

Outcome peek(Options& o) {
  watch_signals();
  client::RecordFormat format;
  if (!o.format.empty()) {
    const std::string named = client::RecordFormat::named(o.format);
    auto parsed = client::RecordFormat::parse(named.empty() ? o.format : named);
    if (!parsed) return failure(exit_code::usage, "see: evlog help formats", "-f: {}", parsed.error().message);
    format = std::move(*parsed);
  }
  auto settings = make_settings(o.client);
  if (!settings) return failure(settings.error());
  settings->set("isolation.level", "read_committed");
  auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const auto places = find_places(o, **session);
  if (!places) return failure(places.error());
  return Peek(o, std::move(format), *settings).run(*places);
}

}  // namespace

void add_groups_peek(Args& groups) {
  Args& args = groups.command("peek", "The records around the place where a group stands");
  Options& o = args.keep<Options>();
  args.examples({"evlog groups peek billing                       # → marks the next record to be read", "evlog groups peek billing -t orders -B 0 -A 1   # only the next one", "evlog groups peek billing -t orders -p 3 --json"})
      .positional("GROUP", o.group, "The group's name")
      .text("-t,--topic", o.topic, "TOPIC", "Only this topic. Default: all that it committed")
      .text("-p,--partition", o.partitions, "LIST", "Only these partitions, as 0,2-4")
      .number("-B,--before", o.before, "N", "Records before the committed place. Default: 2", 0, 100'000)
      .number("-A,--after", o.after, "N", "Records from there on. Default: 2", 0, 100'000)
      .text("-f,--format", o.format, "FORMAT", "A format string: evlog help formats")
      .flag("--json", o.client.json, "One record per line, as evlog consume --json");
  add_client_options(args, o.client);
  args.run([&o] { return peek(o); });
}

}  // namespace evlog::cmd
