// evlog consume: records of topics to stdout, from the beginning, following, until told otherwise.
#include <charconv>

#include "base/text.h"
#include "client/time_spec.h"
#include "evlog/commands.h"
#include "evlog/consume.h"
#include "evlog/partition_list.h"
#include "evlog/signals.h"

namespace evlog::cmd {
namespace {

struct Options {
  ConsumePlan plan;
  std::string offset, partitions, format, idle_timeout, isolation, null, key_separator, delimiter;
  int64_t tail = -1;
  bool exit_at_end = false, follow = false, from_beginning = false, no_commit = false, regex = false, keys_only = false, meta_only = false, pretty = false;
};

Expected<void> apply_offsets(Options& o) {
  ConsumePlan& plan = o.plan;
  if (o.from_beginning && o.offset.empty()) o.offset = "beginning";
  if (!o.offset.empty()) {
    const auto spec = client::parse_offset_spec(o.offset, wall_ms());
    if (!spec) return failure(exit_code::usage, "see: evlog help offsets", "-o: {}", spec.error().message);
    plan.offsets = *spec;
  }
  if (o.tail >= 0) plan.offsets.start = client::Position{client::Position::Kind::before_end, o.tail};
  plan.start_given = plan.offsets.start && plan.offsets.start->kind != client::Position::Kind::stored;
  plan.stop_at_end = o.exit_at_end || (o.tail >= 0 && !o.follow);
  if (plan.offsets.start && plan.offsets.start->kind == client::Position::Kind::stored && plan.group.empty()) {
    return failure(exit_code::usage, "-g GROUP", "-o stored needs a group");
  }
  return {};
}

// -K and -D are short for a format.
std::string make_format(const Options& o) {
  if (!o.format.empty()) {
    const std::string named = client::RecordFormat::named(o.format);
    return named.empty() ? o.format : named;
  }
  if (o.meta_only) return "%t\\t%p\\t%o\\t%T{iso}\\t%K\\t%S" + o.delimiter;
  if (o.keys_only) return "%k" + o.delimiter;
  return (o.key_separator.empty() ? "" : "%k" + o.key_separator) + "%s" + o.delimiter;
}

Expected<void> apply_format(Options& o) {
  if (o.pretty) o.format = "pretty";
  if (o.format == "json") o.plan.json = true;
  o.plan.csv = o.format == "csv";
  if (o.plan.parse_json && !o.plan.json) return failure(exit_code::usage, "--json --parse-json", "--parse-json is about the lines of --json");
  if (o.plan.json) return {};
  auto format = client::RecordFormat::parse(make_format(o));
  if (!format) return failure(exit_code::usage, "see: evlog help formats", "{}: {}", o.format.empty() ? "-D or -K" : "-f", format.error().message);
  o.plan.format = std::move(*format);
  o.plan.format.print_null_as(o.null);
  return {};
}

// What is printed at the end only cannot be committed before, and needs an end.
Expected<void> check_kept(ConsumePlan& plan) {
  if (plan.unique + plan.merge + plan.stats > 1) return failure(exit_code::usage, "one of them", "--unique, --merge and --stats exclude each other");
  if ((plan.unique || plan.merge) && !plan.group.empty()) return failure(exit_code::usage, "leave out -g", "--unique and --merge keep records back, which a group would have committed");
  if ((plan.unique || plan.stats) && !plan.offsets.stop && plan.idle_timeout_ms < 0) plan.stop_at_end = true;
  return {};
}

Expected<void> make_plan(Options& o) {
  ConsumePlan& plan = o.plan;
  plan.commit = !o.no_commit;
  if (o.regex)
    for (std::string& topic : plan.topics)
      if (!topic.starts_with('^')) topic = "^" + (topic.starts_with('(') ? topic : ".*" + topic);
  if (!o.partitions.empty()) {
    auto partitions = parse_partition_list(o.partitions);
    if (!partitions) return failure(partitions.error());
    plan.partitions = std::move(*partitions);
    if (!plan.group.empty()) return failure(exit_code::usage, "leave out -p or -g", "in a group the group chooses the partitions");
  }
  if (!o.idle_timeout.empty()) {
    const auto duration = client::parse_duration(o.idle_timeout);
    if (!duration) return failure(exit_code::usage, "as 10s, 500ms or 1m30s", "--idle-timeout: {}", duration.error().message);
    plan.idle_timeout_ms = *duration;
  }
  if (auto applied = apply_offsets(o); !applied) return applied;
  if (auto possible = check_kept(plan); !possible) return possible;
  return apply_format(o);
}

Outcome consume(Options& o) {
  watch_signals();
  if (auto planned = make_plan(o); !planned) return failure(planned.error());
  auto filter = RecordFilter::make(o.plan.filter);
  if (!filter) return failure(filter.error());
  auto settings = make_settings(o.plan.client);
  if (!settings) return failure(settings.error());
  if (!o.isolation.empty()) settings->set("isolation.level", o.isolation);
  if (o.no_commit) settings->set("enable.auto.commit", "false");
  if (auto reachable = check_reachable(*settings, static_cast<int>(o.plan.client.timeout_s * 1000)); !reachable) return failure(reachable.error());
  return run_consume(o.plan, *settings, std::move(*filter));
}

}  // namespace

void add_consume(Args& root) {
  Args& args = root.command("consume", "Print the records of topics");
  Options& o = args.keep<Options>();
  o.delimiter = "\\n";
  args.examples({"evlog consume greetings -e                     # all there is, then stop",
                 "evlog consume orders --tail 10 --json",
                 "evlog consume orders -g billing                # with a group: goes on where it stopped",
                 "evlog consume orders -e --where '.value.total > 100' --json",
                 "evlog consume users -e --unique -K:            # the table behind a changelog",
                 "evlog consume orders -o @-1h:now -f '%T{iso} %p:%o %k %s\\n'",
                 "evlog consume '^inventory_.*' -e --json | evlog produce archive --json"})
      .about("Starts at the beginning (with -g: where the group stopped) and follows, until -e, -n, a range in -o or Ctrl-C ends it.\n"
             "With -g, offsets are committed after the records were written out.")
      .positionals("TOPIC", o.plan.topics, "Topics to read; one that begins with ^ is a regular expression")
      .text("-o,--offset", o.offset, "OFFSET", "Where to start, or a range: beginning, end, 5, -10, +3, 5:9, @TIME, @TIME:TIME; evlog help offsets")
      .flag("-e,--exit", o.exit_at_end, "Stop at the end as it is now")
      .number("-n,--count,--max-messages", o.plan.records_max, "N", "Stop after N records", 0, INT64_MAX)
      .number("--tail", o.tail, "N", "The last N records of each partition, then stop", 0, INT64_MAX)
      .flag("--follow", o.follow, "With --tail: go on")
      .flag("--from-beginning", o.from_beginning, "As -o beginning")
      .text("-p,--partition", o.partitions, "LIST", "Only these partitions, as 0,2-4")
      .text("-g,--group", o.plan.group, "GROUP", "Read as a member of this group")
      .flag("--no-commit", o.no_commit, "With -g: commit nothing")
      .choice("--isolation", o.isolation, {"read_committed", "read_uncommitted"}, "Whether records of open and aborted transactions are seen. Default: read_committed")
      .text("--key", o.plan.filter.key, "KEY", "Only records with this key")
      .text("--key-prefix", o.plan.filter.key_prefix, "TEXT", "Only records whose key begins so")
      .text("--grep", o.plan.filter.grep, "RE", "Only records that match this regular expression (RE2)")
      .choice("--in", o.plan.filter.in, {"value", "key", "headers", "all"}, "Where --grep looks. Default: value")
      .list("--header", o.plan.filter.headers, "NAME[=VALUE]", "Only records with this header; may be repeated, then with all of them")
      .text("--where", o.plan.filter.where, "EXPR", "Only records for which this jq expression is true, as '.value.total > 100'; numbers have 53 bits there")
      .flag("--keys-only", o.keys_only, "Print keys instead of values")
      .flag("--meta-only", o.meta_only, "Print topic, partition, offset, time and sizes instead of values")
      .flag("--unique", o.plan.unique, "The newest record of each key, deleted ones left out, when the end is reached: what compaction leaves")
      .flag("--merge", o.plan.merge, "Records of all partitions in the order of their timestamps; behind the end, as they come")
      .flag("--stats", o.plan.stats, "Print how many records there are, how large and how old, by partition, instead of the records")
      .number("--max-bytes", o.plan.value_bytes_max, "N", "On a terminal, cut values longer than this", 0, INT64_MAX)
      .text("--idle-timeout", o.idle_timeout, "TIME", "Stop when no record came for this long, as 10s")
      .flag("--json", o.plan.json, "One JSON object per line, without loss; evlog produce --json takes it back")
      .flag("--parse-json", o.plan.parse_json, "With --json: a value that is JSON is printed as JSON instead of as a string, its numbers digit by digit")
      .text("-f,--format", o.format, "FORMAT", "A format string as '%k %s\\n', or value, kv, kvh, hex, raw, json, pretty, csv, kcat; evlog help formats")
      .flag("--pretty", o.pretty, "As -f pretty: several lines for each record, JSON values taken apart")
      .text("-K,--key-separator", o.key_separator, "SEP", "Print the key and SEP before each value")
      .text("-D,--delimiter", o.delimiter, "DELIM", "What ends a record. Default: \\n")
      .text("--null", o.null, "TEXT", "Print this for null. Default: nothing")
      .flag("-u,--unbuffered", o.plan.every_record, "Write every record at once")
      .flag("--regex", o.regex, "TOPIC is a regular expression, anywhere in the name");
  add_client_options(args, o.plan.client);
  args.run([&o] { return consume(o); });
}

}  // namespace evlog::cmd
