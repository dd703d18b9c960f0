#include "broker/checkpointer.h"

#include "broker/partitions.h"

namespace evlog::broker {

Checkpointer::Checkpointer(Broker& broker, Partitions& partitions, io::Nursery& nursery)
    : broker_(broker), partitions_(partitions), nursery_(nursery), meter_([this] { write_soon(); }), written_event_(broker.loop) {
  meter_.set_limit(static_cast<uint64_t>(broker.settings.checkpoint_bytes));
}

void Checkpointer::write_soon() {
  again_ = true;
  if (running_ || stopping_) return;
  running_ = true;
  nursery_.spawn(run());
}

io::task<> Checkpointer::run() {
  struct Running {  // false again also when this coroutine is destroyed at a stop
    Checkpointer& self;
    ~Running() { self.running_ = false; self.written_event_.notify_all(); }
  } running{*this};
  co_await broker_.loop.turn();
  while (again_ && !stopping_) {
    again_ = false;
    meter_.reset();
    for (auto& dir : partitions_.dirs()) {
      if (dir->offline()) continue;
      // The old one stays, and is as true as it was: a start after a crash scans more.
      if (auto done = co_await write(*dir, false); !done) broker_.log('W', "log", fmt::format("no checkpoint of {}: {}", dir->path(), done.error().message));
    }
  }
}

io::task<> Checkpointer::quiet() {
  while (running_) co_await written_event_.wait();
}

// Each log that is awake, as of an end below which its files are durable.
io::task<std::vector<Checkpointer::Taken>> Checkpointer::take_all(const log::LogDir& dir) {
  std::vector<TopicPartition> names;
  for (const auto& [name, partition] : partitions_.all())
    if (partition->lazy_log().awake() && partitions_.dir_of(*partition) == &dir) names.push_back(name);
  constexpr size_t per_turn = 64;  // encoding is work for the loop: requests come in between
  std::vector<Taken> taken;
  for (size_t i = 0; i < names.size(); ++i) {
    if (i % per_turn == per_turn - 1) co_await broker_.loop.turn();
    auto* partition = partitions_.find(names[i].topic, names[i].partition.value());
    if (!partition || !partition->lazy_log().awake()) continue;
    const partition::InUse in_use(*partition);
    log::Log& log = partition->log();
    if (log.offline() || (!log.made() && log.log_end_offset() == log.log_start_offset())) continue;
    Taken one{names[i], partition->topic_id(), log.revision(), {}};
    log::LogState state = log.state();
    if (auto synced = co_await log.flush(true); !synced) continue;
    one.state = encode_log_state(state);
    taken.push_back(std::move(one));
  }
  co_return taken;
}

// What has happened to a log since its state was taken must only have been more appends.
log::DirCheckpoint Checkpointer::collect(const log::LogDir& dir, std::vector<Taken> taken) const {
  log::DirCheckpoint checkpoint;
  checkpoint.directory_id = dir.meta().directory_id;
  checkpoint.broker_epoch = broker_.epoch;
  checkpoint.tidy = !dir.has_deleted();
  auto next = taken.begin();
  for (const auto& [name, partition] : partitions_.all()) {
    if (partitions_.dir_of(*partition) != &dir) continue;
    while (next != taken.end() && next->name < name) ++next;
    const auto& log = partition->lazy_log();
    if (!log.awake()) {
      if (!log.state().empty()) checkpoint.entries.push_back({name, partition->topic_id(), log.state()});
      continue;
    }
    if (next == taken.end() || next->name != name || next->topic_id != partition->topic_id()) continue;
    if (log->offline() || log->revision() != next->revision) continue;
    auto owner = std::make_shared<const Buffer>(std::move(next->state));
    const Bytes bytes = owner->bytes();
    checkpoint.entries.push_back({name, partition->topic_id(), {std::move(owner), bytes}});
  }
  return checkpoint;
}

io::task<Result<void>> Checkpointer::write(log::LogDir& dir, bool complete) {
  auto taken = co_await take_all(dir);
  // What is durable through the write-ahead files alone is brought into the logs' own: the checkpoint speaks of these.
  if (auto settled = co_await dir.group().settle_all(); !settled) co_return settled;
  log::DirCheckpoint checkpoint = collect(dir, std::move(taken));
  checkpoint.complete = complete;
  co_return co_await dir.write_dir_checkpoint(encode_dir_checkpoint(checkpoint));
}

}  // namespace evlog::broker
