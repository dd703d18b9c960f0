// What was measured: a table for people, JSON, Kafka's own last line, HdrHistogram's text; and two results side by side.
#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>

#include "evlog/bench.h"
#include "evlog/signals.h"
#include "evlog/table.h"
#include "evlog/terminal.h"

namespace evlog::cmd {
namespace {

constexpr double quantiles[] = {0.5, 0.9, 0.99, 0.999, 0.9999};
constexpr double busy = 0.9;  // a thread that works this much of the time has no more to give

double per_second(uint64_t count, int64_t ns) { return ns > 0 ? static_cast<double>(count) * 1e9 / static_cast<double>(ns) : 0; }
uint64_t mean(const Histogram& h) { return h.count() ? h.sum() / h.count() : 0; }
double ms(uint64_t ns) { return static_cast<double>(ns) / 1e6; }

void print_json(const BenchOptions& o, const BenchResult& r) {
  JsonLine line;
  line.text("bench", r.name).text("size", o.size).text("acks", o.acks).text("compression", o.codec.empty() ? "none" : o.codec).number("records", static_cast<int64_t>(r.records)).number("bytes", static_cast<int64_t>(r.bytes))
      .number("nanoseconds", r.nanoseconds).number("records_per_second", static_cast<int64_t>(per_second(r.records, r.nanoseconds)))
      .number("bytes_per_second", static_cast<int64_t>(per_second(r.bytes, r.nanoseconds))).raw("busiest_client_thread", fmt::format("{:.2f}", r.busiest_thread));
  if (r.has_latency) {
    JsonLine latency;
    latency.number("mean", static_cast<int64_t>(mean(r.latency_ns)));
    for (const double q : quantiles) latency.number(fmt::format("p{:g}", q * 100), static_cast<int64_t>(r.latency_ns.quantile(q)));
    latency.number("max", static_cast<int64_t>(r.latency_ns.max()));
    line.raw("latency_ns", latency.object());
  }
  line.print();
}

// The last line of kafka-producer-perf-test, word for word; its MB are 2^20.
void print_kafka(const BenchResult& r) {
  const double seconds = static_cast<double>(r.nanoseconds) / 1e9;
  const auto at = [&](double q) { return static_cast<int64_t>(ms(r.latency_ns.quantile(q))); };
  fmt::print("{} records sent, {:f} records/sec ({:.2f} MB/sec), {:.2f} ms avg latency, {:.2f} ms max latency, {} ms 50th, {} ms 95th, {} ms 99th, {} ms 99.9th.\n", r.records,
             per_second(r.records, r.nanoseconds), seconds > 0 ? static_cast<double>(r.bytes) / seconds / (1024 * 1024) : 0, ms(mean(r.latency_ns)), ms(r.latency_ns.max()), at(0.5), at(0.95), at(0.99), at(0.999));
}

void print_table(const std::vector<BenchResult>& results) {
  const bool latency = std::ranges::any_of(results, &BenchResult::has_latency);
  std::vector<std::string> heads{"BENCH", "RECORDS", "SECONDS", "RECORDS/S", "MB/S"};
  if (latency) heads.insert(heads.end(), {"MEAN-MS", "P50", "P90", "P99", "P99.9", "P99.99", "MAX"});
  Table table(heads);
  const auto text = [](uint64_t ns) { return fmt::format("{:.3f}", ms(ns)); };
  for (const BenchResult& r : results) {
    std::vector<std::string> cells{r.name, fmt::format("{}", r.records), fmt::format("{:.3f}", static_cast<double>(r.nanoseconds) / 1e9), fmt::format("{:.0f}", per_second(r.records, r.nanoseconds)),
                                   fmt::format("{:.1f}", per_second(r.bytes, r.nanoseconds) / 1e6)};
    if (latency && r.has_latency) {
      cells.push_back(text(mean(r.latency_ns)));
      for (const double q : quantiles) cells.push_back(text(r.latency_ns.quantile(q)));
      cells.push_back(text(r.latency_ns.max()));
    }
    cells.resize(heads.size(), "-");
    table.row(std::move(cells));
  }
  table.print();
}

// HdrHistogram's percentile distribution, in milliseconds, with its usual five steps for each halving of what is left.
Expected<void> write_hgrm(const std::string& path, const Histogram& h) {
  std::ofstream file(path);
  if (!file) return failure(exit_code::failed, "", "cannot write {}", path);
  file << fmt::format("{:>12} {:>14} {:>10} {:>14}\n\n", "Value", "Percentile", "TotalCount", "1/(1-Percentile)");
  for (double q = 0, half = 1; h.count() > 0; ) {
    file << fmt::format("{:12.3f} {:2.12f} {:10} {:14.2f}\n", ms(h.quantile(q)), q, static_cast<uint64_t>(std::ceil(q * static_cast<double>(h.count()))), 1 / (1 - q));
    if ((1 - q) * static_cast<double>(h.count()) < 1) break;
    if (1 - q <= half / 2 + 1e-12) half /= 2;
    q += half / 10;
  }
  file << fmt::format("{:12.3f} {:2.12f} {:10}\n", ms(h.max()), 1.0, h.count());
  file << fmt::format("#[Mean    = {:12.3f}]\n#[Max     = {:12.3f}, Total count    = {:12}]\n", ms(mean(h)), ms(h.max()), h.count());
  return {};
}

// --- compare

using nlohmann::json;

Expected<std::vector<json>> read_results(const std::string& path) {
  std::ifstream file(path);
  if (!file) return failure(exit_code::missing, "", "cannot read {}", path);
  std::vector<json> out;
  std::string line;
  while (std::getline(file, line)) {
    json one = json::parse(line, nullptr, false);
    if (one.is_object() && one.contains("bench") && one["bench"].is_string()) out.push_back(std::move(one));
  }
  if (out.empty()) return failure(exit_code::failed, "make it with: evlog bench produce --format json > " + path, "{} has no result of evlog bench", path);
  return out;
}

std::optional<double> number_at(const json& result, const std::vector<std::string>& path) {
  const json* at = &result;
  for (const std::string& name : path) {
    if (!at->is_object() || !at->contains(name)) return std::nullopt;
    at = &(*at)[name];
  }
  return at->is_number() ? std::optional(at->get<double>()) : std::nullopt;
}

struct Metric { const char* name; std::vector<std::string> path; double unit; int digits; bool more_is_better; };
const Metric metrics[] = {{"records/s", {"records_per_second"}, 1, 0, true}, {"MB/s", {"bytes_per_second"}, 1e6, 1, true}, {"mean ms", {"latency_ns", "mean"}, 1e6, 3, false}, {"p50 ms", {"latency_ns", "p50"}, 1e6, 3, false},
                          {"p90 ms", {"latency_ns", "p90"}, 1e6, 3, false}, {"p99 ms", {"latency_ns", "p99"}, 1e6, 3, false}, {"p99.9 ms", {"latency_ns", "p99.9"}, 1e6, 3, false}, {"max ms", {"latency_ns", "max"}, 1e6, 3, false}};

void add_rows(Table& table, const BenchOptions& o, const json& a, const json& b) {
  for (const Metric& m : metrics) {
    const auto x = number_at(a, m.path), y = number_at(b, m.path);
    if (!x || !y) continue;
    const double change = *x != 0 ? (*y / *x - 1) * 100 : 0;
    if (o.client.json) {
      JsonLine().text("bench", a["bench"].get<std::string>()).text("metric", m.name).raw("a", fmt::format("{:.{}f}", *x / m.unit, m.digits)).raw("b", fmt::format("{:.{}f}", *y / m.unit, m.digits)).raw("change_percent", fmt::format("{:.1f}", change)).print();
      continue;
    }
    const bool better = m.more_is_better == (change > 0);
    const std::string word = std::abs(change) < 5 ? "about the same" : better ? "better" : "worse";
    table.row({a["bench"].get<std::string>(), m.name, fmt::format("{:.{}f}", *x / m.unit, m.digits), fmt::format("{:.{}f}", *y / m.unit, m.digits), fmt::format("{:+.1f} %", change), word});
  }
}

}  // namespace

Outcome report_bench(const BenchOptions& o, const std::vector<BenchResult>& results) {
  const std::string format = o.client.json ? "json" : o.format;
  if (format == "table") print_table(results);
  for (const BenchResult& r : results) {
    if (format == "json") print_json(o, r);
    if (format == "kafka") print_kafka(r);
  }
  if (!o.hgrm.empty())
    for (const BenchResult& r : results)
      if (r.has_latency)
        if (auto written = write_hgrm(o.hgrm, r.latency_ns); !written) return failure(written.error());
  const double busiest = std::ranges::max_element(results, {}, &BenchResult::busiest_thread)->busiest_thread;
  if (busiest >= busy && !o.client.quiet) fmt::print(stderr, "note: a thread of the client was busy {:.0f} % of the time: the client is the bottleneck, not the cluster\n", busiest * 100);
  return interrupted();
}

Outcome bench_compare(const BenchOptions& o) {
  if (o.files.size() != 2) return failure(exit_code::usage, "evlog bench compare a.json b.json", "two files are compared");
  const auto a = read_results(o.files[0]), b = read_results(o.files[1]);
  if (!a) return failure(a.error());
  if (!b) return failure(b.error());
  Table table({"BENCH", "METRIC", "A", "B", "CHANGE", "B IS"});
  size_t found = 0;
  for (const json& one : *a)
    for (const json& other : *b)
      if (one["bench"] == other["bench"]) add_rows(table, o, one, other), ++found;
  if (found == 0) return failure(exit_code::failed, "", "{} and {} have no bench in common", o.files[0], o.files[1]);
  if (!table.empty()) table.print();
  return exit_code::ok;
}

}  // namespace evlog::cmd
