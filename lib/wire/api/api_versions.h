// What a server speaks: the first request of every client, so it is answered in every version. The response header is always v0, and
// a version from the future is answered with a v0 body, UNSUPPORTED_VERSION and the list (KIP-511). v4 allows features whose minimum is 0.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct ApiVersionsRequest {
  static constexpr Message info{"ApiVersionsRequest", 18, {0, 4}, 3};
  std::string_view client_software_name, client_software_version;
  static void visit(auto& io, auto& m) {
    io("ClientSoftwareName", m.client_software_name, since(3));
    io("ClientSoftwareVersion", m.client_software_version, since(3));
  }
};
EVLOG_WIRE_MESSAGE(ApiVersionsRequest)

struct ApiVersionsResponse {
  static constexpr Message info{"ApiVersionsResponse", 18, {0, 4}, 3};
  struct Api {
    int16_t api_key = 0;
    int16_t min_version = 0;
    int16_t max_version = 0;
    static void visit(auto& io, auto& m) {
      io("ApiKey", m.api_key);
      io("MinVersion", m.min_version);
      io("MaxVersion", m.max_version);
    }
  };
  struct SupportedFeature {
    std::string_view name;
    int16_t min_version = 0;
    int16_t max_version = 0;
    static void visit(auto& io, auto& m) {
      io("Name", m.name, since(3));
      io("MinVersion", m.min_version, since(3));
      io("MaxVersion", m.max_version, since(3));
    }
  };
  struct FinalizedFeature {
    std::string_view name;
    int16_t max_version_level = 0;
    int16_t min_version_level = 0;
    static void visit(auto& io, auto& m) {
      io("Name", m.name, since(3));
      io("MaxVersionLevel", m.max_version_level, since(3));
      io("MinVersionLevel", m.min_version_level, since(3));
    }
  };
  ErrorCode error_code = ErrorCode::NONE;
  Array<Api> api_keys;
  int32_t throttle_time_ms = 0;
  Array<SupportedFeature> supported_features;
  int64_t finalized_features_epoch = -1;
  Array<FinalizedFeature> finalized_features;
  bool zk_migration_ready = false;
  static void visit(auto& io, auto& m) {
    io("ErrorCode", m.error_code);
    io("ApiKeys", m.api_keys);
    io("ThrottleTimeMs", m.throttle_time_ms, since(1));
    io("SupportedFeatures", m.supported_features, tagged(0, since(3)));
    io("FinalizedFeaturesEpoch", m.finalized_features_epoch, tagged(1, since(3)));
    io("FinalizedFeatures", m.finalized_features, tagged(2, since(3)));
    io("ZkMigrationReady", m.zk_migration_ready, tagged(3, since(3)));
  }
};
EVLOG_WIRE_MESSAGE(ApiVersionsResponse)

}  // namespace evlog::wire
