#include "cluster/image_records.h"

namespace evlog::cluster {
namespace {

using Record = std::optional<wire::MetadataRecord>;

constexpr std::string_view metadata_version = "metadata.version";  // the others are read by its rules, so it comes first

wire::Array<int32_t> numbers(const std::vector<BrokerId>& from) {
  wire::Array<int32_t> ids;
  for (const BrokerId id : from) ids.push_back(id.value());
  return ids;
}

wire::Array<Uuid> uuids(const std::vector<Uuid>& from) {
  wire::Array<Uuid> ids;
  for (const Uuid& id : from) ids.push_back(id);
  return ids;
}

template <class Endpoints>
void add_endpoints(Endpoints& to, const std::vector<EndpointView>& from) {
  for (const auto& e : from) to.push_back({e.name, e.host, e.port, e.security_protocol});
}

wire::FeatureLevelRecord feature_record(std::string_view name, int16_t level) {
  wire::FeatureLevelRecord record;
  record.name = name;
  record.feature_level = level;
  return record;
}

wire::RegisterBrokerRecord broker_record(const BrokerView& broker) {
  wire::RegisterBrokerRecord record;
  record.broker_id = broker.id.value();
  record.incarnation_id = broker.incarnation;
  record.broker_epoch = broker.epoch;
  add_endpoints(record.end_points, broker.endpoints);
  for (const auto& [name, range] : broker.features) record.features.push_back({name, range.min, range.max});
  record.rack = broker.rack ? std::optional<std::string_view>(*broker.rack) : std::nullopt;
  record.fenced = broker.fenced;
  record.in_controlled_shutdown = broker.in_controlled_shutdown;
  record.log_dirs = uuids(broker.log_dirs);
  if (!broker.cordoned_log_dirs.empty()) record.cordoned_log_dirs = uuids(broker.cordoned_log_dirs);
  return record;
}

wire::RegisterControllerRecord controller_record(const ControllerView& controller) {
  wire::RegisterControllerRecord record;
  record.controller_id = controller.id;
  record.incarnation_id = controller.incarnation;
  record.zk_migration_ready = controller.zk_migration_ready;
  add_endpoints(record.end_points, controller.endpoints);
  for (const auto& [name, range] : controller.features) record.features.push_back({name, range.min, range.max});
  return record;
}

wire::PartitionRecord partition_record(const TopicView& topic, const PartitionView& partition) {
  wire::PartitionRecord record;
  record.partition_id = partition.index.value();
  record.topic_id = topic.id;
  record.replicas = numbers(partition.replicas);
  record.isr = numbers(partition.isr);
  record.removing_replicas = numbers(partition.removing);
  record.adding_replicas = numbers(partition.adding);
  record.leader = partition.leader.value();
  record.leader_recovery_state = partition.leader_recovery_state;
  record.leader_epoch = partition.leader_epoch.value();
  record.partition_epoch = partition.partition_epoch;
  record.directories = uuids(partition.directories);
  if (!partition.elr.empty()) record.eligible_leader_replicas = numbers(partition.elr);
  if (!partition.last_known_elr.empty()) record.last_known_elr = numbers(partition.last_known_elr);
  return record;
}

}  // namespace

ImageRecords::ImageRecords(ImagePtr image)
    : image_(std::move(image)),
      feature_(image_->features().begin()),
      broker_(image_->brokers().begin()),
      controller_(image_->controllers().begin()),
      topic_(image_->topics().begin()),
      resource_(image_->all_configs().begin()),
      kept_(image_->kept().begin()) {}

Record ImageRecords::next() {
  if (auto record = next_feature()) return record;
  if (auto record = next_broker()) return record;
  if (auto record = next_controller()) return record;
  if (auto record = next_of_topics()) return record;
  if (auto record = next_config()) return record;
  if (auto record = producer_ids()) return record;
  return next_kept();
}

Record ImageRecords::next_feature() {
  if (!std::exchange(told_metadata_version_, true)) {
    if (const int16_t level = image_->feature(metadata_version)) return feature_record(metadata_version, level);
  }
  if (feature_ != image_->features().end() && feature_->first == metadata_version) ++feature_;
  if (feature_ == image_->features().end()) return std::nullopt;
  const auto& [name, level] = *feature_++;
  return feature_record(name, level);
}

Record ImageRecords::next_broker() {
  if (broker_ == image_->brokers().end()) return std::nullopt;
  return broker_record(broker_++->second);
}

Record ImageRecords::next_controller() {
  if (controller_ == image_->controllers().end()) return std::nullopt;
  return controller_record(controller_++->second);
}

// A topic, and behind it its partitions.
Record ImageRecords::next_of_topics() {
  if (topic_ == image_->topics().end()) return std::nullopt;
  const TopicView& topic = *topic_->second;
  if (!partition_) {
    partition_ = 0;
    wire::TopicRecord record;
    record.name = topic.name;
    record.topic_id = topic.id;
    return record;
  }
  if (*partition_ < topic.partitions.size()) return partition_record(topic, topic.partitions[(*partition_)++]);
  ++topic_;
  partition_.reset();
  return next_of_topics();
}

Record ImageRecords::next_config() {
  if (resource_ == image_->all_configs().end()) return std::nullopt;
  const auto& [resource, values] = *resource_;
  if (!value_) value_ = values.begin();
  if (*value_ == values.end()) {
    ++resource_;
    value_.reset();
    return next_config();
  }
  const auto& [name, value] = *(*value_)++;
  wire::ConfigRecord record;
  record.resource_type = resource.type;
  record.resource_name = resource.name;
  record.name = name;
  record.value = value;
  return record;
}

Record ImageRecords::producer_ids() {
  if (std::exchange(told_producer_ids_, true) || image_->producer_ids_next() <= 0) return std::nullopt;
  wire::ProducerIdsRecord record;
  record.broker_id = -1;
  record.next_producer_id = image_->producer_ids_next();
  return record;
}

Record ImageRecords::next_kept() {
  if (kept_ == image_->kept().end()) return std::nullopt;
  return wire::UnknownMetadataRecord{.bytes = as_bytes(kept_++->second)};  // said again byte for byte
}

}  // namespace evlog::cluster
