// evlog topics trim: deletes the oldest records of a topic, up to an offset of each partition. The plan comes first.
#include <algorithm>

#include "client/offset_spec.h"
#include "evlog/confirm.h"
#include "evlog/partition_list.h"
#include "evlog/terminal.h"
#include "evlog/topics.h"

namespace evlog::cmd {
namespace {

using client::PartitionKey;
using client::Position;
using client::TopicDescription;

struct Step { PartitionKey key; Marks now; int64_t to = 0; int64_t deleted() const { return std::max<int64_t>(0, to - now.start); } };

Expected<Position> position_of(const TopicOptions& o) {
  if (o.offset_spec.empty()) return failure(exit_code::usage, "-o end deletes everything, -o -1000 keeps the last 1000 of each partition, -o @-1d those of the last day", "-o is missing: where the records begin that stay");
  const auto spec = client::parse_offset_spec(o.offset_spec, wall_ms());
  if (!spec || spec->stop || !spec->start) return failure(exit_code::usage, "see: evlog help offsets", "-o: {}", spec ? "one position, not a range" : spec.error().message);
  if (spec->start->kind == Position::Kind::stored) return failure(exit_code::usage, "evlog offsets get GROUP shows what a group committed", "-o stored needs a group, and a topic has none");
  return *spec->start;
}

int64_t place(const Position& position, const Marks& m, int64_t at_time) {
  switch (position.kind) {
    case Position::Kind::end: return m.end;
    case Position::Kind::offset: return std::clamp(position.value, m.start, m.end);
    case Position::Kind::before_end: return std::max(m.start, m.end - std::min(position.value, m.end));
    case Position::Kind::after_start: return std::min(m.end, m.start + std::min(position.value, m.end));
    case Position::Kind::time: return at_time < 0 ? m.end : at_time;
    default: return m.start;
  }
}

Expected<std::vector<Step>> plan(TopicSession& s, const TopicOptions& o, const Position& position) {
  const auto topics = select_topics(s.cluster, o.names);
  if (!topics) return failure(topics.error());
  const auto wanted = parse_partition_list(o.partition_list);
  if (!wanted) return failure(wanted.error());
  const auto marks = topic_marks(s, *topics);
  if (!marks) return failure(marks.error());
  std::map<PartitionKey, int64_t> times;
  for (const auto& [key, m] : *marks)
    if (position.kind == Position::Kind::time) times[key] = position.value;
  const auto listed = s.admin().list_offsets(s.cluster, times);
  if (!listed) return failure(s.session->explain_admin(listed.error()));
  std::vector<Step> out;
  for (const TopicDescription& topic : *topics) {
    for (const int32_t p : *wanted)
      if (!marks->contains({topic.name, p})) return failure(exit_code::missing, fmt::format("evlog topics describe {}", topic.name), "topic '{}' has no partition {}", topic.name, p);
    for (const auto& p : topic.partitions) {
      const PartitionKey key{topic.name, p.index};
      const Marks& m = marks->at(key);
      if (!wanted->empty() && !wanted->contains(p.index)) continue;
      if (m.error != ErrorCode::NONE) return failure(exit_code::failed, "", "{} partition {}: {}", topic.name, p.index, error_text(m.error));
      const auto at = listed->find(key);
      out.push_back({key, m, place(position, m, at == listed->end() ? -1 : at->second.offset)});
    }
  }
  return out;
}

void print_plan(const TopicOptions& o, const std::vector<Step>& steps) {
  Listing listing(o.client, {{"TOPIC", "topic"}, {"PARTITION", "partition"}, {"START", "start"}, {"NEW-START", "new_start"}, {"END", "end"}, {"DELETED", "deleted"}});
  for (const Step& step : steps)
    listing.row({Cell::text(step.key.topic), Cell::number(step.key.partition), Cell::number(step.now.start), Cell::number(step.to), Cell::number(step.now.end), Cell::number(step.deleted())});
}

Failure explain(const PartitionKey& key, ErrorCode error) {
  Failure f{exit_code::failed, fmt::format("{} partition {}: {}", key.topic, key.partition, error_text(error)), {}, std::string(error_name(error))};
  if (error == ErrorCode::POLICY_VIOLATION) f.hint = "records of a topic that is only compacted cannot be trimmed: evlog topics alter TOPIC --append cleanup.policy=delete";
  if (error == ErrorCode::OFFSET_OUT_OF_RANGE) f.hint = "the records changed meanwhile; try again";
  if (error == ErrorCode::TOPIC_AUTHORIZATION_FAILED) f.exit = exit_code::refused, f.hint = "ask for the right to delete records of this topic";
  return f;
}

Outcome carry_out(TopicSession& s, const TopicOptions& o, const std::vector<Step>& steps, int64_t records) {
  std::map<PartitionKey, int64_t> before;
  for (const Step& step : steps)
    if (step.deleted() > 0) before[step.key] = step.to;
  using Deleted = std::map<PartitionKey, client::DeletedRecords>;
  const auto results = s.session->ask<Deleted>([&] { return s.admin().delete_records(s.cluster, before, s.session->timeout_ms()); });
  if (!results) return failure(results.error());
  std::vector<Failure> failures;
  for (const auto& [key, result] : *results) {
    if (result.error != ErrorCode::NONE) failures.push_back(explain(key, result.error));
    else if (result.low_watermark < before[key]) failures.push_back({exit_code::failed, fmt::format("{} partition {} still begins at {}", key.topic, key.partition, result.low_watermark), {}, {}});
  }
  if (failures.empty() && !for_scripts(o.client) && !o.client.quiet) fmt::print(stderr, "deleted {} of {}\n", count_of(records, "record"), count_of(static_cast<int64_t>(before.size()), "partition"));
  return end_with(std::move(failures), for_scripts(o.client));
}

Outcome trim(TopicOptions& o) {
  const auto position = position_of(o);
  if (!position) return failure(position.error());
  auto s = open_topics(o.client);
  if (!s) return failure(s.error());
  const auto steps = plan(*s, o, *position);
  if (!steps) return failure(steps.error());
  int64_t records = 0;
  for (const Step& step : *steps) records += step.deleted();
  if (!o.client.quiet || for_scripts(o.client)) print_plan(o, *steps);
  std::fflush(stdout);
  if (records == 0) {
    if (!o.client.quiet && !for_scripts(o.client)) fmt::print(stderr, "nothing lies before that\n");
    return exit_code::ok;
  }
  if (o.dry_run) {
    if (!o.client.quiet && !for_scripts(o.client)) fmt::print(stderr, "would delete {}\n", count_of(records, "record"));
    return exit_code::ok;
  }
  if (auto yes = confirm(o.yes, fmt::format("Delete {}? They cannot be brought back.", count_of(records, "record")), "nothing was deleted"); !yes) return failure(yes.error());
  return carry_out(*s, o, *steps, records);
}

}  // namespace

void add_topics_trim(Args& topics, TopicOptions& o) {
  Args& trimmed = topics.command("trim", "Delete the oldest records of topics", {"truncate"});
  trimmed.examples({"evlog topics trim orders -o @-7d                # what is older than a week", "evlog topics trim orders -o -1000               # keep the last 1000 of each partition", "evlog topics trim orders -p 3 -o 500000 --dry-run",
                    "evlog topics trim orders -o end -y              # everything"})
      .positionals("NAME", o.names, "The topics' names; '*' and '?' stand for any letters")
      .text("-o,--offset", o.offset_spec, "OFFSET", "Where the records begin that stay: an offset, -N, end, @TIME (see: evlog help offsets)")
      .text("-p,--partitions", o.partition_list, "LIST", "Only these, as 0,2-4. Default: all")
      .flag("-y,--yes", o.yes, "Do not ask")
      .flag("--dry-run", o.dry_run, "Show the plan, and delete nothing");
  add_format_options(trimmed, o.client);
  add_client_options(trimmed, o.client);
  trimmed.run([&o] { return trim(o); });
}

}  // namespace evlog::cmd
