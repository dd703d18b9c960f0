#include "broker/controller.h"

#include "quorum/quorum.h"

namespace evlog::broker {

io::task<Result<int64_t>> Controller::allocate_producer_ids() {
  const auto turn = co_await deciding_.lock();
  const int64_t first = broker_.image()->producer_ids_next();
  if (first > INT64_MAX - producer_ids_block_size) co_return fail(ErrorCode::UNKNOWN_SERVER_ERROR, "all producer ids have been given out");
  wire::ProducerIdsRecord record;
  record.broker_id = broker_.id.value();
  record.broker_epoch = broker_.epoch;
  record.next_producer_id = first + producer_ids_block_size;
  quorum::Records records;
  records.emplace_back(std::move(record));
  if (auto done = co_await broker_.quorum->propose(std::move(records)); !done) co_return fail(done.error());
  co_return first;
}

io::task<Result<void>> Controller::register_controller(wire::RegisterControllerRecord record) {
  const auto turn = co_await deciding_.lock();
  quorum::Records records;
  records.emplace_back(std::move(record));
  if (auto done = co_await broker_.quorum->propose(std::move(records)); !done) co_return fail(done.error());
  co_return Result<void>{};
}

io::task<Result<int64_t>> Controller::register_broker(wire::RegisterBrokerRecord record) {
  const auto turn = co_await deciding_.lock();
  // The epoch of a registration is its own offset, which is the next one: nobody else decides meanwhile.
  record.broker_epoch = broker_.quorum->log().log_end_offset().value();
  record.fenced = true;
  wire::BrokerRegistrationChangeRecord unfence;
  unfence.broker_id = record.broker_id;
  unfence.broker_epoch = record.broker_epoch;
  unfence.fenced = -1;
  const int64_t epoch = record.broker_epoch;
  quorum::Records registration, unfencing;
  registration.emplace_back(std::move(record));
  unfencing.emplace_back(std::move(unfence));
  if (auto done = co_await broker_.quorum->propose(std::move(registration)); !done) co_return fail(done.error());
  if (auto done = co_await broker_.quorum->propose(std::move(unfencing)); !done) co_return fail(done.error());
  co_return epoch;
}

io::task<Result<void>> Controller::bump_leader_epochs(BrokerId broker) {
  const auto turn = co_await deciding_.lock();
  quorum::Records records;
  for (const auto& [name, topic] : broker_.image()->topics()) {
    for (const auto& view : topic->partitions) {
      if (view.leader != broker) continue;
      wire::PartitionChangeRecord change;
      change.partition_id = view.index.value();
      change.topic_id = topic->id;
      change.leader = broker.value();  // naming the leader, even the same one, begins a new epoch
      records.emplace_back(std::move(change));
    }
  }
  if (records.empty()) co_return Result<void>{};
  auto done = co_await broker_.quorum->propose(std::move(records));
  if (!done) co_return fail(done.error());
  co_return Result<void>{};
}

}  // namespace evlog::broker
