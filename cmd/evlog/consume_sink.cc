#include "evlog/consume_sink.h"

#include <algorithm>

#include "client/record_json.h"
#include "client/time_spec.h"
#include "evlog/table.h"

namespace evlog::cmd {

using client::Record;

RecordSink::RecordSink(const ConsumePlan& plan, RecordFilter filter, Output& output)
    : plan_(plan), filter_(std::move(filter)), output_(output), format_(plan.format), cuts_(plan.value_bytes_max > 0 && !plan.json && is_terminal(stdout)) {
  if (plan_.csv && !plan_.stats) output_.text() += "topic,partition,offset,ts,key,value\n";
}

RecordSink::Partition& RecordSink::partition(std::string_view topic, int32_t index) {
  return partitions_[{std::string(topic), index}];
}

void RecordSink::open(const std::string& topic, int32_t index) { partition(topic, index); }

void RecordSink::caught_up(const std::string& topic, int32_t index) {
  if (!plan_.merge) return;
  partition(topic, index).at_end = true;
  merge(false);
}

// A long value on a terminal hides everything else.
void RecordSink::cut() {
  if (!cuts_ || !record_.value || record_.value->size() <= static_cast<size_t>(plan_.value_bytes_max)) return;
  size_t end = static_cast<size_t>(plan_.value_bytes_max);
  while (end > 0 && ((*record_.value)[end] & 0xC0) == 0x80) --end;  // not within a character
  cut_value_ = fmt::format("{}…(+{} bytes)", record_.value->substr(0, end), record_.value->size() - end);
  record_.value = cut_value_;
}

void RecordSink::append_record(std::string& out) {
  if (plan_.json) {
    client::append_json(out, record_, plan_.parse_json ? client::JsonPayload::embedded : client::JsonPayload::as_string);
    out += '\n';
  } else {
    cut();
    format_.append(out, record_);
  }
}

std::string RecordSink::render() {
  std::string out;
  append_record(out);
  return out;
}

Expected<void> RecordSink::keep(size_t bytes) {
  kept_bytes_ += bytes;
  if (kept_bytes_ <= kept_bytes_max) return {};
  return failure(exit_code::failed, "narrow it down: -o, -p or a filter", "{} would have to keep more than {} in memory", plan_.merge ? "--merge" : "--unique", human_bytes(kept_bytes_max));
}

Expected<void> RecordSink::take(const rd_kafka_message_t& message) {
  client::view_message(message, record_);
  bytes_ += message.len + message.key_len;
  if (!filter_.matches(record_)) {
    if (plan_.merge) partition(record_.topic, record_.partition).at_end = false;
    return {};
  }
  if (plan_.stats) {
    count(partition(record_.topic, record_.partition));
    ++printed_;
    return {};
  }
  if (plan_.unique) {
    if (!record_.key) return {};
    std::string key = fmt::format("{}\n{}", record_.topic, *record_.key);
    const bool deleted = !record_.value;
    auto& slot = newest_[std::move(key)];
    if (slot.second) kept_bytes_ -= slot.second->size();
    slot.first = ++order_;
    slot.second.reset();
    if (deleted) return {};
    slot.second = render();
    return keep(slot.second->size());
  }
  if (plan_.merge) {
    Partition& p = partition(record_.topic, record_.partition);
    p.at_end = false;
    p.waiting.push_back({record_.timestamp_ms, record_.offset, render()});
    if (auto kept = keep(p.waiting.back().text.size()); !kept) return kept;
    merge(false);
    return {};
  }
  append_record(output_.text());
  ++printed_;
  return {};
}

// The oldest of the partitions' next records, as long as every partition has one to compare or has come to its end.
void RecordSink::merge(bool all) {
  while (!full()) {
    Partition* oldest = nullptr;
    for (auto& [key, p] : partitions_) {
      if (p.waiting.empty() && !p.at_end && !all) return;
      if (!p.waiting.empty() && (!oldest || p.waiting.front().timestamp_ms < oldest->waiting.front().timestamp_ms)) oldest = &p;
    }
    if (!oldest) return;
    output_.text() += oldest->waiting.front().text;
    kept_bytes_ -= oldest->waiting.front().text.size();
    oldest->waiting.pop_front();
    ++printed_;
  }
}

void RecordSink::print_unique() {
  std::vector<std::pair<uint64_t, const std::string*>> rows;
  for (const auto& [key, slot] : newest_)
    if (slot.second) rows.emplace_back(slot.first, &*slot.second);
  std::ranges::sort(rows);
  for (const auto& [order, text] : rows) {
    if (full()) return;
    output_.text() += *text;
    ++printed_;
  }
}

void RecordSink::count(Partition& p) {
  ++p.records;
  p.bytes += record_.key.value_or("").size() + record_.value.value_or("").size();
  p.null_keys += !record_.key;
  p.null_values += !record_.value;
  if (p.first_offset < 0) p.first_offset = record_.offset;
  p.last_offset = record_.offset;
  if (record_.timestamp_ms < 0) return;
  p.first_ms = p.first_ms < 0 ? record_.timestamp_ms : std::min(p.first_ms, record_.timestamp_ms);
  p.last_ms = std::max(p.last_ms, record_.timestamp_ms);
}

void RecordSink::print_stats() {
  const auto number = [](int64_t n) { return n < 0 ? std::string("-") : fmt::format("{}", n); };
  const auto time = [](int64_t ms) { return ms < 0 ? std::string("-") : client::iso_time(ms); };
  const auto known = [](int64_t n) { return n < 0 ? std::nullopt : std::optional(n); };
  Table table({"TOPIC", "PARTITION", "RECORDS", "BYTES", "FIRST", "LAST", "NULL-KEYS", "NULL-VALUES", "OLDEST", "NEWEST"});
  for (const auto& [key, p] : partitions_) {
    if (plan_.json)
      JsonLine().text("topic", key.first).number("partition", key.second).number("records", static_cast<int64_t>(p.records)).number("bytes", static_cast<int64_t>(p.bytes)).number_or_null("first", known(p.first_offset))
          .number_or_null("last", known(p.last_offset)).number("null_keys", static_cast<int64_t>(p.null_keys)).number("null_values", static_cast<int64_t>(p.null_values))
          .number_or_null("oldest_ms", known(p.first_ms)).number_or_null("newest_ms", known(p.last_ms)).print();
    else
      table.row({key.first, fmt::format("{}", key.second), fmt::format("{}", p.records), fmt::format("{}", p.bytes), number(p.first_offset), number(p.last_offset), fmt::format("{}", p.null_keys),
                 fmt::format("{}", p.null_values), time(p.first_ms), time(p.last_ms)});
  }
  if (!plan_.json && !table.empty()) table.print();
}

Expected<void> RecordSink::finish() {
  if (plan_.merge) merge(true);
  if (plan_.unique) print_unique();
  if (auto flushed = output_.flush(); !flushed) return flushed;
  if (plan_.stats) print_stats();
  return {};
}

}  // namespace evlog::cmd
