// Image: everything the metadata log says, at one offset. Immutable; a new one replaces it after each committed batch, sharing
// what did not change. Handlers read it without locks and may keep a pointer across a wait: it stays true for its offset.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/strong.h"
#include "base/uuid.h"
#include "wire/record/metadata.h"

namespace evlog::cluster {

struct PartitionView {
  PartitionIndex index;
  BrokerId leader{-1};              // -1: no leader
  LeaderEpoch leader_epoch{0};
  int32_t partition_epoch = 0;
  std::vector<BrokerId> replicas, isr, removing, adding, elr, last_known_elr;
  std::vector<Uuid> directories;    // one per replica
  int8_t leader_recovery_state = 0;
  bool operator==(const PartitionView&) const = default;
};

struct TopicView {
  std::string name;
  Uuid id;
  std::vector<PartitionView> partitions;  // by index, without gaps
  const PartitionView* partition(int32_t index) const {
    return index >= 0 && static_cast<size_t>(index) < partitions.size() ? &partitions[static_cast<size_t>(index)] : nullptr;
  }
  bool operator==(const TopicView&) const = default;
};

struct EndpointView {
  std::string name, host;
  uint16_t port = 0;
  int16_t security_protocol = 0;
  bool operator==(const EndpointView&) const = default;
};
struct FeatureRange {
  int16_t min = 0, max = 0;
  bool operator==(const FeatureRange&) const = default;
};

struct BrokerView {
  BrokerId id;
  Uuid incarnation;
  int64_t epoch = -1;               // offset of its registration record
  std::vector<EndpointView> endpoints;
  std::optional<std::string> rack;
  bool fenced = true;
  bool in_controlled_shutdown = false;
  std::vector<Uuid> log_dirs, cordoned_log_dirs;
  std::map<std::string, FeatureRange> features;
  const EndpointView* endpoint(std::string_view listener) const;
  bool operator==(const BrokerView&) const = default;
};

struct ControllerView {
  int32_t id = -1;
  Uuid incarnation;
  bool zk_migration_ready = false;
  std::vector<EndpointView> endpoints;
  std::map<std::string, FeatureRange> features;
  bool operator==(const ControllerView&) const = default;
};

// A configuration resource: type as in Kafka (2 topic, 4 broker, 8 broker logger, 16 client metrics, 32 group), name ("" = default).
struct ConfigResource {
  int8_t type = 0;
  std::string name;
  auto operator<=>(const ConfigResource&) const = default;
};
using ConfigValues = std::map<std::string, std::string, std::less<>>;

using Topics = std::map<std::string, std::shared_ptr<const TopicView>, std::less<>>;  // shared between images
using TopicIds = std::map<Uuid, std::shared_ptr<const TopicView>>;
// Records about what this build does not act on (quotas, ACLs, SCRAM credentials, delegation tokens), as they are in the log: the
// newest of each subject. A snapshot takes them along, so that whoever acts on them later finds them.
using KeptRecords = std::map<std::string, std::string>;

class Image {
 public:
  Offset offset() const { return offset_; }           // of the last record applied; -1 when empty
  LeaderEpoch epoch() const { return epoch_; }

  const Topics& topics() const { return *topics_; }   // by name, in order
  const TopicView* topic(std::string_view name) const;
  const TopicView* topic(const Uuid& id) const;

  const std::map<BrokerId, BrokerView>& brokers() const { return *brokers_; }
  const BrokerView* broker(BrokerId id) const;
  size_t alive_brokers() const;                        // registered and not fenced
  const std::map<int32_t, ControllerView>& controllers() const { return *controllers_; }

  const ConfigValues& configs(const ConfigResource& resource) const;  // empty when there are none
  const std::map<ConfigResource, ConfigValues>& all_configs() const { return *configs_; }

  const std::map<std::string, int16_t, std::less<>>& features() const { return *features_; }  // finalized levels
  int16_t feature(std::string_view name) const;        // 0 when absent
  int64_t producer_ids_next() const { return producer_ids_next_; }
  size_t partitions_count() const;
  const KeptRecords& kept() const { return *kept_; }
  // Records of a type or version that this build does not know, which only the log holds: no snapshot may stand for it.
  uint64_t unknown_records() const { return unknown_records_; }

  bool operator==(const Image& other) const;           // the same in everything, whatever is shared

