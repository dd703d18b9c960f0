#include "evlog/produce.h"

#include <algorithm>

#include "client/consumer.h"
#include "client/record_json.h"

namespace evlog::cmd {
namespace {

// The next round number of bytes in which the record fits, with room for what the batch adds.
int64_t enough_for(size_t record_bytes) {
  constexpr int64_t step = 1'000'000, overhead = 1000;
  return (static_cast<int64_t>(record_bytes) + overhead + step - 1) / step * step;
}

}  // namespace

ProduceRun::ProduceRun(const ProduceOptions& options, const client::Settings& settings, ProduceDefaults defaults, client::Producer& producer)
    : options_(options), settings_(settings), defaults_(std::move(defaults)), producer_(producer), progress_(!options.client.quiet), output_(false) {
  producer_.on_delivery = [this](const client::Delivery& delivery) { on_delivery(delivery); };
  show_log(options.client, producer_.events());
}

void ProduceRun::complete(client::Record& record) const {
  if (!defaults_.topic.empty()) record.topic = defaults_.topic;
  if (defaults_.key && !record.key) record.key = *defaults_.key;
  for (const auto& [name, value] : defaults_.headers) record.headers.push_back({name, value});
  if (defaults_.partition && (*defaults_.partition < 0 || record.partition < 0)) record.partition = *defaults_.partition;
  if (record.timestamp_ms < 0) record.timestamp_ms = defaults_.timestamp_ms;
}

void ProduceRun::on_delivery(const client::Delivery& delivery) {
  if (delivery.topic != topic_) several_topics_ = !topic_.empty(), topic_ = delivery.topic;
  if (!delivery.error) {
    ++delivered_;
    bytes_ += delivery.size_bytes;
    producer_.events().all_brokers_down = warned_ = false;
    if (defaults_.report && delivery.message) report(*delivery.message);
    return;
  }
  if (failed_++ > 0) return;
  first_error_ = delivery.error;
  first_failed_number_ = reinterpret_cast<uintptr_t>(delivery.tag);
  first_failed_bytes_ = delivery.size_bytes;
  first_failed_topic_ = delivery.topic;
}

// What has to be looked at now and then, whether the input flows or not.
void ProduceRun::look() {
  producer_.poll(0);
  if (!output_.empty() && !output_.flush()) end_by_pipe();
  if (producer_.events().all_brokers_down && !warned_ && !options_.client.quiet) {
    progress_.clear();
    warn(fmt::format("no broker reachable at {}; trying again", settings_.brokers));
    warned_ = true;
  }
  if (progress_.due()) show_progress();
}

void ProduceRun::show_progress() {
  const double seconds = static_cast<double>(mono_ms() - started_ms_) / 1000;
  progress_.show(fmt::format("{} records, {}, {}/s", human_count(delivered_), human_bytes(bytes_), human_count(static_cast<uint64_t>(static_cast<double>(delivered_) / seconds))));
}

Expected<void> ProduceRun::send_all(RecordInput& records, Input& input) {
  client::Record record;
  bool greeted = options_.client.quiet;
  const auto idle = [&] {
    if (!greeted && input.from_terminal()) fmt::print(stderr, "reading records from the terminal, one per line; Ctrl-D to finish\n");
    greeted = true;
    look();
  };
  while (!give_up()) {
    const auto more = records.next(record, idle);
    if (!more) return failure(more.error());
    if (!*more) break;
    complete(record);
    if (record.topic.empty()) return failure(exit_code::usage, "evlog produce TOPIC, or \"topic\" in each record", "{}:{}: the record names no topic", input.name(), records.number());
    for (int64_t i = 0; i < options_.repeat; ++i) {
      if (options_.records_max >= 0 && queued_ >= static_cast<uint64_t>(options_.records_max)) return {};
      if (!send(record, records.number())) return {};
    }
  }
  return {};
}

// With a rate, each record has its time; a late one does not move those behind it.
void ProduceRun::pace() {
  if (defaults_.rate <= 0) return;
  if (first_sent_ns_ == 0) first_sent_ns_ = mono_ns();
  const int64_t due = first_sent_ns_ + static_cast<int64_t>(static_cast<double>(queued_) * 1e9 / defaults_.rate);
  for (int64_t left = due - mono_ns(); left > 0 && !give_up(); left = due - mono_ns()) {
    look();
    producer_.poll(static_cast<int>(std::min<int64_t>(left / 1'000'000, 50)));
  }
}

bool ProduceRun::send(const client::Record& record, uint64_t number) {
  pace();
  if (give_up()) return false;
  void* const tag = reinterpret_cast<void*>(static_cast<uintptr_t>(number));
  const auto error = producer_.produce(record, tag, [this] { look(); return give_up(); });
  if (error && !give_up()) on_delivery({.topic = record.topic, .size_bytes = record.value ? record.value->size() : 0, .error = error, .tag = tag});
  if (error) return false;
  if (options_.tee) {
    output_.text().append(record.value.value_or(""));
    output_.text() += '\n';
  }
  ++queued_;
  if (queued_ % 256 == 0) look();
  return true;
}

void ProduceRun::report(const rd_kafka_message_t& message) {
  client::view_message(message, reported_);
  if (!defaults_.report_json) return defaults_.report->append(output_.text(), reported_);
  client::append_json(output_.text(), reported_);
  output_.text() += '\n';
}

Failure ProduceRun::delivery_failure() const {
  Failure f = explain(first_error_, producer_.events(), settings_);
  if (first_error_.code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE) {
    const std::string limit = defaults_.record_bytes_max > 0 ? fmt::format("={}", defaults_.record_bytes_max) : "";
    f.message = fmt::format("record of {} exceeds max.message.bytes{} of topic {}", human_bytes(first_failed_bytes_), limit, first_failed_topic_);
    f.hint = fmt::format("raise it: evlog configs set topic {} max.message.bytes={}", first_failed_topic_, enough_for(first_failed_bytes_));
  } else if (first_error_.code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC || first_error_.code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) {
    f.message = fmt::format("topic '{}' does not exist, and the broker does not create it", first_failed_topic_);
    f.hint = fmt::format("evlog topics create {}", first_failed_topic_);
  } else if (first_error_.code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION) {
    f.message = fmt::format("topic {} has no such partition", first_failed_topic_);
    f.hint = fmt::format("evlog topics describe {}; -p any lets the key decide", first_failed_topic_);
  }
  f.message = fmt::format("{} {}: {}", unit_, first_failed_number_, f.message);
  if (delivered_ + failed_ > 1) f.message += fmt::format(" ({} delivered, {} not)", human_count(delivered_), human_count(failed_));
  return f;
}

std::string ProduceRun::summary() const {
  const int64_t ms = mono_ms() - started_ms_;
  std::string out = fmt::format("{} record{} to {} in {} ms", human_count(delivered_), delivered_ == 1 ? "" : "s", several_topics_ ? "several topics" : topic_.empty() ? options_.topic : topic_, ms);
  if (delivered_ >= 1000 && ms > 0) out += fmt::format(" ({}/s, {}/s)", human_count(delivered_ * 1000 / static_cast<uint64_t>(ms)), human_bytes(bytes_ * 1000 / static_cast<uint64_t>(ms)));
  return out;
}

Outcome ProduceRun::finish(const Expected<void>& sent) {
  while (producer_.queued() > 0 && failed_ == 0) {
    producer_.flush(100);
    look();
    if (producer_.events().fatal) break;
  }
  if (failed_ > 0 || producer_.queued() > 0) producer_.purge();
  progress_.clear();
  if (auto flushed = output_.flush(); !flushed) return failure(flushed.error());
  if (!sent) return failure(sent.error());
  if (producer_.events().fatal) return failure(explain(producer_.events().fatal, producer_.events(), settings_));
  if (failed_ > 0) return failure(delivery_failure());
  const bool people = is_terminal(stderr) || options_.client.verbose || interrupted();
  if (people && !options_.client.quiet) fmt::print(stderr, "{}{}\n", interrupted() ? "interrupted: " : "", summary());
  return interrupted();
}

Outcome ProduceRun::run(RecordInputOptions input_options) {
  Input input(options_.files.empty() ? std::vector<std::string>{"-"} : options_.files);
  RecordInput records(input, std::move(input_options));
  unit_ = records.unit();
  const auto sent = send_all(records, input);
  return finish(sent);
}

}  // namespace evlog::cmd
