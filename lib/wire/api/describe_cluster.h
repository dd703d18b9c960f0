// The cluster id, its controller and its brokers, or (v1) its controllers.
#pragma once

#include "wire/message.h"

namespace evlog::wire {

struct DescribeClusterRequest {
  static constexpr Message info{"DescribeClusterRequest", 60, {0, 2}, 0};
  bool include_cluster_authorized_operations = false;
  int8_t endpoint_type = 1;
  bool include_fenced_brokers = false;
  static void visit(auto& io, auto& m) {
    io("IncludeClusterAuthorizedOperations", m.include_cluster_authorized_operations);
    io("EndpointType", m.endpoint_type, since(1));
    io("IncludeFencedBrokers", m.include_fenced_brokers, since(2));
  }
};
EVLOG_WIRE_MESSAGE(DescribeClusterRequest)

struct DescribeClusterResponse {
  static constexpr Message info{"DescribeClusterResponse", 60, {0, 2}, 0};
  struct Broker {
    int32_t broker_id = 0;
    std::string_view host;
    int32_t port = 0;
    std::optional<std::string_view> rack;
    bool is_fenced = false;
    static void visit(auto& io, auto& m) {
      io("BrokerId", m.broker_id);
      io("Host", m.host);
      io("Port", m.port);
      io("Rack", m.rack);
      io("IsFenced", m.is_fenced, since(2));
    }
  };
  int32_t throttle_time_ms = 0;
  ErrorCode error_code = ErrorCode::NONE;
  std::optional<std::string_view> error_message;
  int8_t endpoint_type = 1;
  std::string_view cluster_id;
  int32_t controller_id = -1;
  Array<Broker> brokers;
  int32_t cluster_authorized_operations = INT32_MIN;
  static void visit(auto& io, auto& m) {
    io("ThrottleTimeMs", m.throttle_time_ms);
    io("ErrorCode", m.error_code);
    io("ErrorMessage", m.error_message);
    io("EndpointType", m.endpoint_type, since(1));
    io("ClusterId", m.cluster_id);
    io("ControllerId", m.controller_id);
    io("Brokers", m.brokers);
    io("ClusterAuthorizedOperations", m.cluster_authorized_operations);
  }
};
EVLOG_WIRE_MESSAGE(DescribeClusterResponse)

}  // namespace evlog::wire
