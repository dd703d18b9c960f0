#include "cluster/broker_process.h"

#include "broker/partitions.h"
#include "config/config.h"
#include "partition/partition.h"
#include "quorum/quorum.h"

namespace evlog::cluster_test {

BrokerProcess::BrokerProcess(Scene& scene, Watermarks& marks, io::Loop& loop) : scene_(scene), marks_(marks), loop_(loop) {
  if (scene_.plan.rots_snapshots && !scene_.world.calmed()) rot_snapshot();
  nursery_.spawn(run());
}

BrokerProcess::~BrokerProcess() {
  if (serving()) ++scene_.lives_broken_off;
  add_up();
  nursery_.clear();
}

void BrokerProcess::add_up() {
  if (!server_) return;
  Metrics& metrics = server_->broker().metrics;
  scene_.wal_commits += std::exchange(metrics.wal_commits, 0);
  scene_.wal_settled += std::exchange(metrics.wal_settled, 0);
  scene_.wal_redone_bytes += std::exchange(metrics.wal_redone_bytes, 0);
}

io::sim::Node& BrokerProcess::node() { return *scene_.world.find("broker"); }

// A rule of the world: where a snapshot is damaged, the one before it is sound. Without either the broker is right to refuse.
void BrokerProcess::rot_snapshot() {
  for (const char* directory : {"/data", "/data1"}) {
    const auto metadata = node().disk.find(std::string(directory) + "/__cluster_metadata-0");
    if (!metadata) continue;
    std::vector<std::pair<std::string, io::sim::Inode*>> snapshots;
    for (const auto& [name, inode] : metadata->names)
      if (name.ends_with(".checkpoint")) snapshots.emplace_back(name, inode.get());
    if (snapshots.size() < 2 || !scene_.world.chance(0.5)) continue;
    const auto& [name, inode] = snapshots.back();
    inode->rot(scene_.world.random());
    scene_.world.note("broker", "a bit of {} turns", name);
    ++scene_.snapshots_rotten;
  }
}

io::task<void> BrokerProcess::run() {
  config::LoadInput input;
  for (const auto& [key, value] : scene_.plan.broker) input.sets.push_back(key + "=" + value);
  auto loaded = config::load_config(input);
  if (!loaded) co_return scene_.world.fail("the configuration is refused: " + loaded.error().message);
  broker::ServerOptions options;
  options.config = std::move(loaded->config);
  options.insecure_listen = true;
  options.log = [this](char level, std::string_view module, std::string_view text) { scene_.world.note("broker", "{} {}: {}", level, module, text); };
  auto started = co_await broker::Server::start(loop_, std::move(options));
  if (!started) co_return start_failed(started.error());
  server_ = std::move(*started);
  scene_.world.note("broker", "ready");
  exit(co_await server_->failed());
}

// A disk that fails may keep a broker from starting, but what it finds on its disk must always be good enough.
void BrokerProcess::start_failed(const broker::StartError& error) {
  if (error.kind == broker::StartError::Kind::corrupt || scene_.world.calmed())
    return scene_.world.fail(fmt::format("the broker does not start: {}", error.message));
  exit("does not start: " + error.message);
}

void BrokerProcess::exit(const std::string& why) {
  scene_.world.note("broker", "exits: {}", why);
  scene_.world.crash_soon(node(), io::sim::Death::kill, milliseconds(200));
}

bool BrokerProcess::crippled() const {
  if (!serving() || !server_->broker().partitions) return false;
  for (const auto& [name, partition] : server_->broker().partitions->all())
    if (partition->log().offline()) return true;
  for (const auto& dir : server_->broker().partitions->dirs())
    if (dir->offline()) return true;
  return false;
}

void BrokerProcess::stop_cleanly() {
  if (!serving()) return;
  stopping_ = true;
  ++scene_.clean_stops;
  nursery_.spawn(stop());
}

io::task<void> BrokerProcess::stop() {
  const auto stopped = co_await server_->stop();
  exit(stopped ? "stopped cleanly" : "stopped: " + stopped.error().message);
}

void BrokerProcess::check() {
  if (!serving()) return;
  const bool count_segments = ++checks_ % 32 == 0;
  auto* partitions = server_->broker().partitions;
  if (!partitions) return;
  if (count_segments) check_counts();
  if (const int64_t end = server_->broker().quorum->snapshot_end().value(); end != snapshot_end_) {
    if (end < snapshot_end_) scene_.world.fail(fmt::format("the newest metadata snapshot was at {} and is at {}", snapshot_end_, end));
    if (snapshot_end_ >= 0) ++scene_.snapshots;
    snapshot_end_ = end;
  }
  for (const auto& [name, partition] : partitions->all()) {
    const auto& log = partition->log();
    if (log.offline()) continue;
    const std::pair key(partition->topic_id(), name.partition.value());
    const int64_t start = log.log_start_offset().value(), high = partition->high_watermark().value(), durable = log.durable_end_offset().value(),
                  end = log.log_end_offset().value();
    const auto broken = [&, &topic = name.topic, index = name.partition.value()](const char* what) {
      scene_.world.fail(fmt::format("{}-{}: {}: log start {}, high watermark {}, durable end {}, end {}, told before {}", topic, index, what, start, high,
                                    durable, end, marks_.highest[key].offset));
    };
    if (start > high || high > end) broken("the offsets are out of order");
    const bool in_memory = log.config().durability == config::Durability::memory;
    if (high > durable && !in_memory) broken("visible beyond what is durable");
    if (const int32_t epoch = partition->leader_epoch().value(); !high_watermarks_.contains(key)) {
      // An offset given out in a life that broke off may be given out again: in another epoch, so that nobody takes one for the other.
      auto& last = marks_.epochs[key];
      if (epoch < last.epoch || (epoch == last.epoch && last.broken_off_in != scene_.lives_broken_off))
        broken(fmt::format("the leader epoch is {} again, after {} and an unclean stop", epoch, last.epoch).c_str());
      last = {epoch, scene_.lives_broken_off};
    }
    auto& before = high_watermarks_[key];
    if (high < before) broken("the high watermark went back");
    before = high;
    auto& first = log_starts_[key];
    if (start < first) broken("the log start went back");
    first = start;
    if (name.topic == topic_main && start < scene_.history.start_least({name.topic, name.partition.value()})) broken("what was acknowledged as deleted is there again");
    auto& highest = marks_.highest[key];
    if (in_memory && highest.losses != scene_.history.losses()) highest = {0, scene_.history.losses()};
    if (end < highest.offset) broken("the log is shorter than what was visible");
    highest.offset = std::max(highest.offset, high);
    if (!count_segments) continue;
    const size_t segments = log.segments().size();
    auto& known = segments_[key];
    if (known > 0 && segments > known) scene_.rolls += segments - known;
    if (known > segments) scene_.retained += known - segments;
    known = segments;
  }
}

void BrokerProcess::check_counts() {
  for (const auto& [name, topic] : server_->broker().image()->topics()) {
    auto& most = marks_.partitions[topic->id];
    if (topic->partitions.size() < most) scene_.world.fail(fmt::format("{} has {} partitions, and had {}", name, topic->partitions.size(), most));
    most = std::max(most, topic->partitions.size());
  }
}

}  // namespace evlog::cluster_test
