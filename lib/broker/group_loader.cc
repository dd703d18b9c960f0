#include "broker/group_loader.h"

#include "record/batch_iterator.h"
#include "record/record_iterator.h"

namespace evlog::broker {
namespace {

constexpr uint32_t load_chunk_bytes = 1_MiB;  // larger batches are read whole

group::Now now_of(Broker& broker) { return {broker.loop.mono(), broker.loop.wall()}; }

void replay_record(Broker& broker, const partition::Partition& partition, const record::Record& r, group::Shard& shard) {
  if (!r.key) return;
  auto replayed = shard.replay(*r.key, r.value, now_of(broker));
  if (!replayed) {
    broker.log('E', "group", fmt::format("{}, offset {}: skipped, {}", partition.name().text(), r.offset.value(), replayed.error().message));
  } else if (*replayed) {
    broker.log('W', "group", fmt::format("{}, offset {}: {}", partition.name().text(), r.offset.value(), **replayed));
  }
}

Result<void> replay_batch(Broker& broker, const partition::Partition& partition, const record::BatchView& batch, group::Shard& shard) {
  if (batch.is_control()) return {};
  if (batch.is_transactional()) {
    broker.log('W', "group", fmt::format("{}, offset {}: offsets committed in a transaction are skipped", partition.name().text(), batch.base_offset().value()));
    return {};
  }
  record::RecordIterator records(batch);
  while (auto r = records.next()) replay_record(broker, partition, *r, shard);
  return records.status();
}

}  // namespace

io::task<Result<void>> load_groups(Broker& broker, partition::Partition& partition, group::Shard& shard) {
  const partition::InUse in_use(partition);
  const Offset end = partition.log_end_offset();
  Offset at = partition.log_start_offset();
  while (at < end) {
    const auto bytes = co_await partition.log().read_bytes({.from = at, .upper = end, .bytes_max = load_chunk_bytes});
    if (!bytes) co_return fail(bytes.error(), "{} at {}", partition.name().text(), at.value());
    record::BatchIterator batches(bytes->bytes());
    const Offset before = at;
    while (const auto batch = batches.next()) {
      if (batch->next_offset() <= at) continue;  // begins before the log start
      if (auto r = replay_batch(broker, partition, *batch, shard); !r) {
        broker.log('E', "group", fmt::format("{}, batch at {}: {}", partition.name().text(), batch->base_offset().value(), r.error().message));
      }
      at = batch->next_offset();
    }
    if (batches.stop() == record::BatchIterator::Stop::corrupt) co_return fail(batches.error(), "{} at {}", partition.name().text(), at.value());
    if (at == before) break;  // compaction left nothing up to the end
    co_await broker.loop.turn();
  }
  co_return Result<void>{};
}

}  // namespace evlog::broker
