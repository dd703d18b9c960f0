// evlog topics offsets: where the partitions of topics begin and end, and when the newest record was written.
#include "client/time_spec.h"
#include "evlog/terminal.h"
#include "evlog/topics.h"

namespace evlog::cmd {
namespace {

using client::PartitionKey;
using client::TopicDescription;

std::string ago(int64_t ms) { return ms < 0 ? "" : human_duration(std::max<int64_t>(0, wall_ms() - ms)) + " ago"; }

Outcome offsets(TopicOptions& o) {
  auto s = open_topics(o.client);
  if (!s) return failure(s.error());
  const auto topics = select_topics(s->cluster, o.names);
  if (!topics) return failure(topics.error());
  const auto marks = topic_marks(*s, *topics);
  if (!marks) return failure(marks.error());
  std::map<PartitionKey, int64_t> newest_times;
  for (const auto& [key, m] : *marks) newest_times[key] = client::max_timestamp_time;
  const auto newest = s->admin().list_offsets(s->cluster, newest_times);  // older brokers cannot say
  Listing listing(o.client, {{"TOPIC", "topic"}, {"PARTITION", "partition"}, {"LEADER", "leader"}, {"START", "start"}, {"END", "end"}, {"RECORDS", "records"}, {"NEWEST", "newest_ts"}});
  for (const TopicDescription& topic : *topics) {
    for (const auto& p : topic.partitions) {
      const PartitionKey key{topic.name, p.index};
      const Marks m = marks->at(key);
      const auto known = [&](int64_t n) { return m.start < 0 || m.end < 0 ? std::nullopt : std::optional(n); };
      const int64_t ts = newest && newest->contains(key) ? newest->at(key).timestamp_ms : -1;
      listing.row({Cell::text(topic.name), Cell::number(p.index), p.leader < 0 ? Cell{"none", "null", ""} : Cell::number(p.leader), Cell::number(known(m.start)), Cell::number(known(m.end)),
                   Cell::number(known(m.records())), Cell::shown_as(ago(ts), ts < 0 ? "" : fmt::format("{}", ts))});
    }
  }
  return exit_code::ok;
}

}  // namespace

void add_topics_offsets(Args& topics, TopicOptions& o) {
  Args& listed = topics.command("offsets", "Where the partitions of topics begin and end");
  listed.examples({"evlog topics offsets orders", "evlog topics offsets 'orders-*' --json", "evlog offsets list orders --at @-1h        # what offset a time has"})
      .positionals("NAME", o.names, "The topics' names; '*' and '?' stand for any letters");
  add_format_options(listed, o.client);
  add_client_options(listed, o.client);
  listed.run([&o] { return offsets(o); });
}

}  // namespace evlog::cmd
