// What the ways to measure share: the plan, the sending of records at a pace, the reader, the client's own load.
#include <dirent.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <fstream>

#include "client/position.h"
#include "client/time_spec.h"
#include "evlog/admin_session.h"
#include "evlog/bench.h"
#include "evlog/rate.h"
#include "evlog/signals.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

// utime and stime, in nanoseconds, of every thread that runs now.
std::vector<std::pair<long, int64_t>> thread_times() {
  std::vector<std::pair<long, int64_t>> out;
  DIR* const tasks = ::opendir("/proc/self/task");
  if (!tasks) return out;
  while (const dirent* entry = ::readdir(tasks)) {
    if (entry->d_name[0] == '.') continue;
    std::ifstream file(fmt::format("/proc/self/task/{}/schedstat", entry->d_name));
    int64_t ran_ns = 0;
    if (file >> ran_ns) out.emplace_back(std::strtol(entry->d_name, nullptr, 10), ran_ns);
  }
  ::closedir(tasks);
  return out;
}

Expected<int64_t> duration_option(std::string_view name, const std::string& text) {
  if (text.empty()) return 0;
  const auto ms = client::parse_duration(text);
  if (!ms) return failure(exit_code::usage, fmt::format("as {} 10s", name), "{}: {}", name, ms.error().message);
  return *ms;
}

class Sender {
 public:
  Sender(const SendJob& job, client::Producer& producer, bool shows_progress) : job_(job), producer_(producer), progress_(shows_progress), random_(job.seed) {}
  void run();
  SendResult take() { return std::move(result_); }

 private:
  bool stop() const { return result_.error || interrupted() != 0; }
  int64_t meant_ns(uint64_t number) const { return job_.rate > 0 ? job_.begin_ns + static_cast<int64_t>(static_cast<double>(number) * 1e9 / job_.rate) : mono_ns(); }
  void pace(int64_t due);
  void delivered(const client::Delivery& d);
  void send(int64_t meant);
  void show();

  const SendJob& job_;
  client::Producer& producer_;
  Progress progress_;
  Random random_;
  SendResult result_;
  std::string key_, stamped_;
  int64_t last_ns_ = 0;   // of the last delivery that counts
};

// With a rate, the clock of the plan counts, not that of a late sender: a stall shows in every record it delayed.
void Sender::pace(int64_t due) {
  for (int64_t now = mono_ns(); now < due && !stop(); now = mono_ns()) producer_.poll(due - now > 2'000'000 ? 1 : 0);
}

void Sender::delivered(const client::Delivery& d) {
  if (d.error) {
    result_.error = d.error;
    return;
  }
  const int64_t meant = static_cast<int64_t>(reinterpret_cast<intptr_t>(d.tag));
  if (meant < job_.measure_ns) return;
  BenchResult& r = result_.measured;
  ++r.records;
  r.bytes += d.size_bytes;
  last_ns_ = mono_ns();
  r.latency_ns.record(static_cast<uint64_t>(std::max<int64_t>(0, last_ns_ - meant)));
}

void Sender::send(int64_t meant) {
  client::Record record{.topic = job_.plan->options->topic};
  const std::string_view value = job_.payload->next(random_);
  record.value = value;
  if (job_.stamp) {
    stamped_.assign(value);
    stamped_.resize(std::max<size_t>(stamped_.size(), sizeof meant));
    std::memcpy(stamped_.data(), &meant, sizeof meant);
    record.value = stamped_;
  }
  if (const int64_t keys = job_.plan->options->keys; keys > 0) key_ = fmt::format("key-{}", random_.below(static_cast<uint64_t>(keys))), record.key = key_;
  const auto error = producer_.produce(record, reinterpret_cast<void*>(static_cast<intptr_t>(meant)), [this] { return stop(); });
  if (error && !stop()) result_.error = error;
}

void Sender::show() {
  const BenchResult& r = result_.measured;
  const double seconds = static_cast<double>(std::max<int64_t>(1, mono_ns() - job_.measure_ns)) / 1e9;
  progress_.show(fmt::format("{} records, {}/s, p99 {:.1f} ms", human_count(r.records), human_count(static_cast<uint64_t>(static_cast<double>(r.records) / seconds)), static_cast<double>(r.latency_ns.quantile(0.99)) / 1e6));
}

void Sender::run() {
  producer_.on_delivery = [this](const client::Delivery& d) { delivered(d); };
  uint64_t measured = 0;
  for (uint64_t i = 0; !stop(); ++i) {
    if (job_.records >= 0 && measured >= static_cast<uint64_t>(job_.records)) break;
    const int64_t meant = meant_ns(i);
    if (job_.end_ns > 0 && meant >= job_.end_ns) break;
    if (job_.rate > 0) pace(meant);
    measured += meant >= job_.measure_ns;
    send(meant);
    if (i % 64 == 0) producer_.poll(0);
    if (i % 256 == 0 && progress_.due()) show();
  }
  while (producer_.queued() > 0 && !stop()) producer_.flush(100);
  progress_.clear();
  const int64_t end = last_ns_ > 0 ? last_ns_ : mono_ns();
  result_.measured.nanoseconds = std::max<int64_t>(1, end - job_.measure_ns);
}

}  // namespace

