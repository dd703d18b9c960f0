// The controller's decisions about the partitions of topics that exist: more of them, who leads them, where they lie.
//
// create_partitions: per topic: it exists - the count grows - as many assignments as new partitions - each assignment, or a
// placement - one batch of all that passed. A topic that fails takes nothing with it.
#include <algorithm>

#include "broker/assignment.h"
#include "broker/controller.h"
#include "broker/partitions.h"
#include "cluster/placement.h"
#include "quorum/quorum.h"

namespace evlog::broker {
namespace {

using cluster::Election;

std::unexpected<Error> wordless(ErrorCode code) { return std::unexpected(Error{code, {}}); }

Result<Assignment> manual_assignment(const cluster::Image& image, const MorePartitions& wish, size_t first, size_t replication_factor) {
  Assignment assignment;
  for (const auto& brokers : *wish.assignment) {
    if (auto valid = check_manual(image, brokers, replication_factor); !valid) return fail(valid.error());
    assignment.push_back(replicas_of(brokers));
    if (active_of(image, assignment.back()).empty())
      return fail(ErrorCode::INVALID_REPLICA_ASSIGNMENT, "All brokers specified in the manual partition assignment for partition {} are fenced or in controlled shutdown.",
                  first + assignment.size() - 1);
  }
  return assignment;
}

Result<Assignment> placed_assignment(Broker& broker, const cluster::Image& image, int32_t count, size_t replication_factor) {
  auto assignment = cluster::place(image, count, static_cast<int16_t>(replication_factor), broker.loop.random());
  if (!assignment) return assignment;
  for (const auto& replicas : *assignment) {
    if (!active_of(image, replicas).empty()) continue;
    return fail(ErrorCode::INVALID_REPLICATION_FACTOR,
                "Unable to replicate the partition {} time(s): All brokers are currently fenced or in controlled shutdown.", replication_factor);
  }
  return assignment;
}

// What is to be added to `topic`. Kafka writes what fits of too large a wish, though it answers with an error; here nothing is written.
Result<Assignment> check_growth(Broker& broker, const cluster::Image& image, const cluster::TopicView& topic, const MorePartitions& wish, size_t room) {
  const auto present = static_cast<int64_t>(topic.partitions.size());
  if (wish.count == present) return fail(ErrorCode::INVALID_PARTITIONS, "Topic already has {} partition(s).", present);
  if (wish.count < present)
    return fail(ErrorCode::INVALID_PARTITIONS, "The topic {} currently has {} partition(s); {} would not be an increase.", wish.topic, present, wish.count);
  const int64_t added = wish.count - present;
  if (wish.assignment && static_cast<int64_t>(wish.assignment->size()) != added)
    return fail(ErrorCode::INVALID_REPLICA_ASSIGNMENT, "Attempted to add {} additional partition(s), but only {} assignment(s) were specified.", added, wish.assignment->size());
  if (added > static_cast<int64_t>(room)) return fail(ErrorCode::POLICY_VIOLATION, "{}", too_many_records);
  const size_t replication_factor = topic.partitions.front().replicas.size();
  if (wish.assignment) return manual_assignment(image, wish, topic.partitions.size(), replication_factor);
  return placed_assignment(broker, image, static_cast<int32_t>(added), replication_factor);
}

std::vector<PartitionsOf> everything(const cluster::Image& image) {
  std::vector<PartitionsOf> all;
  for (const auto& [name, topic] : image.topics()) {
    auto& one = all.emplace_back(name);
    for (const auto& partition : topic->partitions) one.indexes.push_back(partition.index.value());
  }
  return all;
}

wire::PartitionChangeRecord election_record(const cluster::TopicView& topic, const cluster::PartitionView& partition, const cluster::Elected& elected) {
  constexpr int8_t recovering = 1;
  wire::PartitionChangeRecord change;
  change.partition_id = partition.index.value();
  change.topic_id = topic.id;
  change.leader = elected.leader.value();
  if (std::ranges::find(partition.isr, elected.leader) != partition.isr.end()) return change;
  change.isr = broker_ids({elected.leader});
  if (elected.unclean) change.leader_recovery_state = recovering;
  if (!partition.elr.empty()) {
    Replicas eligible = partition.elr;
    std::erase(eligible, elected.leader);
    change.eligible_leader_replicas = broker_ids(eligible);
  }
  return change;
}

Result<void> elect_one(const cluster::Image& image, const std::string& name, int32_t index, Election kind, quorum::Records& records) {
  const auto* topic = image.topic(name);
  if (!topic) return fail(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "No such topic as {}", name);
  const auto* partition = topic->partition(index);
  if (!partition) return fail(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "No such partition as {}-{}", name, index);
  if (!cluster::election_needed(*partition, kind)) return fail(ErrorCode::ELECTION_NOT_NEEDED);
  const auto elected = cluster::elect(image, *partition, kind);
  if (elected.leader == partition->leader)
    return fail(kind == Election::preferred ? ErrorCode::PREFERRED_LEADER_NOT_AVAILABLE : ErrorCode::ELIGIBLE_LEADERS_NOT_AVAILABLE);
  records.emplace_back(election_record(*topic, *partition, elected));
  return {};
}

Result<void> check_move(const cluster::Image& image, const Move& move) {
  const auto* topic = image.topic(move.topic);
  if (!topic) return fail(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "Unable to find a topic named {}.", move.topic);
  const auto* partition = topic->partition(move.partition);
  if (!partition) return fail(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "Unable to find partition {}:{}.", move.topic, move.partition);
  if (!move.replicas) return wordless(ErrorCode::NO_REASSIGNMENT_IN_PROGRESS);
  if (auto valid = check_manual(image, *move.replicas, std::nullopt); !valid) return valid;
  if (replicas_of(*move.replicas) == partition->replicas) return {};
  return fail(ErrorCode::INVALID_REPLICA_ASSIGNMENT, "This server is the only one that runs: {}-{} cannot be moved.", move.topic, move.partition);
}

}  // namespace

io::task<std::vector<Result<void>>> Controller::create_partitions(std::vector<MorePartitions> wishes, bool validate_only) {
  std::vector<Result<void>> outcomes(wishes.size());
  Offset created = offset_none;
  {
    const auto turn = co_await deciding_.lock();
    const auto image = broker_.image();
    Directories directories(*image);
    quorum::Records records;
    for (size_t i = 0; i < wishes.size(); ++i) {
      const auto* topic = image->topic(wishes[i].topic);
      if (!topic) { outcomes[i] = wordless(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION); continue; }
      const auto added = check_growth(broker_, *image, *topic, wishes[i], records_per_request_max - records.size());
      if (!added) { outcomes[i] = fail(added.error()); continue; }
      for (size_t k = 0; k < added->size(); ++k)
        records.emplace_back(partition_record(*image, directories, topic->id, topic->partitions.size() + k, (*added)[k]));
    }
    if (validate_only || records.empty()) co_return outcomes;
    if (auto done = co_await broker_.quorum->propose(std::move(records)); !done) {
      for (auto& outcome : outcomes)
        if (outcome) outcome = fail(done.error());
      co_return outcomes;
    }
    created = broker_.image()->offset();
  }
  if (broker_.partitions) co_await broker_.partitions->caught_up(created);
  co_return outcomes;
}

io::task<std::vector<TopicElection>> Controller::elect_leaders(Election kind, std::optional<std::vector<PartitionsOf>> wishes) {
  std::vector<TopicElection> outcomes;
  Offset elected = offset_none;
  {
    const auto turn = co_await deciding_.lock();
    const auto image = broker_.image();
    const bool all = !wishes;
    quorum::Records records;
    for (const auto& wish : all ? everything(*image) : *wishes) {
      auto& topic = outcomes.emplace_back(wish.topic);
      for (const int32_t index : wish.indexes) {
        auto done = elect_one(*image, wish.topic, index, kind, records);
        if (!all || done || done.error().code != ErrorCode::ELECTION_NOT_NEEDED) topic.partitions.push_back({index, std::move(done)});
      }
    }
    if (records.empty()) co_return outcomes;
    if (auto done = co_await broker_.quorum->propose(std::move(records)); !done) {
      for (auto& topic : outcomes)
        for (auto& partition : topic.partitions)
          if (partition.done) partition.done = fail(done.error());
      co_return outcomes;
    }
    elected = broker_.image()->offset();
  }
  if (broker_.partitions) co_await broker_.partitions->caught_up(elected);
  co_return outcomes;
}

io::task<Result<void>> Controller::elect_missing_leaders() {
  const auto turn = co_await deciding_.lock();
  const auto image = broker_.image();
  quorum::Records records;
  for (const auto& [name, topic] : image->topics())
    for (const auto& partition : topic->partitions) {
      if (image->broker(partition.leader)) continue;
      const auto elected = cluster::elect(*image, partition, Election::preferred);
      if (elected.leader != partition.leader) records.emplace_back(election_record(*topic, partition, elected));
    }
  if (records.empty()) co_return Result<void>{};
  auto done = co_await broker_.quorum->propose(std::move(records));
  if (!done) co_return fail(done.error());
  co_return Result<void>{};
}

std::vector<Result<void>> Controller::move_partitions(const std::vector<Move>& moves) const {
  const auto image = broker_.image();
  std::vector<Result<void>> outcomes;
  outcomes.reserve(moves.size());
  for (const auto& move : moves) outcomes.push_back(check_move(*image, move));
  return outcomes;
}

}  // namespace evlog::broker
