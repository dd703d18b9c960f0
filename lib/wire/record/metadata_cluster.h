// Records of the metadata log about the cluster as a whole: configuration, feature levels, producer ids, and the marks of its transactions.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct ConfigRecord {
  static constexpr Message info{"ConfigRecord", 4, {0, 0}, 0};
  int8_t resource_type = 0;
  std::string_view resource_name, name;
  std::optional<std::string_view> value = "";
  static void visit(auto& io, auto& m) {
    io("ResourceType", m.resource_type);
    io("ResourceName", m.resource_name);
    io("Name", m.name);
    io("Value", m.value);
  }
};
EVLOG_WIRE_MESSAGE(ConfigRecord)

struct FeatureLevelRecord {
  static constexpr Message info{"FeatureLevelRecord", 12, {0, 0}, 0};
  std::string_view name;
  int16_t feature_level = 0;
  static void visit(auto& io, auto& m) {
    io("Name", m.name);
    io("FeatureLevel", m.feature_level);
  }
};
EVLOG_WIRE_MESSAGE(FeatureLevelRecord)

struct ProducerIdsRecord {
  static constexpr Message info{"ProducerIdsRecord", 15, {0, 0}, 0};
  int32_t broker_id = 0;
  int64_t broker_epoch = -1;
  int64_t next_producer_id = 0;
  static void visit(auto& io, auto& m) {
    io("BrokerId", m.broker_id);
    io("BrokerEpoch", m.broker_epoch);
    io("NextProducerId", m.next_producer_id);
  }
};
EVLOG_WIRE_MESSAGE(ProducerIdsRecord)

struct NoOpRecord {
  static constexpr Message info{"NoOpRecord", 20, {0, 0}, 0};
  static void visit(auto&, auto&) {}
};
EVLOG_WIRE_MESSAGE(NoOpRecord)

struct ZkMigrationStateRecord {
  static constexpr Message info{"ZkMigrationStateRecord", 21, {0, 0}, 0};
  int8_t zk_migration_state = 0;
  static void visit(auto& io, auto& m) {
    io("ZkMigrationState", m.zk_migration_state);
  }
};
EVLOG_WIRE_MESSAGE(ZkMigrationStateRecord)

struct BeginTransactionRecord {
  static constexpr Message info{"BeginTransactionRecord", 23, {0, 0}, 0};
  std::optional<std::string_view> name;
  static void visit(auto& io, auto& m) {
    io("Name", m.name, tagged(0, since(0)));
  }
};
EVLOG_WIRE_MESSAGE(BeginTransactionRecord)

struct EndTransactionRecord {
  static constexpr Message info{"EndTransactionRecord", 24, {0, 0}, 0};
  static void visit(auto&, auto&) {}
};
EVLOG_WIRE_MESSAGE(EndTransactionRecord)

struct AbortTransactionRecord {
  static constexpr Message info{"AbortTransactionRecord", 25, {0, 0}, 0};
  std::optional<std::string_view> reason;
  static void visit(auto& io, auto& m) {
    io("Reason", m.reason, tagged(0, since(0)));
  }
};
EVLOG_WIRE_MESSAGE(AbortTransactionRecord)

}  // namespace evlog::wire
