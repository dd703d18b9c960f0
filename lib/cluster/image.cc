#include "cluster/image.h"

#include <algorithm>

namespace evlog::cluster {
namespace {

constexpr int32_t leader_unchanged = -2;  // PartitionChangeRecord: the leader stays and so does its epoch

std::vector<BrokerId> broker_ids(const wire::Array<int32_t>& from) {
  std::vector<BrokerId> ids;
  ids.reserve(from.size());
  for (int32_t id : from) ids.emplace_back(id);
  return ids;
}

std::vector<BrokerId> broker_ids(const std::optional<wire::Array<int32_t>>& from) {
  return from ? broker_ids(*from) : std::vector<BrokerId>{};
}

std::vector<Uuid> uuids(const wire::Array<Uuid>& from) {
  std::vector<Uuid> ids;
  ids.reserve(from.size());
  for (const Uuid& id : from) ids.push_back(id);
  return ids;
}

template <class Endpoints>
std::vector<EndpointView> endpoints_of(const Endpoints& from) {
  std::vector<EndpointView> endpoints;
  for (const auto& e : from)
    endpoints.push_back({std::string(e.name), std::string(e.host), static_cast<uint16_t>(e.port), e.security_protocol});
  return endpoints;
}

}  // namespace

const EndpointView* BrokerView::endpoint(std::string_view listener) const {
  const auto found = std::ranges::find(endpoints, listener, &EndpointView::name);
  return found == endpoints.end() ? nullptr : &*found;
}

const TopicView* Image::topic(std::string_view name) const {
  const auto found = topics_->find(name);
  return found == topics_->end() ? nullptr : found->second.get();
}

const TopicView* Image::topic(const Uuid& id) const {
  const auto found = topic_ids_->find(id);
  return found == topic_ids_->end() ? nullptr : found->second.get();
}

const BrokerView* Image::broker(BrokerId id) const {
  const auto found = brokers_->find(id);
  return found == brokers_->end() ? nullptr : &found->second;
}

size_t Image::alive_brokers() const {
  return static_cast<size_t>(std::ranges::count_if(*brokers_, [](const auto& b) { return !b.second.fenced; }));
}

const ConfigValues& Image::configs(const ConfigResource& resource) const {
  static const ConfigValues none;
  const auto found = configs_->find(resource);
  return found == configs_->end() ? none : found->second;
}

int16_t Image::feature(std::string_view name) const {
  const auto found = features_->find(name);
  return found == features_->end() ? int16_t{0} : found->second;
}

bool Image::operator==(const Image& other) const {
  const auto same_topic = [](const auto& a, const auto& b) { return a.first == b.first && *a.second == *b.second; };
  return offset_ == other.offset_ && epoch_ == other.epoch_ && producer_ids_next_ == other.producer_ids_next_ &&
         unknown_records_ == other.unknown_records_ && std::ranges::equal(*topics_, *other.topics_, same_topic) &&
         std::ranges::equal(*topic_ids_, *other.topic_ids_, same_topic) && *brokers_ == *other.brokers_ && *controllers_ == *other.controllers_ &&
         *configs_ == *other.configs_ && *features_ == *other.features_ && *kept_ == *other.kept_;
}

size_t Image::partitions_count() const {
  size_t count = 0;
  for (const auto& [name, topic] : *topics_) count += topic->partitions.size();
  return count;
}

Result<std::shared_ptr<TopicView>> ImageBuilder::own_topic(const Uuid& id) {
  if (const auto owned = owned_topics_.find(id); owned != owned_topics_.end()) return owned->second;
  auto& ids = own(next_.topic_ids_, topic_ids_);
  const auto found = ids.find(id);
  if (found == ids.end()) return fail(ErrorCode::UNKNOWN_TOPIC_ID, "the metadata log speaks of topic {} before creating it", id.text());
  auto copy = std::make_shared<TopicView>(*found->second);
  found->second = copy;
  own(next_.topics_, topics_)[copy->name] = copy;
  owned_topics_[id] = copy;
  return copy;
}

Result<void> ImageBuilder::apply(const wire::MetadataRecord& record, Offset offset) {
  next_.offset_ = offset;
  return std::visit([this](const auto& r) { return on(r); }, record);
}

ImagePtr ImageBuilder::build(Offset last, LeaderEpoch epoch) && {
  next_.offset_ = last;
  next_.epoch_ = epoch;
  return std::make_shared<const Image>(std::move(next_));
}

Result<void> ImageBuilder::on(const wire::TopicRecord& r) {
  auto topic = std::make_shared<TopicView>();
  topic->name = r.name;
  topic->id = r.topic_id;
  own(next_.topics_, topics_)[topic->name] = topic;
  own(next_.topic_ids_, topic_ids_)[topic->id] = topic;
  owned_topics_[topic->id] = topic;
  return {};
}

Result<void> ImageBuilder::on(const wire::PartitionRecord& r) {
  auto topic = own_topic(r.topic_id);
  if (!topic) return fail(topic.error());
  auto& partitions = (*topic)->partitions;
  const auto index = static_cast<size_t>(r.partition_id);
  // A snapshot or a creation lists the partitions of a topic in order and without gaps.
  if (r.partition_id < 0 || index > partitions.size())
    return fail(ErrorCode::UNKNOWN_SERVER_ERROR, "the metadata log has partition {} of {} before {}", r.partition_id, (*topic)->name, partitions.size());
  if (index == partitions.size()) partitions.emplace_back();
  PartitionView& view = partitions[index];
  view.index = PartitionIndex(r.partition_id);
  view.leader = BrokerId(r.leader);
  view.leader_epoch = LeaderEpoch(r.leader_epoch);
  view.partition_epoch = r.partition_epoch;
  view.replicas = broker_ids(r.replicas);
  view.isr = broker_ids(r.isr);
  view.removing = broker_ids(r.removing_replicas);
  view.adding = broker_ids(r.adding_replicas);
  view.elr = broker_ids(r.eligible_leader_replicas);
  view.last_known_elr = broker_ids(r.last_known_elr);
  view.directories = uuids(r.directories);
  view.directories.resize(view.replicas.size());  // version 0 has none: unassigned
  view.leader_recovery_state = r.leader_recovery_state;
  return {};
}

Result<void> ImageBuilder::on(const wire::PartitionChangeRecord& r) {
  auto topic = own_topic(r.topic_id);
  if (!topic) return fail(topic.error());
  auto& partitions = (*topic)->partitions;
  if (r.partition_id < 0 || static_cast<size_t>(r.partition_id) >= partitions.size())
    return fail(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "the metadata log changes partition {} of {}, which has {}", r.partition_id, (*topic)->name, partitions.size());
  PartitionView& view = partitions[static_cast<size_t>(r.partition_id)];
  if (r.isr) view.isr = broker_ids(r.isr);
  if (r.leader != leader_unchanged) {
    view.leader = BrokerId(r.leader);
    ++view.leader_epoch;
  }
  if (r.replicas) view.replicas = broker_ids(r.replicas);
  if (r.removing_replicas) view.removing = broker_ids(r.removing_replicas);
  if (r.adding_replicas) view.adding = broker_ids(r.adding_replicas);
  if (r.eligible_leader_replicas) view.elr = broker_ids(r.eligible_leader_replicas);
  if (r.last_known_elr) view.last_known_elr = broker_ids(r.last_known_elr);
  if (r.directories) view.directories = uuids(*r.directories);
  view.directories.resize(view.replicas.size());
  if (r.leader_recovery_state >= 0) view.leader_recovery_state = r.leader_recovery_state;
  ++view.partition_epoch;
  return {};
}

Result<void> ImageBuilder::on(const wire::RemoveTopicRecord& r) {
  auto& ids = own(next_.topic_ids_, topic_ids_);
  const auto found = ids.find(r.topic_id);
  if (found == ids.end()) return fail(ErrorCode::UNKNOWN_TOPIC_ID, "the metadata log removes unknown topic {}", r.topic_id.text());
  const std::string name = found->second->name;
  ids.erase(found);
  own(next_.topics_, topics_).erase(name);
  own(next_.configs_, configs_).erase(ConfigResource{2, name});
  owned_topics_.erase(r.topic_id);
  return {};
}

Result<void> ImageBuilder::on(const wire::ConfigRecord& r) {
  auto& configs = own(next_.configs_, configs_);
  const ConfigResource resource{r.resource_type, std::string(r.resource_name)};
  if (r.value) {
    configs[resource][std::string(r.name)] = *r.value;
    return {};
  }
  const auto found = configs.find(resource);
  if (found == configs.end()) return {};
  found->second.erase(std::string(r.name));
  if (found->second.empty()) configs.erase(found);
  return {};
}

Result<void> ImageBuilder::on(const wire::RegisterBrokerRecord& r) {
  BrokerView& broker = own(next_.brokers_, brokers_)[BrokerId(r.broker_id)];
  broker = {};
  broker.id = BrokerId(r.broker_id);
  broker.incarnation = r.incarnation_id;
  broker.epoch = r.broker_epoch;
  broker.endpoints = endpoints_of(r.end_points);
  if (r.rack) broker.rack = std::string(*r.rack);
  broker.fenced = r.fenced;
  broker.in_controlled_shutdown = r.in_controlled_shutdown;
  broker.log_dirs = uuids(r.log_dirs);
  if (r.cordoned_log_dirs) broker.cordoned_log_dirs = uuids(*r.cordoned_log_dirs);
  for (const auto& f : r.features) broker.features[std::string(f.name)] = {f.min_supported_version, f.max_supported_version};
  return {};
}

Result<void> ImageBuilder::on(const wire::UnregisterBrokerRecord& r) {
  own(next_.brokers_, brokers_).erase(BrokerId(r.broker_id));
  return {};
}

Result<void> ImageBuilder::on(const wire::FenceBrokerRecord& r) {
  own(next_.brokers_, brokers_)[BrokerId(r.id)].fenced = true;
  return {};
}

Result<void> ImageBuilder::on(const wire::UnfenceBrokerRecord& r) {
  own(next_.brokers_, brokers_)[BrokerId(r.id)].fenced = false;
  return {};
}

Result<void> ImageBuilder::on(const wire::BrokerRegistrationChangeRecord& r) {
  auto& brokers = own(next_.brokers_, brokers_);
  const auto found = brokers.find(BrokerId(r.broker_id));
  if (found == brokers.end()) return fail(ErrorCode::BROKER_ID_NOT_REGISTERED, "the metadata log changes unknown broker {}", r.broker_id);
  // 0 = unchanged, 1 = now fenced, -1 = now unfenced.
  if (r.fenced != 0) found->second.fenced = r.fenced > 0;
  if (r.in_controlled_shutdown > 0) found->second.in_controlled_shutdown = true;
  if (!r.log_dirs.empty()) found->second.log_dirs = uuids(r.log_dirs);
  if (r.cordoned_log_dirs) found->second.cordoned_log_dirs = uuids(*r.cordoned_log_dirs);
  return {};
}

Result<void> ImageBuilder::on(const wire::RegisterControllerRecord& r) {
  ControllerView& controller = own(next_.controllers_, controllers_)[r.controller_id];
  controller = {r.controller_id, r.incarnation_id, r.zk_migration_ready, endpoints_of(r.end_points), {}};
  for (const auto& f : r.features) controller.features[std::string(f.name)] = {f.min_supported_version, f.max_supported_version};
  return {};
}

Result<void> ImageBuilder::on(const wire::FeatureLevelRecord& r) {
  auto& features = own(next_.features_, features_);
  if (r.feature_level == 0) features.erase(std::string(r.name));
  else features[std::string(r.name)] = r.feature_level;
  return {};
}

Result<void> ImageBuilder::on(const wire::ProducerIdsRecord& r) {
  next_.producer_ids_next_ = r.next_producer_id;
  return {};
}

}  // namespace evlog::cluster
