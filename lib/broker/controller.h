// Controller: what the cluster decides: topics, broker registrations, producer id blocks. It checks a wish against the newest
// image and proposes records; one decision at a time, so each sees the effect of the one before.
// Handlers only await its answers; that the controller runs in this process is nothing they may know.
// controller.cc has the decisions about brokers and ids, controller_topics.cc those about topics, controller_configs.cc those about configurations, controller_partitions.cc those
// about the partitions of topics that exist.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "broker/broker.h"
#include "cluster/election.h"
#include "io/task.h"
#include "log/mutex.h"
#include "wire/record/metadata.h"

namespace evlog::broker {

struct NewTopic {
  std::string name;
  int32_t partitions = -1;                 // -1: num.partitions
  int16_t replication_factor = -1;         // -1: default.replication.factor
  std::vector<std::pair<int32_t, std::vector<int32_t>>> assignment;  // manual, as it was sent; then the two above must be -1
  std::vector<std::pair<std::string, std::optional<std::string>>> configs;
};

struct TopicOutcome {
  ErrorCode error = ErrorCode::NONE;
  std::optional<std::string> message;
  Uuid id;
  int32_t partitions = -1;
  int16_t replication_factor = -1;
};

struct MorePartitions {
  std::string topic;
  int32_t count = 0;                       // all together
  std::optional<std::vector<std::vector<int32_t>>> assignment;  // by hand: the brokers of each new one
};

struct PartitionsOf {
  std::string topic;
  std::vector<int32_t> indexes;
};

struct Move {
  std::string topic;
  int32_t partition = 0;
  std::optional<std::vector<int32_t>> replicas;  // none: take a move back
};

// What became of one partition; an error may come without a text.
struct PartitionOutcome { int32_t index = 0; Result<void> done; };
struct TopicElection { std::string topic; std::vector<PartitionOutcome> partitions; };

// One key of a resource, as IncrementalAlterConfigs says it; the number on the wire may be another one.
struct ConfigChange {
  enum class Operation : int8_t { set = 0, remove = 1, append = 2, subtract = 3 };
  std::string name;
  Operation operation = Operation::set;
  std::optional<std::string> value;
};
constexpr bool is_operation(ConfigChange::Operation o) { return o >= ConfigChange::Operation::set && o <= ConfigChange::Operation::subtract; }

struct ConfigResourceChange {
  cluster::ConfigResource resource;
  std::vector<ConfigChange> changes;
  bool replace = false;                    // AlterConfigs: what is not named is deleted
};

struct ConfigOutcome {
  ErrorCode error = ErrorCode::NONE;
  std::optional<std::string> message;
};

class Controller {
 public:
  explicit Controller(Broker& broker) : broker_(broker), deciding_(broker.loop) {}

  // One outcome per topic, in order. Topics that pass are created together in one batch; with validate_only nothing is written.
  // Kafka 4.3's checks in its order. Returns when the new partitions led by this broker can be used.
  io::task<std::vector<TopicOutcome>> create_topics(std::vector<NewTopic> topics, bool validate_only);
  // One outcome per id: NONE, UNKNOWN_TOPIC_ID, or POLICY_VIOLATION for all of more than ten thousand. Returns when the partitions are gone here.
  io::task<std::vector<ErrorCode>> delete_topics(std::vector<Uuid> ids);

  // One outcome per topic, in order, which must differ. Topics that pass grow together in one batch; with validate_only nothing is
  // written. Returns when the new partitions led by this broker can be used.
  io::task<std::vector<Result<void>>> create_partitions(std::vector<MorePartitions> wishes, bool validate_only);
  // Leaders for the partitions named, or for all; then those that need none are not told.
  io::task<std::vector<TopicElection>> elect_leaders(cluster::Election kind, std::optional<std::vector<PartitionsOf>> wishes);
  // One outcome per move, in order. With one node nothing can move: what is checked is whether the wish makes sense.
  std::vector<Result<void>> move_partitions(const std::vector<Move>& moves) const;

  // One outcome per resource, in order, which must differ. Resources that pass are changed together in one batch; with validate_only
  // nothing is written. Returns when the partitions here go by the new values. What a broker's own may be was judged by the broker.
  io::task<std::vector<ConfigOutcome>> alter_configs(std::vector<ConfigResourceChange> changes, bool validate_only);

  // A block of `producer_ids_block_size` ids nobody else will ever get: durable before it is given out. The first of them.
  io::task<Result<int64_t>> allocate_producer_ids();
  io::task<Result<void>> register_controller(wire::RegisterControllerRecord record);
  // This broker's registration, then its unfencing. Gives the broker epoch: the offset of the registration.
  io::task<Result<int64_t>> register_broker(wire::RegisterBrokerRecord record);
  // Leaders for the partitions that have none and could have one: a Kafka that was stopped left them so.
  io::task<Result<void>> elect_missing_leaders();
  // A new leader epoch for every partition that `broker` leads, in one atomic batch (after an unclean start).
  io::task<Result<void>> bump_leader_epochs(BrokerId broker);

 private:
  Broker& broker_;
  log::Mutex deciding_;
};

inline constexpr int32_t producer_ids_block_size = 1000;

}  // namespace evlog::broker
