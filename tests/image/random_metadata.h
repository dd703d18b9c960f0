// Random metadata records that make sense one after another: of every kind an image takes in.
#pragma once

#include <deque>
#include <iterator>
#include <string>

#include "base/random.h"
#include "cluster/image.h"

namespace evlog::cluster::test {

class RandomMetadata {
 public:
  explicit RandomMetadata(uint64_t seed) : random_(seed) {}

  // The next record for a log whose image so far is `now`. Its texts live as long as this.
  wire::MetadataRecord next(const Image& now) {
    switch (random_.below(16)) {
      case 0: case 1: return topic();
      case 2: case 3: case 4: if (auto record = partition(now)) return *record; else return topic();
      case 5: case 6: if (auto record = change(now)) return *record; else return topic();
      case 7: if (auto record = removal(now)) return *record; else return feature();
      case 8: case 9: return config();
      case 10: return broker();
      case 11: return broker_change(now);
      case 12: return controller();
      case 13: return feature();
      case 14: return ids(now);
      default: return access();
    }
  }

  ImagePtr image(size_t records) {
    ImagePtr now = std::make_shared<const Image>();
    for (size_t done = 0; done < records;) {
      ImageBuilder builder(*now);
      Offset offset = now->offset();
      for (auto left = random_.between(1, 20); left > 0; --left, ++done)
        if (!builder.apply(next(builder.view()), ++offset)) std::terminate();
      now = std::move(builder).build(offset, LeaderEpoch(now->epoch().value() + static_cast<int32_t>(random_.below(2))));
    }
    return now;
  }

 private:
  std::string_view text(std::string_view stem, uint64_t kinds) { return texts_.emplace_back(fmt::format("{}{}", stem, random_.below(kinds))); }
  int32_t number(int32_t most) { return static_cast<int32_t>(random_.below(static_cast<uint64_t>(most))); }
  Uuid uuid(uint64_t kinds) { return {9, random_.below(kinds)}; }
  wire::Array<int32_t> nodes() {
    wire::Array<int32_t> out;
    for (auto left = random_.below(4); left > 0; --left) out.push_back(number(5));
    return out;
  }
  wire::Array<Uuid> directories() {
    wire::Array<Uuid> out;
    for (auto left = random_.below(4); left > 0; --left) out.push_back(uuid(5));
    return out;
  }
  template <class T>
  std::optional<T> maybe(T value) { return random_.chance(0.5) ? std::optional(std::move(value)) : std::nullopt; }
  const TopicView* some_topic(const Image& now) {
    if (now.topics().empty()) return nullptr;
    return std::next(now.topics().begin(), static_cast<ptrdiff_t>(random_.below(now.topics().size())))->second.get();
  }