 private:
  friend class ImageBuilder;
  // The parts are shared between successive images: a change copies only the part it touches.
  std::shared_ptr<const Topics> topics_ = std::make_shared<Topics>();
  std::shared_ptr<const TopicIds> topic_ids_ = std::make_shared<TopicIds>();
  std::shared_ptr<const std::map<BrokerId, BrokerView>> brokers_ = std::make_shared<std::map<BrokerId, BrokerView>>();
  std::shared_ptr<const std::map<int32_t, ControllerView>> controllers_ = std::make_shared<std::map<int32_t, ControllerView>>();
  std::shared_ptr<const std::map<ConfigResource, ConfigValues>> configs_ = std::make_shared<std::map<ConfigResource, ConfigValues>>();
  std::shared_ptr<const std::map<std::string, int16_t, std::less<>>> features_ =
      std::make_shared<std::map<std::string, int16_t, std::less<>>>();
  std::shared_ptr<const KeptRecords> kept_ = std::make_shared<KeptRecords>();
  int64_t producer_ids_next_ = 0;
  uint64_t unknown_records_ = 0;
  Offset offset_{-1};
  LeaderEpoch epoch_{-1};
};

using ImagePtr = std::shared_ptr<const Image>;  // shared by all requests that started while it was the newest

// Collects records on top of an image. Records this build does not know are kept in the log and only counted here.
class ImageBuilder {
 public:
  explicit ImageBuilder(const Image& base) : next_(base) {}

  // An error means that the log contradicts itself (a partition of an unknown topic): the batch must not be applied.
  Result<void> apply(const wire::MetadataRecord& record, Offset offset);
  // `last` is the offset of the last record of the batch, control records included.
  ImagePtr build(Offset last, LeaderEpoch epoch) &&;
  const Image& view() const { return next_; }

 private:
  template <class T>
  T& own(std::shared_ptr<const T>& part, std::shared_ptr<T>& copy);
  Result<std::shared_ptr<TopicView>> own_topic(const Uuid& id);

  Result<void> on(const wire::TopicRecord&);
  Result<void> on(const wire::PartitionRecord&);
  Result<void> on(const wire::PartitionChangeRecord&);
  Result<void> on(const wire::RemoveTopicRecord&);
  Result<void> on(const wire::ConfigRecord&);
  Result<void> on(const wire::RegisterBrokerRecord&);
  Result<void> on(const wire::UnregisterBrokerRecord&);
  Result<void> on(const wire::FenceBrokerRecord&);
  Result<void> on(const wire::UnfenceBrokerRecord&);
  Result<void> on(const wire::BrokerRegistrationChangeRecord&);
  Result<void> on(const wire::RegisterControllerRecord&);
  Result<void> on(const wire::FeatureLevelRecord&);
  Result<void> on(const wire::ProducerIdsRecord&);
  Result<void> on(const wire::ClearElrRecord&);
  Result<void> on(const wire::ClientQuotaRecord&);
  Result<void> on(const wire::AccessControlEntryRecord&);
  Result<void> on(const wire::RemoveAccessControlEntryRecord&);
  Result<void> on(const wire::UserScramCredentialRecord&);
  Result<void> on(const wire::RemoveUserScramCredentialRecord&);
  Result<void> on(const wire::DelegationTokenRecord&);
  Result<void> on(const wire::RemoveDelegationTokenRecord&);
  Result<void> on(const wire::UnknownMetadataRecord&);
  template <class Other>
  Result<void> on(const Other&) { return {}; }
  template <class Record>
  Result<void> keep(std::string subject, const Record& record);
  Result<void> forget(const std::string& subject);

  Image next_;
  std::shared_ptr<Topics> topics_;
  std::shared_ptr<TopicIds> topic_ids_;
  std::shared_ptr<std::map<BrokerId, BrokerView>> brokers_;
  std::shared_ptr<std::map<int32_t, ControllerView>> controllers_;
  std::shared_ptr<std::map<ConfigResource, ConfigValues>> configs_;
  std::shared_ptr<std::map<std::string, int16_t, std::less<>>> features_;
  std::shared_ptr<KeptRecords> kept_;
  std::map<Uuid, std::shared_ptr<TopicView>> owned_topics_;
};

// Copies a part of the image the first time a batch touches it.
template <class T>
T& ImageBuilder::own(std::shared_ptr<const T>& part, std::shared_ptr<T>& copy) {
  if (!copy) {
    copy = std::make_shared<T>(*part);
    part = copy;
  }
  return *copy;
}

}  // namespace evlog::cluster
