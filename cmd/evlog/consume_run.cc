// The reading of `consume`: records out, then their offsets into the group; the end is pinned when it starts, so -e ends
// even while somebody writes.
#include <regex.h>

#include <algorithm>

#include "client/position.h"
#include "evlog/consume.h"
#include "evlog/consume_sink.h"
#include "evlog/signals.h"

namespace evlog::cmd {

using client::PartitionRange;
using client::Position;
using client::TopicInfo;

namespace {

constexpr int64_t commit_interval_ms = 1000;
constexpr int64_t lost_ms_max = 60'000;  // with -e: how long to wait for brokers that went away

std::vector<std::string> names_of(const std::vector<TopicInfo>& topics) {
  std::vector<std::string> names;
  for (const TopicInfo& topic : topics) names.push_back(topic.name);
  return names;
}

bool matches(const std::string& pattern, const std::string& name) {
  regex_t compiled;
  if (::regcomp(&compiled, pattern.c_str(), REG_EXTENDED | REG_NOSUB)) return false;
  const bool found = ::regexec(&compiled, name.c_str(), 0, nullptr, 0) == 0;
  ::regfree(&compiled);
  return found;
}

}  // namespace

ConsumeRun::ConsumeRun(const ConsumePlan& plan, const client::Settings& settings, RecordFilter filter)
    : plan_(plan), settings_(settings), output_(plan.every_record), sink_(std::make_unique<RecordSink>(plan, std::move(filter), output_)),
      progress_(!plan.client.quiet && (!is_terminal(stdout) || plan.unique || plan.stats)) {
  started_ms_ = last_record_ms_ = last_commit_ms_ = mono_ms();
}

ConsumeRun::~ConsumeRun() = default;

Outcome ConsumeRun::run() {
  if (auto opened = open(); !opened) return failure(opened.error());
  auto looped = loop();
  progress_.clear();
  auto flushed = looped ? sink_->finish() : looped;
  if (auto last = flush(); flushed && !last) flushed = last;
  if (flushed) reader_->close();
  if (!looped) return failure(looped.error());
  if (!flushed) return failure(flushed.error());
  if (const std::string complaint = sink_->complaint(); !complaint.empty() && !plan_.client.quiet) warn(complaint);
  const int64_t printed = sink_->printed();
  if (!plan_.client.quiet && (interrupted() || plan_.client.verbose)) {
    fmt::print(stderr, "{}{} record{} in {} ms\n", interrupted() ? "interrupted: " : "", human_count(static_cast<uint64_t>(printed)), printed == 1 ? "" : "s", mono_ms() - started_ms_);
  }
  return interrupted();
}

Failure ConsumeRun::explain_error(const client::ClientError& error) { return explain(error, reader_->events(), settings_); }

Expected<void> ConsumeRun::open() { return plan_.group.empty() ? open_partitions() : open_group(); }

Expected<void> ConsumeRun::open_partitions() {
  auto consumer = client::Consumer::open(settings_);
  if (!consumer) return failure(explain(consumer.error()));
  client::Consumer& opened = **consumer;
  reader_ = std::move(*consumer);
  show_log(plan_.client, reader_->events());
  const auto existing = client::list_topics(reader_->handle(), timeout_ms());
  if (!existing) return failure(explain_error(existing.error()));
  auto ranges = choose_ranges(*existing);
  if (!ranges) return failure(ranges.error());
  announce(*ranges);
  for (const PartitionRange& r : *ranges) ends_.add(r.topic, r.partition, r.stop), sink_->open(r.topic, r.partition);
  if (const auto error = opened.start(*ranges)) return failure(explain_error(error));
  was_assigned_ = true;
  return {};
}

Expected<void> ConsumeRun::open_group() {
  auto consumer = client::GroupConsumer::open(settings_, plan_.group);
  if (!consumer) return failure(explain(consumer.error()));
  client::GroupConsumer& opened = **consumer;
  reader_ = std::move(*consumer);
  show_log(plan_.client, reader_->events());
  const auto existing = client::list_topics(reader_->handle(), timeout_ms());
  if (!existing) return failure(explain_error(existing.error()));
  if (const auto chosen = choose_topics(*existing); !chosen) return failure(chosen.error());
  opened.on_assigned = [this](rd_kafka_topic_partition_list_t& partitions) { assigned(partitions); };
  opened.on_revoked = [this](const rd_kafka_topic_partition_list_t& partitions) {
    for (int i = 0; i < partitions.cnt; ++i) ends_.remove(partitions.elems[i].topic, partitions.elems[i].partition);
  };
  if (const auto error = opened.subscribe(plan_.topics)) return failure(explain_error(error));
  return {};
}

// Called within poll(): the group gave us partitions.
void ConsumeRun::assigned(rd_kafka_topic_partition_list_t& partitions) {
  was_assigned_ = true;
  for (int i = 0; i < partitions.cnt; ++i) {
    rd_kafka_topic_partition_t& p = partitions.elems[i];
    int64_t stop = -1;
    if (plan_.start_given || plan_.stop_at_end || plan_.offsets.stop) {
      const auto found = range(p.topic, p.partition);
      if (!found) {
        assign_failure_ = failure(found.error());
        return;
      }
      if (plan_.start_given && *found) p.offset = (*found)->start;
      stop = *found ? (*found)->stop : 0;
    }
    ends_.add(p.topic, p.partition, stop);
  }
}

Expected<std::vector<std::string>> ConsumeRun::choose_topics(const std::vector<TopicInfo>& existing) const {
  const std::vector<std::string> names = names_of(existing);
  std::vector<std::string> chosen;
  for (const std::string& wanted : plan_.topics) {
    if (!wanted.starts_with('^')) {
      if (std::ranges::find(names, wanted) == names.end()) return failure(no_such_topic(wanted, names));
      chosen.push_back(wanted);
      continue;
    }
    const size_t before = chosen.size();
    for (const std::string& name : names)
      if (!name.starts_with("__") && matches(wanted, name)) chosen.push_back(name);
    if (chosen.size() == before && plan_.group.empty()) return failure(exit_code::missing, "all topics: evlog topics", "no topic matches '{}'", wanted);
  }
  std::ranges::sort(chosen);
  chosen.erase(std::ranges::unique(chosen).begin(), chosen.end());
  return chosen;
}

Expected<std::vector<PartitionRange>> ConsumeRun::choose_ranges(const std::vector<TopicInfo>& existing) {
  const auto topics = choose_topics(existing);
  if (!topics) return failure(topics.error());
  std::vector<PartitionRange> ranges;
  for (const std::string& name : *topics) {
    const TopicInfo& info = *std::ranges::find(existing, name, &TopicInfo::name);
    for (const int32_t wanted : plan_.partitions)
      if (std::ranges::find(info.partitions, wanted) == info.partitions.end())
        return failure(exit_code::missing, fmt::format("it has {}: 0 to {}", info.partitions.size(), info.partitions.size() - 1), "topic '{}' has no partition {}", name, wanted);
    for (const int32_t partition : info.partitions) {
      if (!plan_.partitions.empty() && !plan_.partitions.contains(partition)) continue;
      auto one = range(name, partition);
      if (!one) return failure(one.error());
      if (*one) ranges.push_back(std::move(**one));
    }
  }
  return ranges;
}

// Nothing: there is nothing between start and stop.
Expected<std::optional<PartitionRange>> ConsumeRun::range(const std::string& topic, int32_t partition) {
  rd_kafka_t& rk = reader_->handle();
  const client::PartitionPlace place{topic, partition};
  const auto marks = query_watermarks(rk, place, timeout_ms());
  if (!marks) return failure(explain_error(marks.error()));
  PartitionRange out{.topic = topic, .partition = partition};
  const auto start = resolve(rk, place, plan_.offsets.start.value_or(Position{}), *marks, timeout_ms());
  if (!start) return failure(explain_error(start.error()));
  out.start = *start;
  if (plan_.offsets.stop) {
    const auto stop = resolve(rk, place, *plan_.offsets.stop, *marks, timeout_ms());
    if (!stop) return failure(explain_error(stop.error()));
    out.stop = *stop;
  } else if (plan_.stop_at_end) {
    out.stop = marks->end;
  }
  if (out.stop >= 0 && out.start >= out.stop) return std::nullopt;
  return out;
}

void ConsumeRun::announce(const std::vector<PartitionRange>& ranges) const {
  if (plan_.client.quiet || plan_.stop_at_end || plan_.offsets.stop || !is_terminal(stderr) || ranges.empty()) return;
  const std::string from = ranges.size() == 1 ? fmt::format(" from offset {}", ranges[0].start) : "";
  fmt::print(stderr, "following {} ({} partition{}){}; Ctrl-C to stop, -e to stop at the end\n", fmt::join(plan_.topics, ", "), ranges.size(), ranges.size() == 1 ? "" : "s", from);
}

bool ConsumeRun::done() const {
  if (interrupted()) return true;
  if (plan_.records_max >= 0 && sink_->printed() >= plan_.records_max) return true;
  if (plan_.idle_timeout_ms >= 0 && mono_ms() - last_record_ms_ >= plan_.idle_timeout_ms) return true;
  return was_assigned_ && (plan_.stop_at_end || plan_.offsets.stop) && ends_.all_reached();
}

Expected<void> ConsumeRun::loop() {
  while (!done()) {
    const auto messages = reader_->poll(output_.empty() ? 100 : 20);
    if (!assign_failure_) return assign_failure_;
    if (auto taken = take(messages); !taken) return taken;
    if (messages.empty() || mono_ms() - last_commit_ms_ >= commit_interval_ms)
      if (auto flushed = flush(); !flushed) return flushed;
    look();
    if (messages.empty() && output_.reader_gone()) end_by_pipe();
    if (plan_.stop_at_end && reader_->events().all_brokers_down && mono_ms() - last_record_ms_ > lost_ms_max)
      return failure(explain_error(client::client_error(RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)));
  }
  return {};
}

Expected<void> ConsumeRun::take(std::span<rd_kafka_message_t* const> messages) {
  for (const rd_kafka_message_t* message : messages) {
    if (message->err) {
      if (auto ok = take_error(*message); !ok) return ok;
      continue;
    }
    if (!ends_.past(*message)) {
      if (plan_.records_max >= 0 && sink_->printed() >= plan_.records_max) return {};
      if (auto taken = sink_->take(*message); !taken) return taken;
      if (!plan_.group.empty()) reader_->handled(rd_kafka_topic_name(message->rkt), message->partition, message->offset + 1);
    }
    ends_.reached(*message, message->offset + 1);
    if (plan_.merge && ends_.past(*message, message->offset + 1)) sink_->caught_up(rd_kafka_topic_name(message->rkt), message->partition);
    if (output_.full())
      if (auto flushed = output_.flush(); !flushed) return flushed;
  }
  if (!messages.empty()) last_record_ms_ = std::max(last_record_ms_, messages.back()->err ? last_record_ms_ : mono_ms());
  return {};
}

Expected<void> ConsumeRun::take_error(const rd_kafka_message_t& message) {
  switch (message.err) {
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
      ends_.reached(message, message.offset);
      sink_->caught_up(rd_kafka_topic_name(message.rkt), message.partition);
      return {};
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED: return {};  // librdkafka tries again; look() says so
    default: return failure(explain_error({message.err, rd_kafka_message_errstr(&message)}));
  }
}

// First the records leave, then their offsets are committed: a record may be seen twice after a crash, none is lost.
Expected<void> ConsumeRun::flush() {
  if (auto flushed = output_.flush(); !flushed) return flushed;
  last_commit_ms_ = mono_ms();
  if (plan_.group.empty() || !plan_.commit) return {};
  const auto error = reader_->commit();
  const bool passing = error.code == RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION || error.code == RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID ||
                       error.code == RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS;
  if (!error) return {};
  if (passing && !plan_.client.quiet) warn("the group changed before the last offsets were committed; those records will be read again");
  if (passing) return {};
  return failure(explain_error(error));
}

void ConsumeRun::look() {
  client::Events& events = reader_->events();
  if (events.all_brokers_down && !warned_ && !plan_.client.quiet) {
    progress_.clear();
    warn(fmt::format("no broker reachable at {}; trying again", settings_.brokers));
    warned_ = true;
  }
  if (!progress_.due()) return;
  const double seconds = static_cast<double>(mono_ms() - started_ms_) / 1000;
  progress_.show(fmt::format("{} records, {}, {}/s", human_count(static_cast<uint64_t>(sink_->printed())), human_bytes(sink_->bytes()), human_count(static_cast<uint64_t>(static_cast<double>(sink_->printed()) / seconds))));
}

Outcome run_consume(const ConsumePlan& plan, const client::Settings& settings, RecordFilter filter) { return ConsumeRun(plan, settings, std::move(filter)).run(); }

}  // namespace evlog::cmd