  wire::MetadataRecord topic() {
    const uint64_t mine = topics_++;
    wire::TopicRecord r;
    r.name = texts_.emplace_back(fmt::format("topic-{}", mine));
    r.topic_id = {7, mine + 1};
    return r;
  }
  std::optional<wire::MetadataRecord> partition(const Image& now) {
    const auto* of = some_topic(now);
    if (!of) return std::nullopt;
    wire::PartitionRecord r;
    r.topic_id = of->id;
    r.partition_id = static_cast<int32_t>(of->partitions.size());
    r.replicas = nodes();
    r.isr = nodes();
    r.removing_replicas = nodes();
    r.adding_replicas = nodes();
    r.leader = number(6) - 1;
    r.leader_recovery_state = static_cast<int8_t>(number(2));
    r.leader_epoch = number(100);
    r.partition_epoch = number(100);
    r.directories = directories();
    r.eligible_leader_replicas = maybe(nodes());
    r.last_known_elr = maybe(nodes());
    return r;
  }
  std::optional<wire::MetadataRecord> change(const Image& now) {
    const auto* of = some_topic(now);
    if (!of || of->partitions.empty()) return std::nullopt;
    if (random_.chance(0.1)) {
      wire::ClearElrRecord r;
      r.topic_name = random_.chance(0.5) ? std::string_view() : texts_.emplace_back(of->name);
      return r;
    }
    wire::PartitionChangeRecord r;
    r.topic_id = of->id;
    r.partition_id = number(static_cast<int32_t>(of->partitions.size()));
    r.isr = maybe(nodes());
    if (random_.chance(0.5)) r.leader = number(6) - 1;
    r.replicas = maybe(nodes());
    r.removing_replicas = maybe(nodes());
    r.adding_replicas = maybe(nodes());
    r.leader_recovery_state = static_cast<int8_t>(number(3) - 1);
    r.directories = maybe(directories());
    r.eligible_leader_replicas = maybe(nodes());
    r.last_known_elr = maybe(nodes());
    return r;
  }
  std::optional<wire::MetadataRecord> removal(const Image& now) {
    const auto* of = some_topic(now);
    if (!of || random_.chance(0.5)) return std::nullopt;
    wire::RemoveTopicRecord r;
    r.topic_id = of->id;
    return r;
  }
  wire::MetadataRecord config() {
    wire::ConfigRecord r;
    r.resource_type = std::array<int8_t, 5>{2, 4, 8, 16, 32}[random_.below(5)];
    r.resource_name = random_.chance(0.2) ? "" : text("topic-", 20);
    r.name = text("key.", 6);
    r.value = maybe(text("value ", 1000));
    return r;
  }
  wire::MetadataRecord broker() {
    wire::RegisterBrokerRecord r;
    r.broker_id = number(5);
    r.incarnation_id = uuid(1000);
    r.broker_epoch = number(10'000);
    for (auto left = random_.below(3); left > 0; --left) {
      auto& endpoint = r.end_points.emplace_back();
      endpoint.name = text("LISTENER", 3);
      endpoint.host = text("host", 10);
      endpoint.port = static_cast<uint16_t>(random_.below(65'536));
      endpoint.security_protocol = static_cast<int16_t>(number(4));
    }
    for (auto left = random_.below(3); left > 0; --left) r.features.push_back({text("feature.", 4), static_cast<int16_t>(number(3)), static_cast<int16_t>(number(9))});
    r.rack = maybe(text("rack", 3));
    r.fenced = random_.chance(0.5);
    r.in_controlled_shutdown = random_.chance(0.2);
    r.log_dirs = directories();
    r.cordoned_log_dirs = maybe(directories());
    return r;
  }
  wire::MetadataRecord broker_change(const Image& now) {
    if (now.brokers().empty()) return broker();
    const int32_t id = std::next(now.brokers().begin(), static_cast<ptrdiff_t>(random_.below(now.brokers().size())))->first.value();
    switch (random_.below(4)) {
      case 0: {
        wire::UnregisterBrokerRecord r;
        r.broker_id = id;
        return r;
      }
      case 1: {
        wire::FenceBrokerRecord r;
        r.id = id;
        return r;
      }
      case 2: {
        wire::UnfenceBrokerRecord r;
        r.id = id;
        return r;
      }
      default: {
        wire::BrokerRegistrationChangeRecord r;
        r.broker_id = id;
        r.fenced = static_cast<int8_t>(number(3) - 1);
        r.in_controlled_shutdown = static_cast<int8_t>(number(2));
        r.log_dirs = directories();
        r.cordoned_log_dirs = maybe(directories());
        return r;
      }
    }
  }
  wire::MetadataRecord controller() {
    wire::RegisterControllerRecord r;
    r.controller_id = number(3);
    r.incarnation_id = uuid(1000);
    r.zk_migration_ready = random_.chance(0.5);
    auto& endpoint = r.end_points.emplace_back();
    endpoint.name = "CONTROLLER";
    endpoint.host = text("host", 10);
    endpoint.port = static_cast<uint16_t>(random_.below(65'536));
    r.features.push_back({text("feature.", 4), 0, static_cast<int16_t>(number(9))});
    return r;
  }
  wire::MetadataRecord feature() {
    wire::FeatureLevelRecord r;
    r.name = random_.chance(0.3) ? "metadata.version" : text("feature.", 4);
    r.feature_level = static_cast<int16_t>(number(30));
    return r;
  }
  wire::MetadataRecord ids(const Image& now) {
    wire::ProducerIdsRecord r;
    r.broker_id = number(5);
    r.next_producer_id = now.producer_ids_next() + 1000;
    return r;
  }
  wire::MetadataRecord access() {
    switch (random_.below(7)) {
      case 0: {
        wire::ClientQuotaRecord r;
        for (auto left = random_.below(3); left > 0; --left) {
          auto& entity = r.entity.emplace_back();
          entity.entity_type = text("kind", 2);
          entity.entity_name = maybe(text("name", 3));
        }
        r.key = text("rate", 2);
        r.value = random_.unit();
        r.remove = random_.chance(0.3);
        return r;
      }
      case 1: case 2: {
        wire::AccessControlEntryRecord r;
        r.id = uuid(10);
        r.resource_name = text("topic-", 20);
        r.principal = text("User:", 5);
        r.host = "*";
        return r;
      }
      case 3: {
        wire::RemoveAccessControlEntryRecord r;
        r.id = uuid(10);
        return r;
      }
      case 4: {
        wire::UserScramCredentialRecord r;
        r.name = text("user", 4);
        r.mechanism = static_cast<int8_t>(number(2));
        r.salt = as_bytes(text("salt", 1000));
        r.iterations = 4096;
        return r;
      }
      case 5: {
        wire::RemoveUserScramCredentialRecord r;
        r.name = text("user", 4);
        r.mechanism = static_cast<int8_t>(number(2));
        return r;
      }
      default: {
        if (random_.chance(0.5)) {
          wire::RemoveDelegationTokenRecord r;
          r.token_id = text("token", 5);
          return r;
        }
        wire::DelegationTokenRecord r;
        r.owner = text("User:", 5);
        r.requester = text("User:", 5);
        r.renewers.push_back(text("User:", 5));
        r.token_id = text("token", 5);
        return r;
      }
    }
  }

  Random random_;
  std::deque<std::string> texts_;
  uint64_t topics_ = 0;
};

}  // namespace evlog::cluster::test
