#include "torture/power/records.h"

#include <charconv>

namespace power {

namespace {

constexpr int64_t unknown = -1;

uint64_t mix(uint64_t x) {
  x ^= x >> 33;
  x *= 0xff51afd7ed558ccd;
  x ^= x >> 33;
  x *= 0xc4ceb9fe1a85ec53;
  return x ^ x >> 33;
}

std::string listed(const std::vector<int64_t>& numbers) {
  std::string text = "[";
  for (const int64_t n : numbers) {
    if (text.size() > 1) text += ',';
    text += n == unknown ? "null" : std::to_string(n);
  }
  return text + "]";
}

}  // namespace

std::string payload(const Topic& topic, uint64_t value) {
  std::string data = std::to_string(value) + "|";
  const size_t size = topic.bytes_min + mix(value) % (topic.bytes_max - topic.bytes_min);
  for (uint64_t word = value; data.size() < size;) {
    word = mix(word + 1);
    data.append(reinterpret_cast<const char*>(&word), sizeof word);
  }
  return data;
}

bool is_payload(const Topic& topic, std::string_view data, uint64_t& value) {
  const auto parsed = std::from_chars(data.data(), data.data() + data.size(), value);
  return parsed.ec == std::errc() && data == payload(topic, value);
}

void History::line(uint64_t process, const char* f, const char* kind, Where where, const std::string& more) {
  const std::lock_guard lock(mutex_);
  file_.line("{\"process\":" + std::to_string(process) + ",\"client\":\"librdkafka\",\"type\":\"" + kind + "\",\"f\":\"" + f + "\",\"topic\":\"" +
             topics[where.first].name + "\",\"partition\":" + std::to_string(where.second) + more +
             ",\"t_ns\":" + std::to_string(boot_ * 1'000'000'000'000'000 + now_ns()) + "}");
}

void History::invoke(uint64_t process, Where where, uint64_t first, uint64_t count) {
  std::string more = ",\"value\":{\"first\":" + std::to_string(first) + ",\"count\":" + std::to_string(count) + "}";
  if (topics[where.first].compacted) {
    std::vector<int64_t> keys;
    for (uint64_t value = first; value < first + count; ++value) keys.push_back(static_cast<int64_t>(key_of(value)));
    more += ",\"key\":" + listed(keys);
  }
  line(process, "send", "invoke", where, more);
}

void History::records(const char* f, const char* kind, uint64_t process, Where where, const std::vector<int64_t>& values, const std::vector<int64_t>& offsets) {
  line(process, f, kind, where, ",\"value\":" + listed(values) + ",\"offset\":" + listed(offsets));
}

void History::assigned(uint64_t process, Where where) { line(process, "assign", "ok", where, ",\"offset\":0"); }

void History::drained(uint64_t process, Where where, int64_t end) {
  line(process, "drained", "ok", where, ",\"start\":0,\"end\":" + std::to_string(end));
}

void History::offset(const char* f, const char* kind, uint64_t process, int32_t partition, int64_t offset) {
  line(process, f, kind, {0, partition}, ",\"group\":\"g\",\"offset\":" + (offset < 0 ? std::string("null") : std::to_string(offset)));
}

void History::push() {
  const std::lock_guard lock(mutex_);
  file_.push();
}

void Gathered::add(Where where, int64_t value, int64_t offset) {
  auto& [values, offsets] = by_partition_[where];
  values.push_back(value);
  offsets.push_back(offset);
  ++count_;
}

void Gathered::tell() {
  for (const auto& [where, both] : by_partition_) history_.records(f_, kind_, process_, where, both.first, both.second);
  by_partition_.clear();
}

}  // namespace power
