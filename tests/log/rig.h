// One simulated machine with one disk on which a test runs coroutines to their end, and makes the power fail between them.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "io/sim/loop.h"
#include "io/sim/sim.h"
#include "log/log.h"
#include "record/batch_builder.h"
#include "record/control_record.h"

namespace evlog::log::test {

struct Idle final : io::sim::Process {};

class Rig {
 public:
  explicit Rig(uint64_t seed = 7, io::sim::Knobs knobs = {})
      : world_(seed, knobs), node_(world_.add_node("disk", [](io::Loop&) { return std::make_unique<Idle>(); })) {}

  io::Loop& loop() { return *node_.loop; }
  io::sim::World& world() { return world_; }
  io::sim::Node& node() { return node_; }
  io::sim::DiskImage& disk() { return node_.disk; }

  template <class T>
  T run(io::task<T> work) {
    std::optional<T> result;
    io::Nursery nursery;
    nursery.spawn(keep(std::move(work), result));
    node_.loop->wake();  // spawned outside a turn: let it see the timers
    REQUIRE(world_.run_until([&] { return result.has_value(); }, seconds(3600)));
    return std::move(*result);
  }
  // Everything built on loop() must have been destroyed.
  void crash(io::sim::Death death) {
    world_.crash(node_, death);
    world_.boot(node_);
  }
  std::string content(const std::string& path) const {
    const auto inode = node_.disk.find(path);
    return inode ? inode->content() : "";
  }
  void let_pass(Duration time) { run(rest(time)); }
  bool exists(const std::string& path) const { return node_.disk.find(path) != nullptr; }
  void write(const std::string& path, const std::string& content) {  // behind everybody's back, and durable
    REQUIRE(run(put(path, content)));
  }

 private:
  template <class T>
  static io::task<> keep(io::task<T> work, std::optional<T>& result) { result.emplace(co_await std::move(work)); }
  io::task<bool> rest(Duration time) {
    co_await loop().sleep(time);
    co_return true;
  }
  io::task<bool> put(std::string path, std::string content) {
    auto file = co_await loop().disk().open(path, io::OpenMode::replace);
    if (!file) co_return false;
    const std::array<Bytes, 1> pieces{as_bytes(content)};
    co_await (*file)->write(0, pieces);
    co_await (*file)->sync();
    co_await loop().disk().sync_dir(path.substr(0, path.rfind('/')));
    co_return true;
  }

  io::sim::World world_;
  io::sim::Node& node_;
};

inline const std::string partition_path = "/data/orders-0";

inline std::unique_ptr<Log> open_log(Rig& rig, config::TopicConfig config = {}, OpenOptions options = {}) {
  // Test records are from 1970: their producers would be forgotten at once.
  if (options.producer_id_expiration_ms == OpenOptions{}.producer_id_expiration_ms) options.producer_id_expiration_ms = INT64_MAX / 2;
  auto log = rig.run(Log::open(rig.loop(), partition_path, config, options));
  if (!log) FAIL(log.error().message);
  return std::move(*log);
}

struct BatchWanted {
  int records = 1;
  size_t value_bytes = 20;
  int64_t timestamp_ms = 1'000;   // of the first record; the others follow by 1 ms
  int64_t producer_id = -1;
  int16_t producer_epoch = 0;
  int32_t base_sequence = 0;
  record::Compression compression = record::Compression::none;
  bool transactional = false;
};

inline std::shared_ptr<Buffer> make_batch(BatchWanted wanted, uint8_t fill = 'x') {
  record::BatchOptions options{.compression = wanted.compression, .transactional = wanted.transactional};
  if (wanted.producer_id >= 0) {
    options.producer_id = ProducerId(wanted.producer_id);
    options.producer_epoch = ProducerEpoch(wanted.producer_epoch);
    options.base_sequence = wanted.base_sequence;
  }
  record::BatchBuilder builder(options);
  const std::string value(wanted.value_bytes, static_cast<char>(fill));
  for (int i = 0; i < wanted.records; ++i) builder.add({.timestamp = wanted.timestamp_ms + i, .key = std::nullopt, .value = as_bytes(value), .headers = {}});
  return std::make_shared<Buffer>(builder.build());
}

inline Result<AppendInfo> append(Log& log, BatchWanted wanted = {}, LeaderEpoch epoch = LeaderEpoch(0), AppendOptions options = {}) {
  auto batch = make_batch(wanted);
  const MutableBytes bytes = batch->mutable_bytes();
  return log.append(bytes, epoch, options, std::move(batch));
}

struct MarkerWanted {
  int64_t producer_id = 1;
  bool commit = true;
  int16_t producer_epoch = 0;
  int32_t coordinator_epoch = 0;
  int64_t timestamp_ms = 1'000;
  int8_t transaction_version = 0;
};

inline std::shared_ptr<Buffer> make_marker(MarkerWanted wanted) {
  return std::make_shared<Buffer>(record::build_end_transaction(ProducerId(wanted.producer_id), ProducerEpoch(wanted.producer_epoch),
                                                                {.commit = wanted.commit, .coordinator_epoch = wanted.coordinator_epoch}, wanted.timestamp_ms));
}

inline Result<AppendInfo> append_marker(Log& log, MarkerWanted wanted, LeaderEpoch epoch = LeaderEpoch(0)) {
  auto batch = make_marker(wanted);
  const MutableBytes bytes = batch->mutable_bytes();
  return log.append(bytes, epoch, {.origin = AppendOrigin::coordinator, .transaction_version = wanted.transaction_version}, std::move(batch));
}

inline void append_durably(Rig& rig, Log& log, BatchWanted wanted = {}, LeaderEpoch epoch = LeaderEpoch(0)) {
  REQUIRE(append(log, wanted, epoch));
  REQUIRE(rig.run(log.flush(true)));
}

// The offsets of all batches from `from` to the written end, as a consumer would see them, with checksums verified.
inline std::vector<int64_t> read_all(Rig& rig, Log& log, Offset from) {
  std::vector<int64_t> offsets;
  while (from < log.written_end_offset()) {
    auto bytes = rig.run(log.read_bytes({.from = from, .upper = log.written_end_offset(), .bytes_max = 1 << 20}));
    if (!bytes) FAIL(bytes.error().message);
    if (bytes->empty()) break;
    record::BatchIterator batches(*bytes);
    while (auto batch = batches.next()) {
      CHECK(batch->check_crc());
      if (batch->last_offset() >= from) offsets.push_back(batch->base_offset().value());
      from = batch->next_offset();
    }
  }
  return offsets;
}

}  // namespace evlog::log::test
