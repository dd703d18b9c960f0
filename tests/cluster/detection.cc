#include "cluster/detection.h"

#include <map>
#include <optional>

#include "io/sim/loop.h"
#include "io/sim/world.h"
#include "log/log.h"
#include "record/batch_builder.h"
#include "record/batch_iterator.h"

namespace evlog::cluster_test {
namespace {

constexpr int lives = 4, steps = 60;
constexpr Duration life_max = seconds(600);

struct Idle final : io::sim::Process {};

io::sim::Knobs knobs_of(Random& random) {
  io::sim::Knobs knobs;
  knobs.misdirected_read = random.chance(0.6) ? 0.02 * random.unit() : 0;
  knobs.misdirected_write = random.chance(0.6) ? 0.02 * random.unit() : 0;
  knobs.read_miss = 0.2;
  return knobs;
}

class Detection {
 public:
  Detection(uint64_t seed, io::sim::Journal::Sink trace)
      : random_(seed * 3 + 1), world_(seed, knobs_of(random_)), node_(world_.add_node("disk", [](io::Loop&) { return std::make_unique<Idle>(); })) {
    if (trace) world_.journal().set_sink(std::move(trace));
    config_.segment_bytes = static_cast<int32_t>(random_.between(1000, 8000));
    config_.index_interval_bytes = random_.chance(0.5) ? 0 : 500;
  }

  DetectionResult run() {
    for (int life = 0; life < lives && failure_.empty(); ++life) {
      {
        io::Nursery nursery;
        bool ended = false;
        nursery.spawn(live(ended));
        node_.loop->wake();
        if (!world_.run_until([&] { return ended; }, life_max) && failure_.empty()) failure_ = "a log on a disk that misdirects stands still";
      }
      world_.crash(node_, random_.chance(0.5) ? io::sim::Death::power_cut : io::sim::Death::kill);
      world_.boot(node_);
    }
    return {world_.hash(), world_.counters(), failure_};
  }

 private:
  io::task<> live(bool& ended) {
    auto log = co_await log::Log::open(*node_.loop, "/data/orders-0", config_, {.name = "orders-0"});
    if (log && !(*log)->offline() && check_opened(**log))
      for (int step = 0; step < steps && failure_.empty() && !(*log)->offline(); ++step) {
        if (random_.chance(0.6)) co_await append(**log);
        else co_await read(**log);
      }
    ended = true;
  }

  bool check_opened(const log::Log& log) {
    const auto& report = log.recovery();
    const bool told = report.cut_bytes > 0 || !report.notes.empty();
    if (log.log_end_offset() < durable_ && !told)
      failure_ = fmt::format("orders-0 ended at {}, all of it synced; it opens with an end at {} and says nothing", durable_.value(), log.log_end_offset().value());
    // What comes at the offsets that were cut is something else.
    appended_.erase(appended_.lower_bound(log.log_end_offset()), appended_.end());
    durable_ = log.log_end_offset();
    return failure_.empty();
  }

  io::task<> append(log::Log& log) {
    record::BatchBuilder builder;
    const std::string value(random_.between(1, 300), static_cast<char>('a' + random_.below(26)));
    for (auto left = random_.between(1, 4); left > 0; --left) builder.add({.timestamp = to_ms(node_.loop->wall()), .value = as_bytes(value + std::to_string(++values_))});
    auto batch = std::make_shared<Buffer>(builder.build());  // shared with the log until it is written
    const auto info = log.append(batch->mutable_bytes(), LeaderEpoch(1), {}, batch);
    if (!info) co_return;
    appended_[info->first_offset] = as_text(*batch);
    if (co_await log.flush(true)) durable_ = log.durable_end_offset();
  }

  io::task<> read(log::Log& log) {
    if (log.log_end_offset() == log.log_start_offset()) co_return;
    const Offset from(random_.between(log.log_start_offset().value(), log.log_end_offset().value() - 1));
    const auto bytes = co_await log.read_bytes({.from = from, .upper = log.log_end_offset(), .bytes_max = static_cast<uint32_t>(random_.between(1, 3000))});
    if (!bytes) co_return;
    record::BatchIterator walk(*bytes);
    while (const auto batch = walk.next()) {
      if (!batch->check_crc()) co_return;  // whoever reads it sees that, too
      const auto known = appended_.find(batch->base_offset());
      if (known == appended_.end() || known->second != as_text(batch->bytes())) {
        failure_ = fmt::format("orders-0 gives at {} a sound batch that was not appended there", batch->base_offset().value());
        co_return;
      }
    }
  }

  Random random_;
  io::sim::World world_;
  io::sim::Node& node_;
  config::TopicConfig config_;
  std::map<Offset, std::string> appended_;
  Offset durable_{0};
  uint64_t values_ = 0;
  std::string failure_;
};

}  // namespace

DetectionResult run_detection(uint64_t seed, io::sim::Journal::Sink trace) { return Detection(seed, std::move(trace)).run(); }

}  // namespace evlog::cluster_test
