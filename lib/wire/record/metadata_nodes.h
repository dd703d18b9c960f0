// Records of the metadata log about brokers and controllers.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct RegisterBrokerRecord {
  static constexpr Message info{"RegisterBrokerRecord", 0, {0, 4}, 0};
  struct Endpoint {
    std::string_view name, host;
    uint16_t port = 0;
    int16_t security_protocol = 0;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("Host", m.host);
      io("Port", m.port);
      io("SecurityProtocol", m.security_protocol);
    }
  };
  struct Feature {
    std::string_view name;
    int16_t min_supported_version = 0;
    int16_t max_supported_version = 0;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("MinSupportedVersion", m.min_supported_version);
      io("MaxSupportedVersion", m.max_supported_version);
    }
  };
  int32_t broker_id = 0;
  bool is_migrating_zk_broker = false;
  Uuid incarnation_id;
  int64_t broker_epoch = 0;
  Array<Endpoint> end_points;
  Array<Feature> features;
  std::optional<std::string_view> rack = "";
  bool fenced = true;
  bool in_controlled_shutdown = false;
  Array<Uuid> log_dirs;
  std::optional<Array<Uuid>> cordoned_log_dirs;
  static void visit(auto& io, auto& m) {
    io("BrokerId", m.broker_id);
    io("IsMigratingZkBroker", m.is_migrating_zk_broker, since(2));
    io("IncarnationId", m.incarnation_id);
    io("BrokerEpoch", m.broker_epoch);
    io("EndPoints", m.end_points);
    io("Features", m.features);
    io("Rack", m.rack);
    io("Fenced", m.fenced);
    io("InControlledShutdown", m.in_controlled_shutdown, since(1));
    io("LogDirs", m.log_dirs, tagged(0, since(3)));
    io("CordonedLogDirs", m.cordoned_log_dirs, tagged(1, since(4)));
  }
};
EVLOG_WIRE_MESSAGE(RegisterBrokerRecord)

struct UnregisterBrokerRecord {
  static constexpr Message info{"UnregisterBrokerRecord", 1, {0, 0}, 0};
  int32_t broker_id = 0;
  int64_t broker_epoch = 0;
  static void visit(auto& io, auto& m) {
    io("BrokerId", m.broker_id);
    io("BrokerEpoch", m.broker_epoch);
  }
};
EVLOG_WIRE_MESSAGE(UnregisterBrokerRecord)

struct FenceBrokerRecord {
  static constexpr Message info{"FenceBrokerRecord", 7, {0, 0}, 0};
  int32_t id = 0;
  int64_t epoch = 0;
  static void visit(auto& io, auto& m) {
    io("Id", m.id);
    io("Epoch", m.epoch);
  }
};
EVLOG_WIRE_MESSAGE(FenceBrokerRecord)

struct UnfenceBrokerRecord {
  static constexpr Message info{"UnfenceBrokerRecord", 8, {0, 0}, 0};
  int32_t id = 0;
  int64_t epoch = 0;
  static void visit(auto& io, auto& m) {
    io("Id", m.id);
    io("Epoch", m.epoch);
  }
};
EVLOG_WIRE_MESSAGE(UnfenceBrokerRecord)

struct BrokerRegistrationChangeRecord {
  static constexpr Message info{"BrokerRegistrationChangeRecord", 17, {0, 3}, 0};
  int32_t broker_id = 0;
  int64_t broker_epoch = 0;
  int8_t fenced = 0;
  int8_t in_controlled_shutdown = 0;
  Array<Uuid> log_dirs;
  std::optional<Array<Uuid>> cordoned_log_dirs;
  static void visit(auto& io, auto& m) {
    io("BrokerId", m.broker_id);
    io("BrokerEpoch", m.broker_epoch);
    io("Fenced", m.fenced, tagged(0, since(0)));
    io("InControlledShutdown", m.in_controlled_shutdown, tagged(1, since(1)));
    io("LogDirs", m.log_dirs, tagged(2, since(2)));
    io("CordonedLogDirs", m.cordoned_log_dirs, tagged(3, since(3)));
  }
};
EVLOG_WIRE_MESSAGE(BrokerRegistrationChangeRecord)

struct RegisterControllerRecord {
  static constexpr Message info{"RegisterControllerRecord", 27, {0, 0}, 0};
  struct Endpoint {
    std::string_view name, host;
    uint16_t port = 0;
    int16_t security_protocol = 0;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("Host", m.host);
      io("Port", m.port);
      io("SecurityProtocol", m.security_protocol);
    }
  };
  struct Feature {
    std::string_view name;
    int16_t min_supported_version = 0;
    int16_t max_supported_version = 0;
    static void visit(auto& io, auto& m) {
      io("Name", m.name);
      io("MinSupportedVersion", m.min_supported_version);
      io("MaxSupportedVersion", m.max_supported_version);
    }
  };
  int32_t controller_id = 0;
  Uuid incarnation_id;
  bool zk_migration_ready = false;
  Array<Endpoint> end_points;
  Array<Feature> features;
  static void visit(auto& io, auto& m) {
    io("ControllerId", m.controller_id);
    io("IncarnationId", m.incarnation_id);
    io("ZkMigrationReady", m.zk_migration_ready);
    io("EndPoints", m.end_points);
    io("Features", m.features);
  }
};
EVLOG_WIRE_MESSAGE(RegisterControllerRecord)

}  // namespace evlog::wire