void ClientLoad::begin() { at_begin_ = thread_times(); }

double ClientLoad::busiest(int64_t nanoseconds) const {
  int64_t most = 0;
  for (const auto& [thread, ran] : thread_times()) {
    const auto before = std::ranges::find(at_begin_, thread, &std::pair<long, int64_t>::first);
    most = std::max(most, ran - (before == at_begin_.end() ? 0 : before->second));
  }
  return nanoseconds > 0 ? std::min(1.0, static_cast<double>(most) / static_cast<double>(nanoseconds)) : 0;
}

Expected<BenchPlan> make_bench_plan(const BenchOptions& o, int64_t linger_ms) {
  auto settings = make_settings(o.client);
  if (!settings) return failure(settings.error());
  BenchPlan plan{.options = &o, .settings = *settings, .timeout_ms = static_cast<int>(o.client.timeout_s * 1000)};
  plan.settings.properties.insert(plan.settings.properties.begin(), {{"acks", o.acks}, {"linger.ms", std::to_string(linger_ms)}});
  if (!o.codec.empty()) plan.settings.set("compression.codec", o.codec);
  if (o.batch_bytes > 0) plan.settings.set("batch.size", std::to_string(o.batch_bytes));
  const auto duration = duration_option("--duration", o.duration);
  if (!duration) return failure(duration.error());
  const auto warmup = duration_option("--warmup", o.warmup);
  if (!warmup) return failure(warmup.error());
  plan.duration_ms = *duration, plan.warmup_ms = *warmup;
  if (!o.rate.empty()) {
    const auto rate = parse_rate(o.rate);
    if (!rate) return failure(rate.error());
    plan.rate = *rate;
  }
  if (auto reachable = check_reachable(plan.settings, plan.timeout_ms); !reachable) return failure(reachable.error());
  return plan;
}

Expected<void> create_bench_topic(const BenchOptions& o) {
  if (o.partitions == 0 && o.replicas < 0) return {};
  const auto session = AdminSession::open(o.client);
  if (!session) return failure(session.error());
  const client::NewTopic topic{.name = o.topic, .partitions = o.partitions > 0 ? static_cast<int32_t>(o.partitions) : -1, .replicas = static_cast<int16_t>(o.replicas), .configs = {}};
  const auto results = (*session)->ask<std::vector<client::TopicResult>>([&] { return (*session)->admin().create_topics({topic}, false, (*session)->timeout_ms()); });
  if (!results) return failure(results.error());
  for (const auto& result : *results)
    if (result.error != ErrorCode::NONE && result.error != ErrorCode::TOPIC_ALREADY_EXISTS) return failure(exit_code::failed, "", "{}", result.message.empty() ? error_text(result.error) : result.message);
  return {};
}

SendResult run_send_job(const SendJob& job, bool shows_progress) {
  const auto producer = client::Producer::open(job.plan->settings);
  SendResult out;
  if (!producer) {
    out.failed = true, out.failure = explain(producer.error());
    return out;
  }
  show_log(job.plan->options->client, (*producer)->events());
  Sender sender(job, **producer, shows_progress);
  sender.run();
  out = sender.take();
  if (out.error) out.failed = true, out.failure = explain(out.error, (*producer)->events(), job.plan->settings);
  return out;
}

Expected<BenchReader> open_bench_reader(const BenchPlan& plan, bool from_end) {
  const std::string& name = plan.options->topic;
  client::Settings settings = plan.settings;
  std::erase_if(settings.properties, [](const auto& p) { return p.first == "acks" || p.first == "linger.ms" || p.first == "compression.codec" || p.first == "batch.size"; });
  auto consumer = client::Consumer::open(settings);
  if (!consumer) return failure(explain(consumer.error()));
  BenchReader out{.consumer = std::move(*consumer), .ranges = {}};
  const auto topics = client::list_topics(out.consumer->handle(), plan.timeout_ms);
  if (!topics) return failure(explain(topics.error(), out.consumer->events(), settings));
  const auto topic = std::ranges::find(*topics, name, &client::TopicInfo::name);
  if (topic == topics->end()) return failure(exit_code::missing, fmt::format("evlog bench produce --topic {}", name), "topic '{}' does not exist", name);
  for (const int32_t partition : topic->partitions) {
    const auto marks = client::query_watermarks(out.consumer->handle(), {name, partition}, plan.timeout_ms);
    if (!marks) return failure(explain(marks.error(), out.consumer->events(), settings));
    out.ranges.push_back({.topic = name, .partition = partition, .start = from_end ? marks->end : marks->start});
    out.available += marks->end - marks->start;
  }
  return out;
}

}  // namespace evlog::cmd
