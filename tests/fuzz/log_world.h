// A simulated disk for the fuzzers of log files: puts bytes there, opens a log over them, reads all of it, appends, closes.
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

#include "io/sim/loop.h"
#include "io/sim/sim.h"
#include "log/log.h"
#include "record/batch_builder.h"
#include "record/control_record.h"

namespace evlog::log::fuzz {

struct Idle final : io::sim::Process {};

class LogWorld {
 public:
  LogWorld() : world_(1, io::sim::Knobs{}), node_(world_.add_node("disk", [](io::Loop&) { return std::make_unique<Idle>(); })) {}

  template <class T>
  T run(io::task<T> work) {
    std::optional<T> result;
    io::Nursery nursery;
    nursery.spawn(keep(std::move(work), result));
    node_.loop->wake();
    if (!world_.run_until([&] { return result.has_value(); }, seconds(3600))) std::abort();  // a hang
    return std::move(*result);
  }
  void put(const std::string& name, Bytes content) {
    if (!run(write("/d/t-0/" + name, content))) std::abort();
  }
  // Whatever the files hold: no crash, no hang, no endless walk; an answer or an error.
  void exercise(bool clean) {
    config::TopicConfig config;
    config.index_interval_bytes = 100;
    auto log = run(Log::open(*node_.loop, "/d/t-0", config, {.clean = clean}));
    if (!log) return;
    read(**log);
    (void)(*log)->last_stable_offset((*log)->log_end_offset());
    record::BatchBuilder builder;
    builder.add({.timestamp = 1, .key = std::nullopt, .value = std::nullopt, .headers = {}});
    auto batch = std::make_shared<Buffer>(builder.build());
    const MutableBytes bytes = batch->mutable_bytes();
    if ((*log)->append(bytes, std::max((*log)->latest_epoch(), LeaderEpoch(0)), {}, batch)) (void)run((*log)->flush(true));
    read(**log);
    const Offset middle((*log)->log_start_offset().value() / 2 + (*log)->log_end_offset().value() / 2);
    (void)run((*log)->offset_for_timestamp(1000, (*log)->log_end_offset()));
    (void)run((*log)->max_timestamp((*log)->log_end_offset()));
    (void)run((*log)->truncate_to(middle));
    (void)run((*log)->close());
  }

 private:
  void read(Log& log) {
    Offset from = log.log_start_offset();
    for (int i = 0; i < 1000 && from < log.written_end_offset(); ++i) {
      auto bytes = run(log.read_bytes({.from = from, .upper = log.written_end_offset(), .bytes_max = 1 << 16}));
      if (!bytes || bytes->empty()) return;
      const auto slice = run(log.read({.from = from, .upper = log.written_end_offset(), .bytes_max = 1 << 16}));
      if (slice) (void)run(log.aborted_in(from, *slice));
      record::BatchIterator batches(*bytes);
      const Offset before = from;
      while (auto batch = batches.next()) from = std::max(from, batch->next_offset());
      if (from == before) return;
    }
  }
  template <class T>
  static io::task<> keep(io::task<T> work, std::optional<T>& result) { result.emplace(co_await std::move(work)); }
  io::task<bool> write(std::string path, Bytes content) {
    io::Disk& disk = node_.loop->disk();
    if (!co_await disk.make_dirs("/d/t-0")) co_return false;
    auto file = co_await disk.open(path, io::OpenMode::replace);
    if (!file) co_return false;
    const std::array<Bytes, 1> pieces{content};
    co_return (co_await (*file)->write(0, pieces)).has_value();
  }

  io::sim::World world_;
  io::sim::Node& node_;
};

// Transactions of two producers, each ended by a marker in turn.
inline Buffer transactional_segment() {
  Buffer all;
  int64_t offset = 0;
  for (int i = 0; i < 12; ++i) {
    const record::BatchOptions options{.base_offset = Offset(offset), .leader_epoch = LeaderEpoch(0), .producer_id = ProducerId(i % 2), .producer_epoch = ProducerEpoch(0), .base_sequence = i / 2, .transactional = true};
    record::BatchBuilder builder(options);
    builder.add({.timestamp = 1000 + i, .key = std::nullopt, .value = as_bytes("a value"), .headers = {}});
    all.append(builder.build());
    ++offset;
    if (i % 3 != 2) continue;
    Buffer marker = record::build_end_transaction(options.producer_id, options.producer_epoch, {.commit = i % 2 == 0, .coordinator_epoch = 0}, 2000 + i);
    record::set_base_offset(marker.mutable_bytes(), Offset(offset++));
    record::set_partition_leader_epoch(marker.mutable_bytes(), LeaderEpoch(0));
    all.append(marker);
  }
  return all;
}

// A good segment of a few batches, for the files beside it to be wrong about.
inline Buffer good_segment() {
  Buffer all;
  for (int i = 0; i < 12; ++i) {
    record::BatchBuilder builder({.base_offset = Offset(2 * i), .leader_epoch = LeaderEpoch(i / 5), .producer_id = ProducerId(i % 2), .producer_epoch = ProducerEpoch(0), .base_sequence = i / 2 * 2});
    for (int n = 0; n < 2; ++n) builder.add({.timestamp = 1000 + 10 * i + n, .key = std::nullopt, .value = as_bytes("a value of some length"), .headers = {}});
    all.append(builder.build());
  }
  return all;
}

}  // namespace evlog::log::fuzz
